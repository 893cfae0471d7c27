"""Which rules follow from others: whether a row or version that keeps these rules keeps that one too.

What cannot be decided, such as whether one pattern or predicate follows from another, is taken not to follow.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any

from lakehouse.contracts import types
from lakehouse.contracts.rules import BOUNDS, Consequence, RowRule, TableRule

AnyRule = RowRule | TableRule
_STRICTNESS: tuple[Consequence, ...] = ("warn", "quarantine", "block")
_LOWER = frozenset({"minimum", "exclusiveMinimum"})
_UPPER = frozenset({"maximum", "exclusiveMaximum"})
_FAMILIES = {**dict.fromkeys(_LOWER, "lower"), **dict.fromkeys(_UPPER, "upper")}


def follows(rule: AnyRule, given: Sequence[AnyRule], *, column_types: dict[str, str]) -> bool:
    """Whether nothing breaks `rule`, as hard as it is meant, that would not break one of `given` as hard."""
    if rule.consequence == "warn":
        return True
    strict = [one for one in given if _STRICTNESS.index(one.consequence) >= _STRICTNESS.index(rule.consequence)]
    if isinstance(rule, TableRule):
        return _version_follows(rule, [one for one in strict if isinstance(one, TableRule)])
    rows = [one for one in strict if isinstance(one, RowRule) and one.kind == rule.kind]
    return any(_row_follows(rule, one, type=column_types.get(rule.column or "", "")) for one in rows)


def family(rule: AnyRule) -> object:
    """What two rules are about if they differ in their bound alone: the change is one, not a rule gone and one come."""
    if isinstance(rule, TableRule):
        return rule.aggregate, rule.relative
    if rule.limit is None:
        return rule.predicate, rule.columns
    return rule.column, _FAMILIES.get(rule.limit[0], rule.limit[0])


def _version_follows(rule: TableRule, given: Sequence[TableRule]) -> bool:
    """Bounds are steps: between and at their limits lies every case that there is."""
    about = [one for one in given if family(one) == family(rule)]
    limits = sorted({Fraction(limit) for one in (rule, *about) for limit in one.limits})
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    cases = [limits[0] - 1, *limits, *between, limits[-1] + 1]
    return all(_allows(rule, case) for case in cases if all(_allows(one, case) for one in about))


def _allows(rule: TableRule, case: Fraction) -> bool:
    """Exactly: a float has no number between 1e18 and 1e18 + 1."""
    return BOUNDS[rule.bound][1](case, *rule.limits)


def _row_follows(rule: RowRule, given: RowRule, *, type: str) -> bool:  # noqa: A002
    if rule.kind == "unique":
        return set(given.columns) <= set(rule.columns)
    if rule.predicate == given.predicate:
        return True
    if rule.limit is None or given.limit is None or family(rule) != family(given):
        return False
    follow = _FOLLOW.get(str(family(rule)[1]))  # type: ignore[index]
    return bool(follow and follow(_edge(rule.limit, type), _edge(given.limit, type)))


def _edge(limit: tuple[str, Any], type: str) -> Any:  # noqa: A002
    """The value of a limit, comparable with others of its family: of bounds the value and whether it is left out."""
    word, value = limit
    if word not in _FAMILIES:
        return value
    open_ = word.startswith("exclusive")
    if type in types.WHOLE:
        return _whole(value, lower=word in _LOWER, open_=open_)
    if types.is_number(type):
        return Fraction(str(value)), open_
    return _moment(value), open_


def _whole(value: float, *, lower: bool, open_: bool) -> tuple[Fraction, bool]:
    """Between whole numbers there is none: more than 0 is 1 or more."""
    if lower:
        return Fraction(floor(value) + 1 if open_ else ceil(value)), False
    return Fraction(ceil(value) - 1 if open_ else floor(value)), False


def _moment(value: Any) -> datetime:
    """Days and moments on one line; without a zone a moment is read in the session's, which is UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, datetime):
        found = datetime.combine(found, time()) if isinstance(found, date) else found
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _multiple(rule: float, given: float) -> bool:
    return (Fraction(str(given)) / Fraction(str(rule))).denominator == 1


_FOLLOW: dict[str, Callable[[Any, Any], bool]] = {
    "lower": lambda rule, given: given >= rule,
    "upper": lambda rule, given: (given[0], not given[1]) <= (rule[0], not rule[1]),
    "minLength": lambda rule, given: given >= rule,
    "minItems": lambda rule, given: given >= rule,
    "maxLength": lambda rule, given: given <= rule,
    "maxItems": lambda rule, given: given <= rule,
    "multipleOf": _multiple,
    "validValues": lambda rule, given: set(given) <= set(rule),
}
