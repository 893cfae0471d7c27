import json
import math
import re
from collections import Counter, defaultdict
from datetime import date, datetime

import pytest
from contract_files import column, contract, on_violation, predicate
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import Observation

from lakehouse.contracts.judge import check_columns, judge
from lakehouse.contracts.verdicts import Counters, Verdict
from lakehouse.errors import ContractError, SchemaMismatch
from lakehouse.partitions import Scope

SOURCE = "n int, key bigint, amount string, quantity bigint, day string, price double, note string"
COLUMNS = [
    column("n", "int", required=True),
    column("key", "bigint", primaryKey=True),
    column("amount", "double", logicalTypeOptions={"minimum": 0}),
    column("quantity", "int", quality=[predicate("quantity_not_zero", "quantity <> 0")]),
    column("day", "date", partitioned=True),
    column("price", "double", logicalTypeOptions={"maximum": 1000}, **on_violation("warn")),
    column("note", "string", logicalTypeOptions={"pattern": "^[a-z]*$", "maxLength": 5}),
]
SCOPE = Scope("2026-01-01", "2026-01-03")
AMOUNTS = {
    "1.5": 1.5,
    "-2": -2.0,
    "NaN": math.nan,
    "1e400": math.inf,
    " 7 ": 7.0,
    "0": 0.0,
    "x": None,
    "": None,
    "1,5": None,
}
IN_SCOPE = {
    "2026-01-01": True,
    "2026-01-02": True,
    "2026-1-2": True,
    "2026-01-03": False,
    "2026-02-30": None,
    "2026-01-02 12:00:00": True,
}
WARNED = {"price_finite", "price_le_1000"}

rows = st.lists(
    st.tuples(
        st.none() | st.integers(0, 9),
        st.none() | st.sampled_from(list(AMOUNTS)),
        st.none() | st.sampled_from([0, 1, 2**31, -(2**31), 2**40]),
        st.none() | st.sampled_from(list(IN_SCOPE)),
        st.none() | st.sampled_from([0.5, -0.0, math.nan, math.inf, -math.inf, 1000.0, 1001.0]),
        st.none() | st.sampled_from(["", "abc", "ABC", "abcdef", "é"]),
    ),
    max_size=30,
)  # fmt: skip
TWINS = [(1, "1.5", 1, "2026-01-01", 0.5, "abc")] * 3
WORSE_TWINS = [(2, "1.5", 1, "2026-01-01", 0.5, "abc"), (2, "x", 1, "2026-01-01", 0.5, "abc")]


def broken(key, amount, quantity, day, price, note) -> set[str]:  # noqa: PLR0917
    """The rules that one row breaks by itself, written down once more, naively."""
    number = AMOUNTS.get(amount)
    lost = {
        amount is not None and number is None,
        quantity is not None and not -(2**31) <= quantity < 2**31,
        day is not None and (IN_SCOPE[day] is None or " " in day),
    }
    kept_quantity = quantity if quantity is not None and -(2**31) <= quantity < 2**31 else None
    said = {
        "types": True in lost,
        "in_partition": not IN_SCOPE.get(day),
        "key_not_null": key is None,
        "amount_finite": number is not None and not math.isfinite(number),
        "amount_ge_0": number is not None and number < 0,
        "quantity_not_zero": kept_quantity == 0,
        "price_finite": price is not None and not math.isfinite(price),
        "price_le_1000": price is not None and (price > 1000 or math.isnan(price)),
        "note_matches": note is not None and not re.fullmatch("[a-z]*", note),
        "note_length_le_5": note is not None and len(note) > 5,
    }
    return {name for name, bad in said.items() if bad}


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    return contract(tmp_path_factory.mktemp("contracts"), "shop.orders", COLUMNS)


def judged(frame, contract, *, scope=None):
    """Valid and rejected rows with the counters, as a write makes them."""
    found, seen = judge(frame, contract, scope=scope), Observation()
    valid = found.valid.collect()
    return valid, found.counters(), found.rejected(seen).collect(), found.recount()


def same_rows(valid: Counters, recounted: Counters) -> bool:
    return (valid.rows, valid.rejected, valid.fingerprint, dict(valid.violations)) == (
        recounted.rows,
        recounted.rejected,
        recounted.fingerprint,
        dict(recounted.violations),
    )


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=rows)
@example(rows=[*TWINS, *WORSE_TWINS])
@example(rows=[])
def test_every_row_is_valid_or_rejected_with_its_reasons(spark, orders, rows):
    frame = spark.createDataFrame([(n, *row) for n, row in enumerate(rows)], SOURCE)
    valid, counters, rejected, recounted = judged(frame, orders, scope=SCOPE)
    alone = [broken(*row) for row in rows]
    reasons = {json.loads(row["row"])["n"]: set(row["reasons"]) for row in rejected}
    repeated = {n for n, found in reasons.items() if "primary_key" in found}

    assert Counter([row["n"] for row in valid] + [json.loads(row["row"])["n"] for row in rejected]) == Counter(
        range(len(rows))
    )
    assert {n: found - {"primary_key"} for n, found in reasons.items()} == {
        n: found - WARNED for n, found in enumerate(alone) if found - WARNED or n in repeated
    }
    assert_one_of_each_key_is_left(rows, alone, repeated)
    assert same_rows(counters, recounted)
    assert (counters.rows, counters.rejected) == (len(rows), len(reasons))
    expected = Counter(name for found in alone for name in found) + Counter({"primary_key": len(repeated)})
    assert {name: count for name, count in counters.violations.items() if count} == +expected


def assert_one_of_each_key_is_left(rows, alone, repeated):
    groups = defaultdict(list)
    for n, (key, *_) in enumerate(rows):
        groups[key].append(n)
    for key, members in groups.items():
        first = [n for n in members if n not in repeated]
        assert len(first) == (1 if key is not None else len(members))
        assert key is None or not alone[first[0]] or all(alone[n] for n in members)


def test_a_rejected_row_is_kept_as_it_came(spark, tmp_path):
    moment = datetime(2026, 1, 1, 12, 0, 0, 123456)  # noqa: DTZ001
    columns = [
        column("a", "int"),
        column("at", "timestamp"),
        column("local", "timestamp_ntz"),
        column("x", "double", **on_violation("warn")),
        column("nothing", "string"),
        column("tags", "array<string>", logicalTypeOptions={"maxItems": 0}),
    ]
    frame = spark.createDataFrame(
        [("twelve", moment, moment, math.nan, None, ["é'\"", None])],
        "a string, at timestamp, local timestamp_ntz, x double, nothing string, tags array<string>",
    )
    _, _, (rejected,), _ = judged(frame, contract(tmp_path, "shop.t", columns))
    assert json.loads(rejected["row"]) == {
        "a": "twelve",
        "at": "2026-01-01T12:00:00.123456Z",
        "local": "2026-01-01T12:00:00.123456",
        "x": "NaN",
        "nothing": None,
        "tags": ["é'\"", None],
    }
    assert (rejected["reasons"], rejected["partition"]) == (["types", "tags_items_le_0"], None)


def test_a_row_whose_predicate_is_null_is_kept(spark, tmp_path):
    rule = predicate("a_more_than_b", "a > b")
    found = contract(tmp_path, "shop.t", [column("a", "int"), column("b", "int")], quality=[rule])
    frame = spark.createDataFrame([(None, 1), (1, None), (1, 2), (2, 1)], "a int, b int")
    valid, counters, rejected, _ = judged(frame, found)
    assert {tuple(row) for row in valid} == {(None, 1), (1, None), (2, 1)}
    assert [json.loads(row["row"]) for row in rejected] == [{"a": 1, "b": 2}]
    assert counters.violations["a_more_than_b"] == 1


def test_a_blocking_row_rule_blocks_and_a_warning_one_does_not(spark, tmp_path):
    quality = [predicate("hard", "a > 0", **on_violation("block")), predicate("soft", "a > 1", severity="warning")]
    found = contract(tmp_path, "shop.t", [column("a", "int")], quality=quality)
    verdicts = {}
    for value in (0, 1, 2):
        judged_ = judge(spark.createDataFrame([(value,)], "a int"), found)
        verdicts[value] = Verdict.of(judged_.recount(), found)
    assert {value: verdict.failed for value, verdict in verdicts.items()} == {
        0: {"hard": "block", "soft": "warn", "rejected_share": "block"},
        1: {"soft": "warn"},
        2: {},
    }
    assert verdicts[1].rejected == 0


EMPTY = {
    "no row": lambda some: some.sparkSession.createDataFrame([], some.schema),
    "filter that is false": lambda some: some.where("false"),
    "filter that turns out false": lambda some: some.where("a > 100"),
    "limit 0": lambda some: some.limit(0),
    "join with nothing": lambda some: some.join(some.where("false").select("a"), "a"),
    "join with what turns out nothing": lambda some: some.join(some.where("a > 100").select("a"), "a"),
    "union of nothings": lambda some: some.where("false").union(some.limit(0)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_frame_has_counters_of_zero(spark, tmp_path, name):
    mean = {"name": "mean", "type": "sql", "query": "select avg(a) from ${object}", "mustBeGreaterThan": 0}
    found = contract(tmp_path, "shop.t", [column("a", "int", unique=True)], quality=[mean])
    frame = EMPTY[name](spark.createDataFrame([(1,), (2,)], "a int"))
    valid, counters, rejected, recounted = judged(frame, found)
    assert (valid, rejected, counters.rows, counters.rejected) == ([], [], 0, 0)
    assert counters == recounted
    assert Verdict.of(counters, found).failed == {}


@pytest.mark.parametrize("rule", ["false", "a > 100", "a is null", "1 = 0 and a > 0"])
def test_a_plan_whose_valid_rows_are_folded_away_still_counts_the_rejected(spark, tmp_path, rule):
    found = contract(tmp_path, "shop.t", [column("a", "int")], quality=[predicate("p", rule)])
    valid, counters, rejected, recounted = judged(spark.createDataFrame([(1,), (2,)], "a int"), found)
    assert (len(valid), len(rejected), counters.rows, counters.rejected) == (0, 2, 2, 2)
    assert same_rows(counters, recounted)


def test_values_of_the_table_are_those_of_the_valid_rows(spark, tmp_path):
    queries = {
        "mean": "avg(a)",
        "some": "sum(a)",
        "distinct": "approx_count_distinct(a)",
        "median": "percentile_approx(a, 0.5)",
    }
    quality = [
        {"name": name, "type": "sql", "query": f"select {what} from ${{object}}", "mustBeGreaterThan": 0}
        for name, what in queries.items()
    ]
    quality[1]["query"] += " where a > 1"
    quality.append({"metric": "rowCount", "mustBeBetween": [1, 9]})
    share = {"metric": "nullValues", "unit": "percent", "mustBeLessThan": 50}
    found = contract(
        tmp_path, "shop.t", [column("a", "int", logicalTypeOptions={"minimum": 0}, quality=[share])], quality=quality
    )
    frame = spark.createDataFrame([(1,), (2,), (3,), (None,), (-1000,)], "a int")
    _, counters, _, recounted = judged(frame, found)
    assert counters.values == recounted.values == {
        "a_not_null_lt_50": 25.0, "mean": 2.0, "some": 5.0, "distinct": 3.0, "median": 2.0,
        "row_count_between_1_9": 4.0,
    }  # fmt: skip


WRONG = {
    "missing": ("a int", r"column 'b' \(string\) is missing"),
    "extra": ("a int, b string, c int", "column 'c' is not in the contract"),
    "other case": ("A int, b string", r"column 'a' \(int\) is missing; column 'A' is not in the contract"),
    "type": ("a boolean, b string", "column 'a' is boolean, not int"),
    "complex": ("a int, b struct<x: int>", "column 'b' is struct<x:int>, not string"),
    "untyped": ("a int, b void", "column 'b' is void, not string"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_frame_with_other_columns_is_refused(spark, tmp_path, name):
    schema, sentence = WRONG[name]
    found = contract(tmp_path, "shop.t", [column("a", "int"), column("b", "string")])
    with pytest.raises(SchemaMismatch, match=rf"shop\.t@1\.0\.0 refuses the frame: {sentence}.*t\.yaml"):
        check_columns(spark.createDataFrame([], schema), found)


def test_a_column_that_is_there_twice_is_refused(spark, tmp_path):
    frame = spark.createDataFrame([], "a int, b string")
    found = contract(tmp_path, "shop.t", [column("a", "int"), column("b", "string")])
    with pytest.raises(SchemaMismatch, match="column 'a' is there twice"):
        check_columns(frame.select("a", "b", "a"), found)


UNENFORCEABLE = {
    "syntax": (predicate("odd", "a >"), "PARSE_SYNTAX_ERROR"),
    "column": (predicate("odd", "b > 1"), "UNRESOLVED_COLUMN"),
    "type": (predicate("odd", "a + 1"), "DATATYPE_MISMATCH"),
    "aggregate": (predicate("odd", "sum(a) > 1"), "INVALID_WHERE_CONDITION|aggregate"),
    "measure": (
        {"name": "odd", "type": "sql", "query": "select avg(b) from ${object}", "mustBeLessThan": 1},
        "UNRESOLVED_COLUMN",
    ),
    "no number": (
        {"name": "odd", "type": "sql", "query": "select collect_list(a) from ${object}", "mustBeLessThan": 1},
        "CAST",
    ),
}


@pytest.mark.parametrize("name", UNENFORCEABLE)
def test_a_rule_that_spark_does_not_understand_is_named(spark, tmp_path, name):
    rule, why = UNENFORCEABLE[name]
    found = contract(tmp_path, "shop.t", [column("a", "int")], quality=[rule])
    with pytest.raises(ContractError, match=rf"t\.yaml: rule 'odd' cannot be enforced: .*({why})"):
        _ = judge(spark.createDataFrame([(1,)], "a int"), found).valid


def test_a_rejected_row_goes_to_its_partition_and_a_homeless_one_to_the_first(spark, tmp_path):
    found = contract(tmp_path, "shop.t", [column("day", "date", partitioned=True), column("a", "int", required=True)])
    days = [date(2026, 1, 2), date(2026, 1, 1), date(2025, 1, 1), None]
    frame = spark.createDataFrame([(day, None) for day in days], "day date, a int")
    rejected = judge(frame, found, scope=SCOPE).rejected(Observation()).collect()
    assert {json.loads(row["row"])["day"]: row["partition"] for row in rejected} == {
        "2026-01-02": "2026-01-02",
        "2026-01-01": "2026-01-01",
        "2025-01-01": "2026-01-01",
        None: "2026-01-01",
    }


def verdict(contract, *, rows=10, rejected=0, last=None, **values) -> Verdict:
    return Verdict.of(Counters(rows=rows, rejected=rejected, values=values), contract, last=last)


@pytest.fixture
def relative(tmp_path):
    last = {"customProperties": [{"property": "relativeTo", "value": "last"}]}
    words = {"metric": "rowCount", "name": "rows_kept", "mustBeGreaterOrEqualTo": 0.5, **last}
    return contract(tmp_path, "shop.t", [column("a", "int")], quality=[words])


@pytest.mark.parametrize(("before", "now", "word"), [
    (None, 1.0, "ok"), (10.0, 5.0, "ok"), (10.0, 4.0, "block"), (0.0, 1.0, "ok"), (10.0, None, "ok"),
    (10.0, math.nan, "block"),
])  # fmt: skip
def test_a_relative_rule_looks_at_the_version_before(relative, before, now, word):
    last = None if before is None else verdict(relative, rows_kept=before)
    assert verdict(relative, rows_kept=now, last=last).word == word


@pytest.mark.parametrize(("rejected", "word"), [(0, "ok"), (5, "ok"), (6, "block")])
def test_too_large_a_share_of_rejected_rows_blocks(relative, rejected, word):
    assert verdict(relative, rejected=rejected).word == word


def test_a_verdict_survives_the_event_log(relative):
    before = verdict(relative, rejected=6, rows_kept=math.inf)
    after = Verdict.from_json(before.as_json())
    assert after == before
    assert all(after.knows(rule) for rule in relative.rules)


def test_sentences_have_numbers(tmp_path):
    found = contract(tmp_path, "shop.t", [column("a", "int", required=True)])
    counters = Counters(rows=12000, rejected=7000, violations={"a_not_null": 7000, "types": 0})
    said = Verdict.of(counters, found)
    assert said.sentence("a_not_null") == "7,000 of 12,000 rows violate a_not_null"
    assert said.sentence("rejected_share") == "rejected_share is 0.583333"
    assert said.sentence("types") == "types holds for all 12,000 rows"
