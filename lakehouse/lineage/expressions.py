"""Lists of Spark's expressions, read from the JSON it writes of them: one call a list."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from lakehouse.lineage.flow import Jvm

Part: TypeAlias = dict[str, Any]
Tree: TypeAlias = list[Part]  # an expression's nodes, parents first


def kind(part: Part) -> str:
    return str(part["class"]).rpartition(".")[2]


def identity(part: Part) -> int:
    """The attribute it makes or names; a reference to a row outside a subquery wraps the attribute it means."""
    return identity(part["e"][0]) if "e" in part else int(part["exprId"]["id"])


def items(sequence: Jvm) -> Iterator[Jvm]:
    return (sequence.apply(index) for index in range(sequence.size()))


class UnwrittenExpression(Exception):
    """Spark wrote null for expressions it has no JSON for: what they read is untraced."""


class Expressions:
    """Spark writes JSON of a plan, not of a list: so a list is read as the columns of a projection of nothing."""

    def __init__(self, jvm: Jvm) -> None:
        logical = jvm.org.apache.spark.sql.catalyst.plans.logical
        self._project, self._nothing = logical.Project, logical.OneRowRelation()

    def trees(self, expressions: Jvm) -> list[Tree]:
        listed: list[Tree] | None = json.loads(self._holding(expressions).toJSON())[0]["projectList"]
        if listed is None:
            raise UnwrittenExpression(expressions.toString())
        return listed

    def subqueries(self, expressions: Jvm) -> Iterator[Jvm]:
        """The plans inside, in the order in which their expressions stand in the trees."""
        yield from items(self._holding(expressions).subqueries())

    def attributes(self, output: Jvm) -> list[tuple[int, str]]:
        return [(identity(tree[0]), tree[0]["name"]) for tree in self.trees(output)]

    def _holding(self, expressions: Jvm) -> Jvm:
        return self._project(expressions, self._nothing)
