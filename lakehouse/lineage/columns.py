"""A frame's column lineage: what a caller sees of the reading."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from lakehouse.lineage.expressions import Expressions
from lakehouse.lineage.flow import NOWHERE, UNTRACED, Origin, Origins
from lakehouse.lineage.nodes import node_flow
from lakehouse.lineage.walk import Walk


@dataclass(frozen=True)
class Lineage:
    """Whence a frame's columns come, as pairs of table and column; each output column is in `columns` or `unknown`.

    `columns`: what decides that column's value in a row. Besides what flows into it: the conditions of CASE, a window's
    partition and order, all that a scalar subquery reads (its filters too), all that Python sees of a row.
    `influences`: what decides which rows there are, and so has a say in every column: filters, join conditions,
    groupings, distinct keys, both sides of INTERSECT and EXCEPT, what EXPLODE opens, a sort that a limit, an aggregate
    or a deduplication cuts, all that a function over whole frames sees.
    `unknown`: columns with an origin that cannot be followed; `unknown_influences`: the same of the rows.

    A sort that only orders the result, a sample, a repartition and `observe` leave no trace, and `count(*)` has no
    column to come from.
    """

    columns: Mapping[str, Origins]
    influences: frozenset[Origin]
    unknown: frozenset[str]
    unknown_influences: bool = False


def column_lineage(frame: DataFrame) -> Lineage:
    classic = getattr(frame, "_jdf", None)  # Spark Connect has the plan on its server only
    if classic is None:
        return Lineage({}, NOWHERE, frozenset(frame.columns), unknown_influences=True)
    plan = classic.queryExecution().analyzed()
    expressions = Expressions(frame.sparkSession._jvm)  # noqa: SLF001
    flow = Walk(expressions, node_flow).flow(plan, outer={})
    columns: dict[str, Origins] = {}
    for attribute, name in expressions.attributes(plan.output()):
        columns[name] = columns.get(name, NOWHERE) | flow.of(attribute)
    return Lineage(
        columns={name: origins for name, origins in columns.items() if not origins >= UNTRACED},
        influences=flow.influences - UNTRACED,
        unknown=frozenset(name for name, origins in columns.items() if origins >= UNTRACED),
        unknown_influences=flow.influences >= UNTRACED,
    )
