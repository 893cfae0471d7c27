"""The partitions of a Dagster step as one condition, in the words of Spark and of pyiceberg."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyspark.sql import Column


@dataclass(frozen=True)
class Scope:
    """Some partitions of a table: the values from `first` up to `end`, or those of `keys`."""

    first: str
    end: str | None = None
    keys: tuple[str, ...] = ()

    def rows(self, column: str) -> "Column":
        """The condition of their rows, for Spark."""
        from pyspark.sql import functions as F  # noqa: N812

        value = F.col(f"`{column}`")
        return value.isin(*self.keys) if self.end is None else (value >= self.first) & (value < self.end)

    def files(self, column: str) -> "BooleanExpression":
        """The same for pyiceberg."""
        from pyiceberg.expressions import And, GreaterThanOrEqual, LessThan

        if self.end is None:
            return one_of(column, self.keys)
        return And(_said(GreaterThanOrEqual, column, self.first), _said(LessThan, column, self.end))


NOTHING = Scope("")  # a mapping may ask for no partition, as "all days before the first" does


def one_of(column: str, values: Collection[str]) -> "BooleanExpression":
    """Rows whose value is one of these, for pyiceberg."""
    from pyiceberg.expressions import In

    return _said(In, column, values)


def _said(predicate: "Callable[..., BooleanExpression]", column: str, value: object) -> "BooleanExpression":
    return predicate(column, value)


def by_day(moment: datetime) -> str:
    if moment.time() != moment.min.time():
        raise LakehouseError(
            f"a partition begins at {moment.isoformat()}: tables are partitioned by whole days, or by more"
        )
    return moment.date().isoformat()


def by_instant(moment: datetime) -> str:
    """In UTC. Midnight is said as the day alone: as text, it comes before every moment of the day."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")


def scope_of(
    context: dg.InputContext | dg.OutputContext, *, literal: Callable[[datetime], str] = by_day
) -> Scope | None:
    """The partitions that this step reads or writes; None stands for the whole table."""
    if not context.has_asset_partitions:
        return None
    definition = context.asset_partitions_def
    if not context.asset_partition_keys:
        return NOTHING
    if isinstance(definition, dg.TimeWindowPartitionsDefinition):
        window = context.asset_partitions_time_window
        return Scope(literal(window.start), literal(window.end))
    if isinstance(definition, dg.StaticPartitionsDefinition | dg.DynamicPartitionsDefinition):
        keys = tuple(sorted(context.asset_partition_keys))
        return Scope(keys[0], keys=keys)
    raise LakehouseError(
        f"{context.asset_key.to_user_string()} is partitioned by {type(definition).__name__}: tables know time "
        "windows, static and dynamic partitions. Partition by one of them, or split the table"
    )
