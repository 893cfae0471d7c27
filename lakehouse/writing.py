"""The table's door: a frame is judged, staged, decided on and published, or nothing happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts.document import Column, Contract
from lakehouse.contracts.judge import Judged, check_columns, judge
from lakehouse.contracts.verdicts import Counters, Verdict
from lakehouse.errors import LakehouseError
from lakehouse.evolution import ensure, follow
from lakehouse.lake import NAME, Lake
from lakehouse.partitions import Scope
from lakehouse.publish import Staged, drop, publish, stage

QUARANTINE = (
    Column(name="row", type="string", description="The rejected row as it came, as JSON"),
    Column(name="reasons", type="array<string>", description="The rules it broke"),
    Column(name="partition", type="string", description="The partition whose write rejected it"),
    Column(name="contract", type="string", description="Contract and version that rejected it"),
    Column(name="run_id", type="string", description="The run that rejected it"),
    Column(name="rejected_at", type="timestamp", description="When it was rejected"),
)


class Blocked(LakehouseError):
    """A version that its contract does not let pass; the table is as it was."""

    def __init__(self, sentence: str, *, verdict: Verdict) -> None:
        super().__init__(sentence)
        self.verdict = verdict


@dataclass(frozen=True, kw_only=True)
class Written:
    """A published version and what was decided about it."""

    snapshot: int
    verdict: Verdict
    total_rows: int


@dataclass(frozen=True, kw_only=True)
class Door:
    """One table's door for one write: its contract, the partitions written, and the run that writes."""

    contract: Contract
    lake: Lake
    scope: Scope | None
    run_id: str
    last: Callable[[], Verdict | None] = lambda: None

    def write(self, frame: DataFrame) -> Written:
        check_columns(frame, self.contract)
        follow(self.contract, lake=self.lake)
        judged = judge(frame, self.contract, scope=self.scope)
        attempt = self._attempt(judged) or self._attempt(judged.persisted())
        if attempt is None:
            raise LakehouseError(
                f"{NAME}.{self.contract.id}: the rows changed while they were written, even on a persisted frame. "
                "Make the asset deterministic (no random order, no clock), then run again"
            )
        return self._publish(*attempt)

    def _attempt(self, judged: Judged) -> tuple[Verdict, Staged, Staged | None] | None:
        """Staged rows and rejects that account for every row once; None if the input changed in between."""
        staged = self._stage(judged.valid, self.contract.id, column=self.contract.partition)
        counters = judged.counters()
        if staged.added != counters.rows - counters.rejected:
            drop(staged)
            return None
        verdict = Verdict.of(counters, self.contract, last=self.last())
        if verdict.word == "block":
            drop(staged)
            raise Blocked(self._why(verdict), verdict=verdict)
        if not counters.rejected:
            return verdict, staged, None
        rejects = self._stage_rejects(judged, counters)
        if rejects is None:
            drop(staged)
            return None
        return verdict, staged, rejects

    def _stage(self, frame: DataFrame, table: str, *, column: str | None) -> Staged:
        condition = self.scope.on(column) if self.scope and column else None
        marks = {"heirloom.run": self.run_id, "heirloom.contract": self.contract.reference}
        return stage(frame, table, lake=self.lake, condition=condition, properties=marks)

    def _stage_rejects(self, judged: Judged, counters: Counters) -> Staged | None:
        ensure(self._quarantine, QUARANTINE, partition="partition", lake=self.lake)
        seen = Observation()
        frame = judged.rejected(seen).select(
            "row", "reasons", "partition",
            F.lit(self.contract.reference).alias("contract"),
            F.lit(self.run_id).alias("run_id"),
            F.lit(datetime.now(UTC)).alias("rejected_at"),
        )  # fmt: skip
        staged = self._stage(frame, self._quarantine, column="partition")
        got = seen.get
        if (staged.added, got["fingerprint"] or 0) != (counters.rejected, counters.fingerprint):
            drop(staged)
            return None
        return staged

    def _publish(self, verdict: Verdict, staged: Staged, rejects: Staged | None) -> Written:
        """Quarantine first: if the process dies in between, no published version lacks its rejects."""
        if rejects:
            publish(rejects)
        else:
            self._clear_quarantine()
        snapshot = publish(staged)
        summary = self.lake.table(self.contract.id).snapshot_by_id(snapshot)
        total = summary.summary.additional_properties.get("total-records", "0") if summary and summary.summary else "0"
        return Written(snapshot=snapshot, verdict=verdict, total_rows=int(total))

    def _clear_quarantine(self) -> None:
        """The partitions written have no rejected rows any more."""
        if not self.lake.catalog.table_exists(self._quarantine):
            return
        with self.lake.reaching(f"{NAME}.{self._quarantine}"):
            table = self.lake.table(self._quarantine)
            condition = self.scope.on("partition") if self.scope else "True"
            if any(True for _ in table.scan(row_filter=condition).plan_files()):
                table.delete(condition)

    @property
    def _quarantine(self) -> str:
        return f"{self.contract.id}__quarantine"

    def _why(self, verdict: Verdict) -> str:
        blocking = [name for name, word in verdict.failed.items() if word == "block"]
        said = "; ".join(verdict.sentence(name) for name in blocking)
        return (
            f"{NAME}.{self.contract.id} was not written: {said} ({self.contract.reference}). "
            "Readers keep the last good version. Mend the source or the asset and run again"
        )
