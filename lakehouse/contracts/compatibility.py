"""What changed between two versions of a contract, and for whom: pure, two contracts in, changes out.

The writer's side breaks where a frame that the old contract takes is refused by the new one, or has rows rejected. The
reader's side breaks where the new one lets through what the old one kept away, or a column is gone or another.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lakehouse.contracts import types
from lakehouse.contracts.columns import Column
from lakehouse.contracts.document import Contract
from lakehouse.contracts.rules import BOUNDS, RowRule
from lakehouse.contracts.tightness import AnyRule, family, follows

Side = Literal["reader", "writer"]
Class = Literal["patch", "compatible", "breaking"]
CLASSES: tuple[Class, ...] = ("patch", "compatible", "breaking")
_BOTH: frozenset[Side] = frozenset({"reader", "writer"})
_READER: frozenset[Side] = frozenset({"reader"})
_WRITER: frozenset[Side] = frozenset({"writer"})
_NOBODY: frozenset[Side] = frozenset()
_SAYS = {"eq": "=", "ne": "≠", "gt": ">", "ge": "≥", "lt": "<", "le": "≤", "between": "within", "outside": "outside"}
NOTHING = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that is otherwise: empty `before` where it came, empty `after` where it went."""

    what: str
    before: str = NOTHING
    after: str = NOTHING
    breaks: frozenset[Side] = _NOBODY
    kind: Class

    @property
    def order(self) -> tuple[int, str]:
        return -CLASSES.index(self.kind), self.what


def changes(old: Contract, new: Contract) -> list[Change]:
    """Every change from `old` to `new`, the gravest first; none if they say the same in whatever layout."""
    if old.content == new.content:
        return []
    found = [*_document(old, new), *_columns(old, new), *_rules(old, new)]
    return sorted(found, key=lambda change: change.order) or [Change(what="other words", kind="patch")]


def gravest(found: Iterable[Change]) -> Class | None:
    return max((change.kind for change in found), key=CLASSES.index, default=None)


def _document(old: Contract, new: Contract) -> Iterator[Change]:
    for what, before, after in (
        ("id", old.id, new.id),
        ("location", old.location, new.location),
        ("partition", old.partition or NOTHING, new.partition or NOTHING),
    ):
        if before != after:
            yield Change(what=what, before=before, after=after, breaks=_BOTH, kind="breaking")
    yield from _words("status", old.status, new.status)
    yield from _words("description", old.description, new.description)
    yield from _freshness(old.freshness_hours, new.freshness_hours)
    shared = [column.name for column in old.columns if column.name in new.by_name]
    yield from _words(
        "order of columns", ", ".join(shared), ", ".join(one.name for one in new.columns if one.name in old.by_name)
    )


def _freshness(old: float | None, new: float | None) -> Iterator[Change]:
    """Nothing is refused for being late: only who reads can lose by it."""
    if old != new:
        looser = old is not None and (new is None or new > old)
        before, after = (NOTHING if hours is None else f"{hours:g} h" for hours in (old, new))
        yield _graded("freshness", before, after, breaks=_READER if looser else _NOBODY)


def _columns(old: Contract, new: Contract) -> Iterator[Change]:
    for column in old.columns:
        if column.name not in new.by_name:
            yield Change(what=_named(column), before=column.type, breaks=_BOTH, kind="breaking")
        else:
            yield from _column(column, new.by_name[column.name])
    for column in new.columns:
        if column.name not in old.by_name:
            # Frames without it are refused; but any writer can bring it, if only empty.
            needed = any(_forbids_null(rule, column) for rule in new.row_rules)
            kind: Class = "breaking" if needed else "compatible"
            said = f"{column.type}, {'required' if needed else 'optional'}"
            yield Change(what=_named(column), after=said, breaks=_WRITER, kind=kind)


def _column(old: Column, new: Column) -> Iterator[Change]:
    if old.type != new.type:
        yield _retyped(old, new)
    yield from _words(f"{_named(old)}: description", old.description, new.description)
    yield from _words(f"{_named(old)}: personal data", old.pii or NOTHING, new.pii or NOTHING)


def _retyped(old: Column, new: Column) -> Change:
    writer = _NOBODY if types.widens(old.type, new.type) else _WRITER
    reader = _NOBODY if types.widens(new.type, old.type) else _READER
    kind: Class = "compatible" if types.promotes(old.type, new.type) else "breaking"
    # Types that hold each other's values are still read otherwise.
    breaks = (writer | reader) or _READER
    return Change(what=f"{_named(old)}: type", before=old.type, after=new.type, breaks=breaks, kind=kind)


def _rules(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = _told_alone(old, new), _told_alone(new, old)
    types_of = {column.name: column.type for column in (*old.columns, *new.columns)}
    for one, other in _pairs(before, after):
        if one is None or other is None or one.mark != other.mark or one.name != other.name:
            writer = other is not None and not follows(other, before, column_types=types_of)
            reader = one is not None and not follows(one, after, column_types=types_of)
            breaks = (_WRITER if writer else _NOBODY) | (_READER if reader else _NOBODY)
            yield _ruled(one, other, breaks)
        else:
            yield from _words(f"rule {one.name}: description", one.description, other.description)


def _ruled(one: AnyRule | None, other: AnyRule | None, breaks: frozenset[Side]) -> Change:
    rule = other or one
    assert rule is not None
    what = f"rule {one.name} → {other.name}" if one and other and one.name != other.name else f"rule {rule.name}"
    before, after = (NOTHING if each is None else said(each) for each in (one, other))
    if rule.name == "primary_key":
        return Change(what="key", before=before, after=after, breaks=breaks, kind="breaking")
    return _graded(what, before, after, breaks=breaks)


def _told_alone(contract: Contract, other: Contract) -> list[AnyRule]:
    """The rules that no change of a column tells of already."""
    return [rule for rule in contract.rules if not _told_by_column(rule, contract, other)]


def _told_by_column(rule: AnyRule, contract: Contract, other: Contract) -> bool:
    if isinstance(rule, RowRule) and rule.kind in {"types", "window"}:
        return True
    if rule.column is None or rule.column not in contract.by_name:
        return False
    here, there = contract.by_name[rule.column], other.by_name.get(rule.column)
    if there is None:
        return isinstance(rule, RowRule) and (rule.limit is not None or _generated(rule))
    return here.type != there.type and rule.name == f"{here.name}_finite"


def _pairs(old: Sequence[AnyRule], new: Sequence[AnyRule]) -> Iterator[tuple[AnyRule | None, AnyRule | None]]:
    """Rules of one name, then of one subject; those left over came or went."""
    here, there = list(old), list(new)
    for likeness in (lambda rule: rule.name, family):
        known = {likeness(rule): rule for rule in there}
        for rule in list(here):
            if other := known.pop(likeness(rule), None):
                here.remove(rule)
                there.remove(other)
                yield rule, other
    yield from ((rule, None) for rule in here)
    yield from ((None, rule) for rule in there)


def said(rule: AnyRule) -> str:
    """A rule in words: what holds, and what follows where it does not."""
    return f"{condition(rule)}, else {rule.consequence}"


def condition(rule: AnyRule) -> str:
    """What holds; empty for the rules that every table has and that say nothing of their own."""
    if isinstance(rule, RowRule):
        return rule.predicate or (f"{', '.join(rule.columns)} unique" if rule.columns else "")
    limits = " and ".join(f"{limit:g}" for limit in rule.limits)
    last = " times the last" if rule.relative else ""
    return f"{rule.aggregate or 'share of rejected rows'} {_SAYS[BOUNDS[rule.bound][0]]} {limits}{last}"


def _graded(what: str, before: str, after: str, *, breaks: frozenset[Side]) -> Change:
    """What a writer can break by is breaking; what only a reader may notice is compatible for the other side."""
    kind: Class = "breaking" if "writer" in breaks else "compatible" if breaks else "patch"
    return Change(what=what, before=before, after=after, breaks=breaks, kind=kind)


def _words(what: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(what=what, before=before, after=after, kind="patch")


def _named(column: Column) -> str:
    return f"column {column.name}"


def _forbids_null(rule: AnyRule, column: Column) -> bool:
    return isinstance(rule, RowRule) and rule.predicate == f"`{column.name}` is not null" and rule.consequence != "warn"


def _generated(rule: AnyRule) -> bool:
    """Whether the rule follows from a column's own words, and none of them refuses an empty value beyond `required`."""
    return rule.name in {f"{rule.column}_{what}" for what in ("not_null", "unique", "finite")}
