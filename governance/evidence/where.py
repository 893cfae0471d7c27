"""Conditions on the ledger's rows, for pyiceberg, which is imported when one is wanted."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression


def everything() -> "BooleanExpression":
    from pyiceberg.expressions import AlwaysTrue

    return AlwaysTrue()


def equal(column: str, value: object) -> "BooleanExpression":
    from pyiceberg.expressions import EqualTo

    return _said(EqualTo, column, value)


def unlike(column: str, value: object) -> "BooleanExpression":
    from pyiceberg.expressions import NotEqualTo

    return _said(NotEqualTo, column, value)


def among(column: str, values: Collection[str]) -> "BooleanExpression":
    from pyiceberg.expressions import In

    return _said(In, column, values)


def since(column: str, value: str) -> "BooleanExpression":
    from pyiceberg.expressions import GreaterThanOrEqual

    return _said(GreaterThanOrEqual, column, value)


def until(column: str, value: str) -> "BooleanExpression":
    from pyiceberg.expressions import LessThanOrEqual

    return _said(LessThanOrEqual, column, value)


def before(column: str, value: str) -> "BooleanExpression":
    from pyiceberg.expressions import LessThan

    return _said(LessThan, column, value)


def every(*conditions: "BooleanExpression") -> "BooleanExpression":
    """All of them; everything without any."""
    from pyiceberg.expressions import And

    found = everything()
    for one in conditions:
        found = And(found, one)
    return found


def _said(predicate: "Callable[..., BooleanExpression]", column: str, value: object) -> "BooleanExpression":
    return predicate(column, value)
