"""What changed between two contracts: the rule table by name, laws, and an oracle that knows rows and no rules."""

from copy import deepcopy
from datetime import date, timedelta
from itertools import permutations, product
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from contract_files import column, contract, on_violation, predicate
from hypothesis import given, settings
from hypothesis import strategies as st

import clv_assets
from lakehouse.contracts import types
from lakehouse.contracts.compatibility import CLASSES, changes, gravest
from lakehouse.contracts.document import contracts_in

ALLOWED = {"metric": "invalidValues", "mustBe": 0}


def of(columns, **words):
    with TemporaryDirectory() as folder:
        return contract(Path(folder), words.pop("id", "shop.orders"), columns, **words)


def limited(type_="int", name="a", **options):
    return column(name, type_, logicalTypeOptions=options)


def listed(*values, **words):
    return column("a", "string", quality=[{**ALLOWED, "arguments": {"validValues": list(values)}, **words}])


def mean(bound):
    return {"name": "mean", "type": "sql", "query": "select avg(a) from ${object}", **bound}


A, B = column("a", "int"), column("b", "int")
BOTH, WRITER, READER, NOBODY = {"reader", "writer"}, {"writer"}, {"reader"}, set()
ROWS = {"metric": "rowCount", "mustBeGreaterThan": 5}
LEVEL = [{"property": "freshness", "value": 36, "unit": "h"}]

# (old columns and words) -> (new): what is said of it, whom it breaks, its class.
TABLE = {
    "column removed": (([A, B], {}), ([A], {}), "column b", BOTH, "breaking"),
    "required column added": (([A], {}), ([A, {**B, "required": True}], {}), "column b", WRITER, "breaking"),
    "optional column added": (([A], {}), ([A, B], {}), "column b", WRITER, "compatible"),
    "a column that only warns when it is empty": (
        ([A], {}), ([A, {**B, "required": True, "quality": [], **on_violation("warn")}], {}), "column b", WRITER,
        "compatible",
    ),
    "int to bigint": (([A], {}), ([column("a", "bigint")], {}), "column a: type", READER, "compatible"),
    "bigint to int": (([column("a", "bigint")], {}), ([A], {}), "column a: type", WRITER, "breaking"),
    "float to double": (
        ([column("a", "float")], {}), ([column("a", "double")], {}), "column a: type", READER, "compatible",
    ),
    "precision up": (
        ([column("a", "decimal(9,2)")], {}), ([column("a", "decimal(12,2)")], {}), "column a: type", READER,
        "compatible",
    ),
    "scale up": (
        ([column("a", "decimal(9,2)")], {}), ([column("a", "decimal(12,4)")], {}), "column a: type", READER, "breaking",
    ),
    "type changed": (([A], {}), ([column("a", "string")], {}), "column a: type", BOTH, "breaking"),
    "int to double": (([A], {}), ([column("a", "double")], {}), "column a: type", READER, "breaking"),
    "nullable to required": (([A], {}), ([{**A, "required": True}], {}), "rule a_not_null", WRITER, "breaking"),
    "required to nullable": (([{**A, "required": True}], {}), ([A], {}), "rule a_not_null", READER, "compatible"),
    "key wider": (
        ([{**A, "primaryKey": True}, {**B, "required": True}], {}),
        ([{**A, "primaryKey": True}, {**B, "primaryKey": True}], {}), "key", READER, "breaking",
    ),
    "key narrower": (
        ([{**A, "primaryKey": True}, {**B, "primaryKey": True}], {}),
        ([{**A, "primaryKey": True}, {**B, "required": True}], {}), "key", WRITER, "breaking",
    ),
    "value removed": (([listed("x", "y")], {}), ([listed("x")], {}), "rule a_allowed", WRITER, "breaking"),
    "value added": (([listed("x")], {}), ([listed("x", "y")], {}), "rule a_allowed", READER, "compatible"),
    "values exchanged": (([listed("x")], {}), ([listed("y")], {}), "rule a_allowed", BOTH, "breaking"),
    "minimum raised": (
        ([limited(minimum=0)], {}), ([limited(minimum=5)], {}), "rule a_ge_0 → a_ge_5", WRITER, "breaking",
    ),
    "minimum lowered": (
        ([limited(minimum=5)], {}), ([limited(minimum=0)], {}), "rule a_ge_5 → a_ge_0", READER, "compatible",
    ),
    "bound left out": (
        ([limited("double", minimum=0)], {}), ([limited("double", exclusiveMinimum=0)], {}), "rule a_ge_0 → a_gt_0",
        WRITER, "breaking",
    ),
    "an upper bound left out": (
        ([limited("double", maximum=5)], {}), ([limited("double", exclusiveMaximum=5)], {}), "rule a_le_5 → a_lt_5",
        WRITER, "breaking",
    ),
    "the same bound of a whole number": (
        ([limited(minimum=1)], {}), ([limited(exclusiveMinimum=0)], {}), "rule a_ge_1 → a_gt_0", NOBODY, "patch",
    ),
    "a maximum more": (([A], {}), ([limited(maximum=5)], {}), "rule a_le_5", WRITER, "breaking"),
    "a later first day": (
        ([limited("date", minimum="2000-01-01")], {}), ([limited("date", minimum=date(2001, 1, 1))], {}),
        "rule a_ge_2000_01_01 → a_ge_2001_01_01", WRITER, "breaking",
    ),
    "shorter text": (
        ([limited("string", maxLength=20)], {}), ([limited("string", maxLength=10)], {}),
        "rule a_length_le_20 → a_length_le_10", WRITER, "breaking",
    ),
    "coarser steps": (
        ([limited(multipleOf=2)], {}), ([limited(multipleOf=4)], {}), "rule a_multiple_of_2 → a_multiple_of_4", WRITER,
        "breaking",
    ),
    "another pattern": (
        ([limited("string", pattern="^a")], {}), ([limited("string", pattern="^ab")], {}), "rule a_matches", BOTH,
        "breaking",
    ),
    "another predicate": (
        ([A], {"quality": [predicate("p", "a > 0")]}), ([A], {"quality": [predicate("p", "a > 1")]}), "rule p", BOTH,
        "breaking",
    ),
    "a predicate gone": (([A], {"quality": [predicate("p", "a > 0")]}), ([A], {}), "rule p", READER, "compatible"),
    "a rule renamed": (
        ([A], {"quality": [predicate("p", "a > 0")]}), ([A], {"quality": [predicate("q", "a > 0")]}), "rule p → q",
        NOBODY, "patch",
    ),
    "a rule that warns": (
        ([A], {}), ([A], {"quality": [predicate("p", "a > 0", severity="warning")]}), "rule p", NOBODY, "patch",
    ),
    "quarantine instead of a warning": (
        ([A], {"quality": [predicate("p", "a > 0", severity="warning")]}),
        ([A], {"quality": [predicate("p", "a > 0")]}), "rule p", WRITER, "breaking",
    ),
    "block instead of quarantine": (
        ([A], {"quality": [predicate("p", "a > 0")]}),
        ([A], {"quality": [predicate("p", "a > 0", **on_violation("block"))]}), "rule p", WRITER, "breaking",
    ),
    "quarantine instead of block": (
        ([A], {"quality": [predicate("p", "a > 0", **on_violation("block"))]}),
        ([A], {"quality": [predicate("p", "a > 0")]}), "rule p", READER, "compatible",
    ),
    "unique": (([A], {}), ([{**A, "unique": True}], {}), "rule a_unique", WRITER, "breaking"),
    "no longer unique": (([{**A, "unique": True}], {}), ([A], {}), "rule a_unique", READER, "compatible"),
    "more rows asked for": (
        ([A], {"quality": [ROWS]}), ([A], {"quality": [{**ROWS, "mustBeGreaterThan": 6}]}),
        "rule row_count_gt_5 → row_count_gt_6", WRITER, "breaking",
    ),
    "a mean between the bounds": (
        ([A], {"quality": [mean({"mustBeGreaterThan": 0})]}), ([A], {"quality": [mean({"mustBeGreaterOrEqualTo": 1})]}),
        "rule mean", WRITER, "breaking",
    ),
    "fewer rows asked for": (
        ([A], {"quality": [ROWS]}), ([A], {"quality": [{"metric": "rowCount", "mustBeBetween": [5, 1e30]}]}),
        "rule row_count_gt_5 → row_count_between_5_1e_30", BOTH, "breaking",
    ),
    "fewer may be rejected": (
        ([A], {}), ([A], {"customProperties": [{"property": "rejectedShare", "value": 0.1}]}), "rule rejected_share",
        WRITER, "breaking",
    ),
    "freshness looser": (
        ([A], {"slaProperties": LEVEL}), ([A], {"slaProperties": [{**LEVEL[0], "value": 3, "unit": "d"}]}),
        "freshness", READER, "compatible",
    ),
    "freshness tighter": (([A], {}), ([A], {"slaProperties": LEVEL}), "freshness", NOBODY, "patch"),
    "partitioned otherwise": (([A], {}), ([{**A, "partitioned": True}], {}), "partition", BOTH, "breaking"),
    "elsewhere": (
        ([A], {"servers": [{"server": "x", "type": "s3", "location": "s3://a"}]}),
        ([A], {"servers": [{"server": "x", "type": "s3", "location": "s3://b"}]}), "location", BOTH, "breaking",
    ),
    "a server described": (
        ([A], {"servers": [{"server": "x", "type": "s3"}]}),
        ([A], {"servers": [{"server": "x", "type": "s3", "description": "Ours"}]}), "other words", NOBODY, "patch",
    ),
    "another id": (([A], {}), ([A], {"id": "sales.orders"}), "id", BOTH, "breaking"),
    "described": (([A], {}), ([{**A, "description": "What"}], {}), "column a: description", NOBODY, "patch"),
    "personal": (
        ([A], {}), ([{**A, "classification": "personal.age"}], {}), "column a: personal data", NOBODY, "patch",
    ),
    "tagged": (([A], {}), ([A], {"tags": ["x"]}), "other words", NOBODY, "patch"),
    "owned": (([A], {}), ([A], {"team": {"name": "clv"}}), "other words", NOBODY, "patch"),
    "deprecated": (([A], {}), ([A], {"status": "deprecated"}), "status", NOBODY, "patch"),
    "in another order": (([A, B], {}), ([B, A], {}), "order of columns", NOBODY, "patch"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_the_rule_table(name):
    (before, old), (after, new), what, breaks, kind = TABLE[name]
    found = changes(of(before, **dict(old)), of(after, **dict(new)))
    assert found[0].what == what, found
    told = next(change for change in found if change.what == what)
    assert (set(told.breaks), told.kind) == (breaks, kind)
    assert gravest(found) == kind


def test_a_renamed_column_is_one_gone_and_one_come():
    found = changes(of([A]), of([B]))
    assert [(one.what, one.kind) for one in found] == [("column a", "breaking"), ("column b", "compatible")]


def test_a_rule_on_a_new_column_that_refuses_empty_values_is_told_beside_it():
    share = {"metric": "nullValues", "unit": "percent", "mustBeLessOrEqualTo": 5}
    found = changes(of([A]), of([A, {**B, "quality": [share]}]))
    assert [(one.what, one.kind) for one in found] == [
        ("rule b_not_null_le_5", "breaking"),
        ("column b", "compatible"),
    ]


def test_a_version_alone_is_no_change():
    assert changes(of([A]), of([A], version="2.0.0")) == []


def test_the_contracts_of_the_house_differ_from_each_other_and_not_from_themselves():
    known = list(contracts_in(Path(clv_assets.__file__).parent / "contracts").values())
    for one, other in product(known, known):
        assert bool(changes(one, other)) == (one.id != other.id)


# The oracle. A shop's orders are made of these columns; each holds one family of limits, so that none hides another.
DAY = date(2026, 1, 1)
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
WIDTHS = {"smallint": 2**15, "int": 2**31, "bigint": 2**63}
VALUES = {
    "n": [None, *range(-3, 13), 2**14, 2**20, 2**40, 2**53 + 1, 0.5, "x"],
    "x": [None, *(number / 2 for number in range(-6, 23)), 0.1, inf],
    "d": [None, *(DAY + timedelta(days=day) for day in range(-3, 12))],
    "s": [None, "", "a", "bb", "ccc", "dddd"],
    "m": [None, *range(13)],
    "k": [None, 1, 2],
}
START = {"n": "int", "x": "double", "d": "date", "s": "string", "m": "int", "k": "int"}
NATURAL = {"n": 4, "x": 4.0, "d": DAY + timedelta(days=4), "s": "bb", "m": 0, "k": 1}


def bounds(draw):
    low, high = draw(st.integers(-2, 3)), draw(st.integers(5, 10))
    words = {}
    if draw(st.booleans()):
        words[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        words[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = high
    return words


def options(draw, name):
    if name in {"n", "x"}:
        return bounds(draw)
    if name == "d":
        return {word: (DAY + timedelta(days=value)).isoformat() for word, value in bounds(draw).items()}
    if name == "m":
        return draw(st.sampled_from([{}, {"multipleOf": 2}, {"multipleOf": 3}, {"multipleOf": 4}]))
    if name == "s":
        return draw(
            st.sampled_from(
                [{}, {"maxLength": 2}, {"maxLength": 3}, {"minLength": 1}, {"minLength": 1, "maxLength": 3}]
            )
        )
    return {}


@st.composite
def specs(draw, names=tuple(START)):
    """Columns by name: type, options, whether required and unique, what follows."""
    return {
        name: {
            "type": START[name],
            "options": options(draw, name),
            "required": draw(st.booleans()),
            "unique": name == "k" and draw(st.booleans()),
            "then": draw(st.sampled_from(["quarantine", "block", "warn"])),
        }
        for name in names
    }


@st.composite
def edited(draw):
    """A contract of two columns and the same with one edit."""
    what = draw(st.sampled_from(["options", "required", "unique", "then", "column"]))
    name = "k" if what == "unique" else draw(st.sampled_from(sorted(START)))
    other = draw(st.sampled_from(sorted(START.keys() - {name})))
    old = draw(specs((name, other)))
    new = deepcopy(old)
    if what == "options":
        new[name]["options"] = options(draw, name)
    elif what == "required":
        new[name]["required"] = not old[name]["required"]
    elif what == "unique":
        new[name]["unique"] = not old[name]["unique"]
    elif what == "then":
        new[name]["then"] = draw(st.sampled_from(["quarantine", "block", "warn"]))
    else:
        del new[name]
    return (old, new) if draw(st.booleans()) else (new, old)


def as_contract(spec):
    def words(one):
        said = {"required": one["required"], "logicalTypeOptions": one["options"], "unique": one["unique"]}
        return {key: value for key, value in said.items() if value} | on_violation(one["then"])

    return of([column(name, one["type"], **words(one)) for name, one in spec.items()])


def is_of(value, type_):
    if type_ in WIDTHS:
        return isinstance(value, int) and abs(value) < WIDTHS[type_]
    if type_ == "double":
        return not isinstance(value, str) and float(value) == value
    return isinstance(value, {"string": str, "date": date}[type_])


def within(value, word, limit):
    limit = date.fromisoformat(limit) if isinstance(limit, str) else limit
    return {
        "minimum": lambda: value >= limit,
        "maximum": lambda: value <= limit,
        "exclusiveMinimum": lambda: value > limit,
        "exclusiveMaximum": lambda: value < limit,
        "multipleOf": lambda: value % limit == 0,
        "minLength": lambda: len(value) >= limit,
        "maxLength": lambda: len(value) <= limit,
    }[word]()


def broken(frame, at, spec):
    """What follows from each promise that this row of the frame breaks."""
    found = []
    for name, one in spec.items():
        value = frame[at].get(name)
        if value is None:
            found += [one["then"]] * one["required"]
        elif not is_of(value, one["type"]):
            found.append("quarantine")
        else:
            found += [one["then"]] * (value == inf)
            found += [one["then"]] * (not all(within(value, *pair) for pair in one["options"].items()))
            found += [one["then"]] * (one["unique"] and value in [row.get(name) for row in frame[:at]])
    return found


def published(frame, spec, *, strict=True):
    """The rows that readers get to see, as numbers; None where the frame is refused."""
    if strict and any(set(row) != set(spec) for row in frame):
        return None
    said = [broken(frame, at, spec) for at in range(len(frame))]
    if any("block" in one for one in said):
        return None
    return {at for at, one in enumerate(said) if "quarantine" not in one}


def frames(spec):
    natural = {name: NATURAL[name] for name in spec}
    rows = [{**natural, name: value} for name in spec for value in VALUES[name]]
    return [[row] for row in rows] + [[natural | {"k": 1}, natural | {"k": 1}]] * ("k" in spec)


def loses(frame, before, after, **how):
    """Whether the frame has rows that `before` publishes and `after` does not."""
    kept = published(frame, before, **how)
    return kept is not None and not kept <= (published(frame, after, **how) or set())


def refuses(frame, before, after, **how):
    return published(frame, before, **how) is not None and published(frame, after, **how) is None


def hurts(frame, before, after, **how):
    return loses(frame, before, after, **how) or refuses(frame, before, after, **how)


def seen(frame, spec):
    return [{name: row[name] for name in row if name in spec} for row in frame]


def oracle(old, new):
    """Whom the edit breaks and its class, by example rows alone."""
    writer = any(hurts(frame, old, new) for frame in frames(old))
    needed = any(hurts(frame, old, new, strict=False) for frame in frames(old))
    gone = set(old) - set(new)
    other = any(
        old[name]["type"] != new[name]["type"]
        and not types.promotes(*sorted_types(old[name]["type"], new[name]["type"]))
        for name in set(old) & set(new)
    )
    reader = bool(gone) or any(
        hurts(frame, new, old, strict=False) for frame in (seen(one, old) for one in frames(new))
    )
    if needed or gone or other:
        return writer, reader, "breaking"
    return writer, reader, "compatible" if reader or set(new) - set(old) else "patch"


def sorted_types(one, other):
    return sorted((one, other), key=lambda type_: WIDTHS.get(type_, 0))


RETYPED = list(permutations(["smallint", "int", "bigint", "double", "string"], 2))


@pytest.mark.parametrize(("before", "after"), RETYPED)
@pytest.mark.parametrize("required", [True, False])
def test_another_type_breaks_whom_example_rows_say(before, after, required):
    old = {"n": {"type": before, "options": {}, "required": required, "unique": False, "then": "block"}}
    new = {"n": {**old["n"], "type": after}}
    (found,) = changes(as_contract(old), as_contract(new))
    assert ("writer" in found.breaks, "reader" in found.breaks, found.kind) == oracle(old, new)


@settings(max_examples=100, deadline=None)
@given(edited())
def test_a_single_edit_breaks_whom_example_rows_say(pair):
    old, new = pair
    found = changes(as_contract(old), as_contract(new))
    sides = {side for change in found for side in change.breaks}
    assert ("writer" in sides, "reader" in sides, gravest(found) or "patch") == oracle(old, new), found


@settings(max_examples=20, deadline=None)
@given(specs())
def test_a_contract_does_not_differ_from_itself(spec):
    assert changes(as_contract(spec), as_contract(spec)) == []


@settings(max_examples=40, deadline=None)
@given(specs(), specs())
def test_what_breaks_one_side_breaks_the_other_on_the_way_back(one, other):
    there, back = (changes(as_contract(one), as_contract(other)), changes(as_contract(other), as_contract(one)))
    turned = {"reader": "writer", "writer": "reader"}
    assert {(frozenset(change.breaks), change.before, change.after) for change in there} == {
        (frozenset(turned[side] for side in change.breaks), change.after, change.before) for change in back
    }


FEW = st.integers(0, 2)
RULES_ON_ROWS = st.one_of(
    *[
        st.builds(lambda word, value: {word: value}, st.just(word), st.integers(0, 4))
        for word in ("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
                     "mustBeLessOrEqualTo")
    ],
    *[
        st.builds(lambda word, low, more: {word: [low, low + more]}, st.just(word), st.integers(0, 3), FEW)
        for word in ("mustBeBetween", "mustNotBeBetween")
    ],
)  # fmt: skip
HOLDS = {
    "mustBe": lambda n, limit: n == limit, "mustNotBe": lambda n, limit: n != limit,
    "mustBeGreaterThan": lambda n, limit: n > limit, "mustBeGreaterOrEqualTo": lambda n, limit: n >= limit,
    "mustBeLessThan": lambda n, limit: n < limit, "mustBeLessOrEqualTo": lambda n, limit: n <= limit,
    "mustBeBetween": lambda n, limit: limit[0] <= n <= limit[1],
    "mustNotBeBetween": lambda n, limit: not limit[0] <= n <= limit[1],
}  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(RULES_ON_ROWS, RULES_ON_ROWS)
def test_bounds_of_a_mean_are_compared_by_what_they_let_through(old, new):
    (before, limit), (after, other) = *old.items(), *new.items()
    values = [step / 4 for step in range(-8, 40)]
    writer = any(HOLDS[before](n, limit) and not HOLDS[after](n, other) for n in values)
    reader = any(HOLDS[after](n, other) and not HOLDS[before](n, limit) for n in values)
    found = changes(of([A], quality=[mean(old)]), of([A], quality=[mean(new)]))
    sides = {side for change in found for side in change.breaks}
    assert ("writer" in sides, "reader" in sides) == (writer, reader)


def test_classes_are_ordered_by_what_they_ask_of_a_version():
    assert CLASSES == ("patch", "compatible", "breaking")
    assert gravest([]) is None
