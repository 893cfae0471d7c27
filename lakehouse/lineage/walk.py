"""The reading of a plan, node by node: inputs first, without recursion, as 500 `withColumn` are 500 nodes deep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from lakehouse.lineage.expressions import Expressions, Part, Tree, identity, items, kind
from lakehouse.lineage.flow import NOWHERE, UNTRACED, Flow, Jvm, Origins, beside, together

Scope: TypeAlias = Mapping[int, Origins]
Rule: TypeAlias = Callable[["Step"], Flow]


@dataclass(frozen=True)
class Walk:
    """One reading; it remembers what `WITH` defines."""

    expressions: Expressions
    rule: Rule
    definitions: dict[int, tuple[list[Origins], Flow]] = field(default_factory=dict)

    def flow(self, plan: Jvm, outer: Scope) -> Flow:
        waiting: list[tuple[Jvm, int | None]] = [(plan, None)]
        read: list[Flow] = []
        while waiting:
            node, inputs = waiting.pop()
            if inputs is None:
                children = list(items(node.children()))
                waiting += [(node, len(children)), *((child, None) for child in reversed(children))]
            else:
                below = len(read) - inputs
                read[below:] = [self.rule(Step(self, node, read[below:], outer))]
        return read.pop()


@dataclass(frozen=True)
class Step:
    """One node, what is known of its inputs, and the row around it where it stands in a correlated subquery."""

    walk: Walk
    node: Jvm
    inputs: Sequence[Flow]
    outer: Scope

    @cached_property
    def flow(self) -> Flow:
        """What the expressions of this node may read."""
        return self.inputs[0] if len(self.inputs) == 1 else beside(self.inputs)

    @cached_property
    def output(self) -> list[int]:
        return [attribute for attribute, _ in self.attributes(self.node.output())]

    def attributes(self, output: Jvm) -> list[tuple[int, str]]:
        return self.walk.expressions.attributes(output)

    def visible(self) -> list[list[Origins]]:
        """Of each input the origins of its columns, by position."""
        return [self.columns_of(*side) for side in zip(items(self.node.children()), self.inputs, strict=True)]

    def columns_of(self, plan: Jvm, flow: Flow) -> list[Origins]:
        return [flow.of(attribute) for attribute, _ in self.attributes(plan.output())]

    def by_position(self, rows: Iterable[Sequence[Origins]]) -> dict[int, Origins]:
        """The output's columns, each from the same place in all rows."""
        return dict(zip(self.output, map(together, zip(*rows, strict=True)), strict=True))

    def subquery(self, plan: Jvm, flow: Flow) -> Flow:
        """It may read the row it stands in, and by Spark's rules no row further out."""
        return self.walk.flow(plan, outer=flow.origins)

    def columns(self, named: Jvm) -> dict[int, Origins]:
        return {identity(tree[0]): origins for tree, origins in self._read(named, self.flow)}

    def listed(self, expressions: Jvm) -> list[Origins]:
        return [origins for _, origins in self._read(expressions, self.flow)]

    def reads(self, expressions: Jvm, flow: Flow | None = None) -> Origins:
        return together(origins for _, origins in self._read(expressions, flow or self.flow))

    def _read(self, expressions: Jvm, flow: Flow) -> Iterator[tuple[Tree, Origins]]:
        subqueries = self.walk.expressions.subqueries(expressions)
        for tree in self.walk.expressions.trees(expressions):
            yield tree, together(self._part(part, flow, subqueries) for part in tree)

    def _part(self, part: Part, flow: Flow, subqueries: Iterator[Jvm]) -> Origins:
        what = kind(part)
        if "plan" in part:
            return self._value(what, next(subqueries), flow)
        if what == "AttributeReference":
            return flow.of(identity(part))
        if what == "OuterReference":
            return self.outer.get(identity(part), UNTRACED)
        # A variable of the session was set by a statement that this plan does not show.
        return UNTRACED if what.endswith("Reference") else NOWHERE

    def _value(self, what: str, plan: Jvm, flow: Flow) -> Origins:
        """A subquery is one value, decided by the shape of its rows as much as by its columns."""
        inner = self.subquery(plan, flow)
        return together([inner.influences, *(() if what == "Exists" else self.columns_of(plan, inner))])
