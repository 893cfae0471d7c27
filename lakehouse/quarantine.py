"""The table beside a table: `<name>__quarantine` keeps every row that its contract rejected, with the reasons."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts.columns import Column
from lakehouse.errors import LakeUnavailable
from lakehouse.evolution import ensure
from lakehouse.lake import NAME, Lake
from lakehouse.marker import Marker
from lakehouse.partitions import Scope, one_of
from lakehouse.publish import Plan, Staged, stage

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table

COLUMNS = (
    Column(name="row", type="string", description="The rejected row as it came, as JSON; replayed, values as text"),
    Column(name="reasons", type="array<string>", description="The rules it broke"),
    Column(name="partition", type="string", description="The partition whose write rejected it"),
    Column(name="contract", type="string", description="Contract and version that rejected it"),
    Column(name="run_id", type="string", description="The run that rejected it"),
    Column(name="rejected_at", type="timestamp", description="When it was rejected"),
    Column(name="attempt", type="string", description="The write that rejected it: a run may try more than once"),
    Column(name="batch", type="bigint", description="The number of the micro-batch or replay that rejected it"),
)
_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """The quarantine of one table."""

    lake: Lake
    of: str

    @property
    def name(self) -> str:
        return f"{self.of}__quarantine"

    def stage(
        self, rejected: DataFrame, *, attempt: str, properties: Mapping[str, str], marker: Marker | None = None
    ) -> Staged:
        """Rejects beside those that are there, not yet readable; those of the same attempt are replaced."""
        table = self._ensured()
        again = marker is not None and marker.is_held(table)
        own = F.col("attempt") == attempt if again else None
        plan = Plan(table=self.name, rows=own, beside=not again, properties=properties, marker=marker)
        return stage(rejected.withColumn("attempt", F.lit(attempt)), plan, lake=self.lake)

    def withdraw(self, marker: Marker) -> None:
        """Forget the rejects that an earlier attempt at this write has left, where it has none any more."""
        if self._is_there() and marker.is_held(self.lake.table(self.name)):
            self.clear(None, attempts=[marker.attempt])

    def attempts(self, scope: Scope | None) -> list[str]:
        """The writes whose rejects lie in these partitions."""
        with self.lake.reaching(f"{NAME}.{self.name}"):
            if not self._is_there():
                return []
            scan = self._ensured().scan(row_filter=_within(scope), selected_fields=("attempt",))
            return sorted({str(attempt) for attempt in scan.to_arrow()["attempt"].to_pylist() if attempt})

    def _is_there(self) -> bool:
        return self.lake.catalog.table_exists(self.name)

    def _ensured(self) -> "Table":
        return ensure(self.name, COLUMNS, partition="partition", lake=self.lake, said_by="the quarantine's columns")

    def clear(self, scope: Scope | None, *, attempts: Collection[str]) -> None:
        """Forget the rejects of these writes: the version that they were left out of is replaced."""
        from pyiceberg.exceptions import CommitFailedException
        from pyiceberg.expressions import And

        if not attempts:
            return
        kept = "the new version is published, beside it stand rejected rows of older ones until the next write"
        with self.lake.reaching(f"{NAME}.{self.name}", kept):
            for _ in range(_TRIES):
                try:
                    self.lake.table(self.name).delete(And(_within(scope), one_of("attempt", attempts)))
                except CommitFailedException:
                    continue
                return
        raise LakeUnavailable(f"{NAME}.{self.name} is changed by too many writers at once: {kept}")


def _within(scope: Scope | None) -> "BooleanExpression":
    from pyiceberg.expressions import AlwaysTrue

    return scope.files("partition") if scope else AlwaysTrue()
