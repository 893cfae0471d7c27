"""One rule for each kind of plan node: what it makes of what is known of its inputs.

A kind without a rule loses the trail: its columns are untraced, and so is what shaped its rows.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lakehouse.lineage.expressions import UnwrittenExpression, items
from lakehouse.lineage.flow import NOWHERE, UNTRACED, Flow, beside, together
from lakehouse.lineage.sources import table_of
from lakehouse.lineage.walk import Rule, Step

SPARK: Final = "org.apache.spark.sql."


def node_flow(step: Step) -> Flow:
    name = step.node.getClass().getName()
    rule = RULES.get(name.rpartition(".")[2], unfamiliar) if name.startswith(SPARK) else unfamiliar
    try:
        return rule(step)
    except UnwrittenExpression:
        return unfamiliar(step)


def unfamiliar(step: Step) -> Flow:
    return Flow({}, influences=together(flow.influences for flow in step.inputs) | UNTRACED)


def table(step: Step) -> Flow:
    name = table_of(step.node)
    if name is None:
        return unfamiliar(step)
    return Flow({attribute: frozenset({(name, column)}) for attribute, column in step.attributes(step.node.output())})


def made_up(step: Step) -> Flow:
    """Numbers counted up, or one row of nothing: no table was read."""
    return Flow(dict.fromkeys(step.output, NOWHERE))


def program_rows(step: Step) -> Flow:
    """Rows the program handed over, from wherever it had them. Without a column: the state a stream begins with."""
    return unfamiliar(step) if step.output else Flow({})


def passed(step: Step) -> Flow:
    return step.inputs[-1]


def projected(step: Step) -> Flow:
    computed = step.node.projectList().diff(step.node.child().output())
    return step.flow.having(step.columns(computed))


def windowed(step: Step) -> Flow:
    return step.flow.having(step.columns(step.node.windowExpressions()))


def aggregated(step: Step) -> Flow:
    rows = step.flow.picked(step.reads(step.node.groupingExpressions()))
    return Flow(step.columns(step.node.aggregateExpressions()), influences=rows.influences)


def filtered(step: Step) -> Flow:
    return step.flow.shaped(step.reads(step.node.expressions()))


def lateral_join(step: Step) -> Flow:
    both = beside([step.flow, step.subquery(step.node.right().plan(), step.flow)])
    return both.shaped(step.reads(step.node.condition().toList(), both))


def deduplicated(step: Step) -> Flow:
    return step.flow.picked(step.reads(step.node.keys()))


def distinct(step: Step) -> Flow:
    return step.flow.picked(together(step.visible()[0]))


def limited(step: Step) -> Flow:
    return step.flow.picked()


def in_order(step: Step) -> Flow:
    return replace(step.flow, order=step.reads(step.node.order()))


def sampled(step: Step) -> Flow:
    """`randomSplit` sorts each partition by all columns, to draw the same rows again: nobody asked for this order."""
    below = step.node.child()
    split = below.nodeName() == "Sort" and not getattr(below, "global")()
    return replace(step.flow, order=NOWHERE) if split else step.flow


def generated(step: Step) -> Flow:
    """One row becomes none or many as the generator says, so what it reads shapes all of them."""
    reads = step.reads(step.node.expressions().take(1))  # then come the attributes it makes
    made = (attribute for attribute, _ in step.attributes(step.node.generatorOutput()))
    return step.flow.having(dict.fromkeys(made, reads)).shaped(reads)


def expanded(step: Step) -> Flow:
    """Rollup, cube, grouping sets, unpivot: each row once for each projection."""
    projections = (step.listed(projection) for projection in items(step.node.projections()))
    return step.flow.only(step.by_position(projections))


def united(step: Step) -> Flow:
    """By position: `unionByName` has put the columns in order beforehand."""
    return step.flow.only(step.by_position(step.visible()))


def compared(step: Step) -> Flow:
    """Intersect, except: rows of the first input, chosen by all columns of both."""
    columns = step.visible()
    chosen = together(together(side) for side in columns)
    return step.flow.only(step.by_position(columns[:1])).shaped(chosen)


def opaque(step: Step) -> Flow:
    """Python sees whole rows and returns what it likes: columns and rows may hang on all it saw."""
    seen = together(together(side) for side in step.visible())
    return Flow(dict.fromkeys(step.output, seen), influences=step.flow.picked(seen).influences)


def definition(step: Step) -> Flow:
    step.walk.definitions[step.node.id()] = (step.visible()[0], step.inputs[0])
    return step.inputs[0]


def reference(step: Step) -> Flow:
    """Each use of a definition has attributes of its own."""
    columns, flow = step.walk.definitions[step.node.cteId()]
    return flow.only(step.by_position([columns]))


RULES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(("DataSourceV2Relation", "StreamingRelationV2", "LogicalRelation", "LogicalRDD"), table),
    **dict.fromkeys(("Range", "OneRowRelation"), made_up),
    "LocalRelation": program_rows,
    **dict.fromkeys(("SubqueryAlias", "View", "WithCTE", "ResolvedHint", "CollectMetrics"), passed),
    **dict.fromkeys(("Repartition", "RepartitionByExpression", "RebalancePartitions"), passed),
    "Project": projected,
    "Window": windowed,
    "Aggregate": aggregated,
    **dict.fromkeys(("Filter", "Join", "AsOfJoin", "EventTimeWatermark"), filtered),
    "LateralJoin": lateral_join,
    **dict.fromkeys(("Deduplicate", "DeduplicateWithinWatermark"), deduplicated),
    "Distinct": distinct,
    **dict.fromkeys(("GlobalLimit", "LocalLimit", "Offset"), limited),
    "Sort": in_order,
    "Sample": sampled,
    "Generate": generated,
    "Expand": expanded,
    "Union": united,
    **dict.fromkeys(("Intersect", "Except"), compared),
    **dict.fromkeys(("MapInPandas", "MapInArrow", "FlatMapGroupsInPandas", "FlatMapGroupsInArrow"), opaque),
    **dict.fromkeys(("FlatMapCoGroupsInPandas", "FlatMapCoGroupsInArrow"), opaque),
    **dict.fromkeys(("FlatMapGroupsInPandasWithState", "TransformWithStateInPySpark"), opaque),
    "CTERelationDef": definition,
    "CTERelationRef": reference,
}
