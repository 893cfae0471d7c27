"""What was decided about each micro-batch: append-only in `<table>__verdicts`, written and read without a JVM.

A row comes after its batch is published, or instead. What a kill leaves out is made up from the table's own marker.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self

from lakehouse.contracts.columns import Column
from lakehouse.contracts.verdicts import Verdict, Word
from lakehouse.errors import LakehouseError, LakeUnavailable
from lakehouse.evolution import ensure
from lakehouse.lake import NAME, Lake

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression

COLUMNS = (
    Column(name="run_id", type="string", description="The run of the stream"),
    Column(name="source", type="string", description="The checkpoint whose batch it is, or: replay"),
    Column(name="batch", type="bigint", description="Its number there; empty where the run ended before its first"),
    Column(name="word", type="string", description="ok, warn (rows were rejected) or block (nothing was published)"),
    Column(name="reason", type="string", description="Why it is not ok, in words"),
    Column(name="row_count", type="bigint", description="Rows that came"),
    Column(name="rejected", type="bigint", description="Rows that went to quarantine, or would have"),
    Column(name="metrics", type="string", description="row_count and violations.<rule>, as JSON"),
    Column(name="contract", type="string", description="Contract and version that judged it"),
    Column(name="digest", type="string", description="The contract's content"),
    Column(name="input", type="string", description="The version of what was read"),
    Column(name="snapshot", type="bigint", description="The table's version with this batch"),
    Column(name="started_at", type="timestamp", description="When the batch began"),
    Column(name="seconds", type="double", description="From there until it was published; empty after a kill"),
    Column(name="lag_seconds", type="double", description="Age of its newest row when it was published"),
)
REPLAY = "replay"
_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One micro-batch and its verdict."""

    run_id: str
    contract: str
    digest: str
    input: str
    started_at: datetime
    source: str = ""
    batch: int | None = None
    word: Word = "ok"
    reason: str = ""
    row_count: int = 0
    rejected: int = 0
    metrics: Mapping[str, int] = field(default_factory=dict)
    snapshot: int | None = None
    seconds: float | None = None
    lag_seconds: float | None = None

    def judged(self, verdict: Verdict, *, rules: Sequence[str]) -> Self:
        """The same with what was counted; every rule has its number, also where nothing broke it."""
        counted = {f"violations.{name}": verdict.violations.get(name, 0) for name in rules}
        return replace(
            self,
            word=verdict.word,
            reason="; ".join(verdict.sentence(name) for name in verdict.failed),
            row_count=verdict.rows,
            rejected=verdict.rejected,
            metrics={"row_count": verdict.rows, **counted},
        )

    @property
    def valid(self) -> int:
        """Rows that were published."""
        return 0 if self.word == "block" else self.row_count - self.rejected

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.seconds or 0)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        said = {one.name: row[one.name] for one in fields(cls)}
        return cls(**said | {"metrics": json.loads(row["metrics"])})

    def as_row(self) -> dict[str, Any]:
        return {**vars(self), "metrics": json.dumps(self.metrics)}


@dataclass(frozen=True, kw_only=True)
class DatasetVersion:
    """A version of a table that a stream feeds: the snapshot, and the batches that are new in it."""

    table: str
    snapshot: int
    first: int
    last: int
    replayed: bool = False

    def __str__(self) -> str:
        kind = "replay-" if self.replayed else ""
        return f"{NAME}.{self.table}@{self.snapshot}#{kind}{self.first}-{self.last}"


@dataclass(frozen=True)
class Verdicts:
    """The verdict history of one table."""

    lake: Lake
    of: str

    @property
    def name(self) -> str:
        return f"{self.of}__verdicts"

    def append(self, batch: Batch) -> None:
        from pyiceberg.exceptions import CommitFailedException

        with self.lake.reaching(f"{NAME}.{self.name}", "the batch is published; its verdict is made up on the restart"):
            for _ in range(_TRIES):
                try:
                    self._add(batch)
                except CommitFailedException:
                    continue
                return
        raise LakeUnavailable(f"{NAME}.{self.name} is changed by too many writers at once: run again")

    def _add(self, batch: Batch) -> None:
        import pyarrow as pa

        table = ensure(self.name, COLUMNS, partition=None, lake=self.lake, said_by="the verdicts' columns")
        table.append(pa.Table.from_pylist([batch.as_row()], schema=table.schema().as_arrow()))

    def holds(self, *, source: str, batch: int) -> bool:
        """Whether this batch's publication is told."""
        from pyiceberg.expressions import And, EqualTo

        same = And(_equal(EqualTo, "source", source), _equal(EqualTo, "batch", batch))
        return any(one.word != "block" for one in self._read(same))

    def all(self) -> list[Batch]:
        """Every batch, the oldest first."""
        from pyiceberg.expressions import AlwaysTrue

        return sorted(self._read(AlwaysTrue()), key=lambda one: one.started_at)

    def _read(self, where: "BooleanExpression") -> list[Batch]:
        if not self.lake.catalog.table_exists(self.name):
            return []
        with self.lake.reaching(f"{NAME}.{self.name}", "the history can be read again later"):
            rows = self.lake.table(self.name).scan(row_filter=where).to_arrow().to_pylist()
        return [Batch.from_row(row) for row in rows]


def _equal(predicate: Any, column: str, value: object) -> "BooleanExpression":
    found: BooleanExpression = predicate(column, value)
    return found


def by_run(batches: Sequence[Batch]) -> Iterator[tuple[str, list[Batch]]]:
    """The batches of each run, in the order of their beginnings."""
    first: dict[str, int] = {}
    for at, one in enumerate(batches):
        first.setdefault(one.run_id, at)
    for run_id, found in groupby(sorted(batches, key=lambda one: first[one.run_id]), key=lambda one: one.run_id):
        yield run_id, list(found)


def worst(batches: Sequence[Batch]) -> Word:
    """A run's verdict; one without batches has lost nothing and broken nothing."""
    return max((one.word for one in batches), key=("ok", "warn", "block").index, default="ok")


def version(batches: Sequence[Batch], *, table: str) -> DatasetVersion | None:
    """What these batches of one source made together; None if none of them was published."""
    made = [one for one in batches if one.snapshot is not None]
    if not made:
        return None
    numbers = [one.batch for one in made if one.batch is not None]
    newest = max(made, key=lambda one: one.started_at)
    assert newest.snapshot is not None
    return DatasetVersion(
        table=table,
        snapshot=newest.snapshot,
        first=min(numbers),
        last=max(numbers),
        replayed=newest.source == REPLAY,
    )


def latest_good(batches: Sequence[Batch], *, table: str, as_of: datetime | int | None = None) -> DatasetVersion:
    """The newest published version, or that of a moment or of a snapshot; a blocked batch has made none."""
    made = [one for one in batches if one.snapshot is not None and _is_by(one, as_of)]
    if not made:
        said = "" if as_of is None else f" as of {as_of}"
        raise LakehouseError(f"{NAME}.{table} has no version of a stream{said}: see heirloom contracts history {table}")
    found = version(made[-1:], table=table)
    assert found is not None
    return found


def _is_by(batch: Batch, as_of: datetime | int | None) -> bool:
    if isinstance(as_of, int):
        return batch.snapshot == as_of
    return as_of is None or batch.ended_at <= as_of
