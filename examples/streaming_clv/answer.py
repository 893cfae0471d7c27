"""What the example says at its end: values, risks with what proves their mitigation, and who inherits them."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from examples.streaming_clv.definitions import REGISTER, defs
from governance.risk import Arrival, AssetRisks, Inheritance, evidence, risks_of
from governance.risk.sensitive import sensitive

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def answer() -> str:
    with dg.DagsterInstance.ephemeral() as instance:
        made = defs.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance, run_config=_QUIET)
        worth = made.asset_value(dg.AssetKey(["value", "clv_output"]))
        listed = {name: made.asset_value(dg.AssetKey(["audience", f"{name}_report"])) for name in ("young", "old")}
        nodes = risks_of(defs, register=REGISTER).nodes
        risks = risks_of(defs, register=REGISTER, holds=evidence(instance, nodes))
        return "\n".join([*_values(worth), *_counts(listed), *_pipelines(risks), *_personal(risks), *_upstream(risks)])


def _values(worth: pl.DataFrame) -> Iterator[str]:
    yield f"What {worth.height} customers are worth over three years, discounted at 9 %"
    by_plan = worth.group_by("plan").agg(count=pl.len(), mean=pl.mean("clv"), spread=pl.std("clv")).sort("mean")
    for plan, count, mean, spread in by_plan.iter_rows():
        yield f"  {plan:<6} {count} customers  mean {mean:.3f}  deviation {spread:.3f}"
    yield f"  all    {worth.height} customers  mean {worth['clv'].mean():.3f}"


def _counts(listed: dict[str, pl.DataFrame]) -> Iterator[str]:
    yield ""
    yield "Audience reports: " + ", ".join(f"{name} {frame.height} rows" for name, frame in listed.items())


def _pipelines(risks: Inheritance) -> Iterator[str]:
    """The risks that each group of assets brings into the world."""
    yield ""
    yield "Risks by pipeline"
    for group in ("audience", "value"):
        own = {one.risk: one for node in risks.nodes.values() if node.group == group for one in risks[node.key].own}
        proven = sum(one.mitigated for one in own.values())
        yield f"  {group}: {len(own)} risk{'s' * (len(own) != 1)}, {proven} with a proven mitigation"
        for one in sorted(own.values(), key=lambda one: one.order):
            done = f"{one.evidence}: {one.finding.mitigation}" if one.finding.mitigation else one.state
            yield f"    {one.severity.word:<6} {one.risk} ({done})"


def _personal(risks: Inheritance) -> Iterator[str]:
    yield ""
    yield "Personal data in what leaves the house"
    for column in sensitive(risks):
        for holder in column.holders:
            if holder.output and holder.column:
                yield f"  {holder.asset}.{holder.column}: {column.class_}, classified at {column.asset}.{column.column}"


def _upstream(risks: Inheritance) -> Iterator[str]:
    yield ""
    yield "Before you build on it"
    for name in ("value/clv_output", "lake.sales_channel", "audience_value/young_value", "audience_value/old_value"):
        here = risks.named(name)
        yield f"  {here.key}: {len(_all(here))} risk{'s' * (len(_all(here)) != 1)}"
        yield from (line for one in _all(here) for line in _told(one))


def _all(here: AssetRisks) -> tuple[Arrival, ...]:
    """One of each finding, by the nearest way."""
    found: dict[tuple[str, str], Arrival] = {}
    for one in sorted((*here.own, *here.inherited), key=lambda one: (-one.severity, one.distance, one.order)):
        found.setdefault((one.risk, one.origin), one)
    return tuple(found.values())


def _told(one: Arrival) -> Iterator[str]:
    column = f" on column {one.finding.column}" if one.finding.column else ""
    way = f"{one.distance} away by {' > '.join(one.route)}" if one.distance else "its own"
    yield f"    {one.severity.word:<6} {one.risk}{column}, {one.kind}, {way}, {one.state}"
    yield f"           {one.finding.owner or 'nobody'}: {one.finding.note}"
