"""The partitions of a Dagster step as one condition that Spark and pyiceberg both read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from lakehouse.errors import LakehouseError


@dataclass(frozen=True)
class Scope:
    """Some partitions of a table: the SQL condition of their rows, over `{column}`, and the first of them."""

    condition: str
    first: str

    def on(self, column: str) -> str:
        return self.condition.replace("{column}", column)


def by_day(moment: datetime) -> str:
    return moment.date().isoformat()


def by_instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def scope_of(
    context: dg.InputContext | dg.OutputContext, *, literal: Callable[[datetime], str] = by_day
) -> Scope | None:
    """The partitions that this step reads or writes; None stands for the whole table."""
    if not context.has_asset_partitions:
        return None
    definition = context.asset_partitions_def
    if isinstance(definition, dg.TimeWindowPartitionsDefinition):
        window = context.asset_partitions_time_window
        start, end = literal(window.start), literal(window.end)
        return Scope(f"{{column}} >= '{start}' and {{column}} < '{end}'", start)
    if isinstance(definition, dg.StaticPartitionsDefinition | dg.DynamicPartitionsDefinition):
        keys = sorted(context.asset_partition_keys)
        quoted = ", ".join("'" + key.replace("'", "''") + "'" for key in keys)
        return Scope(f"{{column}} in ({quoted})", keys[0])
    raise LakehouseError(
        f"{context.asset_key.to_user_string()} is partitioned by {type(definition).__name__}: tables know time windows, "
        "static and dynamic partitions. Partition by one of them, or split the table"
    )
