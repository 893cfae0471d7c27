"""What a scenario showed: its batches, its verdict, and whether every row that came is in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lakehouse.contracts.batches import Batch, DatasetVersion, version, worst
from lakehouse.contracts.verdicts import Word
from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake

Row = Mapping[str, Any]
_IN_WORDS = {"non_negative_value": "negative values detected", "value_not_null": "rows without a value"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run of a scenario: `rows` of the table after it, how many were there `before`, and what it rejected."""

    name: str
    title: str
    contract: str
    enforced: bool
    batches: Sequence[Batch]
    stopped: LakehouseError | None
    rows: Sequence[Row]
    quarantine: Sequence[Row]
    before: int

    @property
    def verdict(self) -> Word:
        return worst(self.batches)

    @property
    def versions(self) -> list[DatasetVersion]:
        """What each batch made of the table; a batch that was refused made nothing."""
        made = [version([one], table=self.table) for one in self.batches]
        return [one for one in made if one]

    @property
    def table(self) -> str:
        return self.contract.split("@", maxsplit=1)[0]

    @property
    def micro_batches(self) -> list[Batch]:
        """Those that rows came in: a run that is refused at its start has none."""
        return [one for one in self.batches if one.batch is not None]

    @property
    def came(self) -> int:
        """Rows of the batches that were published; of one that was refused nothing is kept."""
        return sum(one.row_count for one in self.micro_batches if one.word != "block")

    @property
    def added(self) -> int:
        return len(self.rows) - self.before

    @property
    def accounted(self) -> bool:
        """Whether valid + quarantine = input, counted in the tables."""
        return self.added + len(self.quarantine) == self.came

    @property
    def version(self) -> DatasetVersion | None:
        return version(self.micro_batches, table=self.table)

    @property
    def latest(self) -> dict[str, Any]:
        """The verdict on the newest batch."""
        if not self.batches:
            return {"ok": False, "errors": ["no batch came: give it more seconds"]}
        newest = self.batches[-1]
        return {
            "ok": newest.word == "ok",
            "errors": _errors(newest),
            "dataset_version": str(self.versions[-1]) if self.versions else None,
            "streaming_batch_id": newest.batch,
            "streaming_metrics": dict(newest.metrics),
        }

    def text(self) -> str:
        return "\n".join([f"=== {self.name}: {self.title} ===", *self._run(), *self._end()])

    def _run(self) -> list[str]:
        read = f"read {self.batches[0].input}, written under {self.contract}" if self.batches else "nothing came"
        said = [f"  batch {one.batch}: {one.word:5}  {_metrics(one)}{_pace(one)}" for one in self.micro_batches]
        return [read, *(["micro-batches:", *said] if said else []), f"latest validation: {self.latest}"]

    def _end(self) -> list[str]:
        example = [f"  {row['row']}: {', '.join(row['reasons'])}" for row in self.quarantine[:3]]
        sums = f"{self.added:,} valid + {len(self.quarantine):,} in quarantine = {self.came:,} that were let in"
        return [
            *([f"rows in quarantine: {len(self.quarantine):,}", *example] if example else []),
            f"{sums}, each once" if self.accounted else f"LOST OR DOUBLED: {sums} does not hold",
            f"dataset version: {self.version or 'none was published'}",
            f"verdict: {self.verdict}" + (f". Stopped: {self.stopped}" if self.stopped else ""),
        ]


def rows_of(lake: Lake, table: str) -> list[Row]:
    """Every row, read from the table and not remembered; none where there is no table."""
    if not lake.catalog.table_exists(table):
        return []
    return list(lake.table(table).scan().to_arrow().to_pylist())


def _errors(batch: Batch) -> list[str]:
    if not batch.metrics:
        return [batch.reason] if batch.reason else []
    counted = {name.removeprefix("violations."): count for name, count in batch.metrics.items() if name != "row_count"}
    return [f"{count} {_IN_WORDS.get(name, name)}" for name, count in counted.items() if count]


def _metrics(batch: Batch) -> str:
    return f"metrics={dict(batch.metrics)}"


def _pace(batch: Batch) -> str:
    late = f", {batch.lag_seconds:.1f} s late" if batch.lag_seconds is not None else ""
    return f"  {batch.seconds:.2f} s{late}" if batch.seconds is not None else ""
