"""The table's door: a frame is judged, staged, decided on and published, or nothing happened."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts.compiled import Compiled
from lakehouse.contracts.document import Contract
from lakehouse.contracts.judge import Judged, check_columns, judged
from lakehouse.contracts.verdicts import Counters, Verdict
from lakehouse.errors import ContractError, LakehouseError
from lakehouse.evolution import follow
from lakehouse.lake import NAME, Lake
from lakehouse.marker import Marker
from lakehouse.partitions import Scope
from lakehouse.publish import Plan, Staged, drop, dropped_on_error, publish, stage
from lakehouse.quarantine import Quarantine


class Blocked(LakehouseError):
    """A version that its contract does not let pass; the table is as it was."""

    def __init__(self, sentence: str, *, why: str, verdict: Verdict) -> None:
        super().__init__(sentence)
        self.why = why
        self.verdict = verdict


@dataclass(frozen=True, kw_only=True)
class Written:
    """A published version and what was decided about it."""

    snapshot: int
    verdict: Verdict
    total_rows: int


@dataclass(frozen=True, kw_only=True)
class Door:
    """One table's door for one write: its contract, the partitions written, and the run that writes.

    At any moment the quarantine holds at least the rejects of the published version: new ones are laid beside the old
    before the version is published, the old are cleared after it. Killed in between, it holds some rows too many, each
    with the run that rejected it, until the next write of the partition.

    With a `marker` the rows come beside those that are there, once: rows and rejects carry the number in their commits,
    and a second attempt at the same number replaces the rejects of the first. `refuses` may block what the contract
    lets pass, and says why. `compiled` is the contract for frames of one kind, where many of them come.
    """

    contract: Contract
    lake: Lake
    scope: Scope | None
    run_id: str
    last: Callable[[], Verdict | None] = lambda: None
    refuses: Callable[[Verdict], str | None] = lambda _: None
    marker: Marker | None = None
    compiled: Compiled | None = None
    attempt: str = field(default_factory=lambda: uuid4().hex[:12])

    def write(self, frame: DataFrame) -> Written:
        self._know_partitions()
        check_columns(frame, self.contract)
        seen = judged(frame, self._compiled(frame))
        valid = seen.valid
        follow(self.contract, lake=self.lake)
        staged = self._staged(seen, valid)
        if staged is None:
            with seen.persisted() as still:
                staged = self._staged(still, still.valid)
        if staged is None:
            raise LakehouseError(
                f"{NAME}.{self.contract.id}: the rows changed while they were written, even on a persisted frame. "
                "Make the asset deterministic (no random order, no clock), then run again"
            )
        return self._publish(*staged)

    def _compiled(self, frame: DataFrame) -> Compiled:
        return self.compiled or Compiled(contract=self.contract, types=dict(frame.dtypes), scope=self.scope)

    def _know_partitions(self) -> None:
        """Without a partition column, the rows of one partition would replace those of all."""
        if self.scope and not self.contract.partition:
            raise ContractError(
                f"{self.contract.path}: {self.contract.id} is partitioned as an asset, but not as a table: mark the "
                "column of its partitions with 'partitioned: true'"
            )

    def _staged(self, judged: Judged, valid: DataFrame) -> tuple[Verdict, Staged, Staged | None] | None:
        """Staged rows and rejects that account for every row once; None if the input changed in between."""
        staged = stage(valid, self._plan, lake=self.lake)
        with dropped_on_error(staged):
            counters = judged.counters()
            if staged.added != counters.rows - counters.rejected:
                drop(staged)
                return None
            verdict = Verdict.of(counters, self.contract, last=self.last())
            if why := self._blocking(verdict) or self.refuses(verdict):
                raise Blocked(self._refusal(why), why=why, verdict=verdict)
            if not counters.rejected:
                return verdict, staged, None
            rejects = self._stage_rejects(judged, counters)
            if rejects is None:
                drop(staged)
                return None
            return verdict, staged, rejects

    @property
    def _plan(self) -> Plan:
        rows = self.scope.rows(self.contract.partition) if self.scope and self.contract.partition else None
        beside = self.marker is not None
        return Plan(table=self.contract.id, rows=rows, beside=beside, properties=self._marks, marker=self.marker)

    @property
    def _marks(self) -> dict[str, str]:
        return {"heirloom.run": self.run_id, "heirloom.contract": self.contract.reference}

    def _stage_rejects(self, judged: Judged, counters: Counters) -> Staged | None:
        seen = Observation()
        rejected = judged.rejected(seen).select(
            "row", "reasons", "partition",
            F.lit(self.contract.reference).alias("contract"),
            F.lit(self.run_id).alias("run_id"),
            F.lit(datetime.now(UTC)).alias("rejected_at"),
            F.lit(self.marker.number if self.marker else None).cast("bigint").alias("batch"),
        )  # fmt: skip
        attempt = self.marker.attempt if self.marker else self.attempt
        staged = self._quarantine.stage(rejected, attempt=attempt, properties=self._marks, marker=self.marker)
        with dropped_on_error(staged):
            got = seen.get
            if (staged.added, got["fingerprint"] or 0) == (counters.rejected, counters.fingerprint):
                return staged
            drop(staged)
            return None

    def _publish(self, verdict: Verdict, staged: Staged, rejects: Staged | None) -> Written:
        with dropped_on_error(staged, rejects):
            older = list(self.marker.replaces) if self.marker else self._quarantine.attempts(self.scope)
            if rejects:
                publish(rejects)
            elif self.marker:
                self._quarantine.withdraw(self.marker)
            snapshot = publish(replace(staged, note=verdict.as_json()))
        self._quarantine.clear(self.scope, attempts=older)
        summary = self.lake.table(self.contract.id).snapshot_by_id(snapshot)
        total = summary.summary.additional_properties.get("total-records", "0") if summary and summary.summary else "0"
        return Written(snapshot=snapshot, verdict=verdict, total_rows=int(total))

    @property
    def _quarantine(self) -> Quarantine:
        return Quarantine(lake=self.lake, of=self.contract.id)

    def _blocking(self, verdict: Verdict) -> str:
        return "; ".join(verdict.sentence(name) for name, word in verdict.failed.items() if word == "block")

    def _refusal(self, why: str) -> str:
        return (
            f"{NAME}.{self.contract.id} was not written: {why} ({self.contract.reference}). "
            "Readers keep the last good version. Mend the source or the asset and run again"
        )
