"""What a stream does with each micro-batch: see what is done already, send it through the door, tell the verdict."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts.batches import Batch, Verdicts
from lakehouse.contracts.compiled import Compiled
from lakehouse.contracts.document import Contract
from lakehouse.contracts.examples import examples
from lakehouse.contracts.strategies import Strategy, Tally
from lakehouse.contracts.verdicts import Verdict
from lakehouse.errors import LakehouseError
from lakehouse.lake import NAME
from lakehouse.marker import Marker
from lakehouse.writing import Blocked, Door


class StreamStopped(LakehouseError):
    """A stream that stopped itself before a batch was published."""

    def __init__(self, sentence: str, *, verdict: Verdict) -> None:
        super().__init__(sentence)
        self.verdict = verdict


@dataclass(frozen=True, kw_only=True)
class Told:
    """Where verdicts are told, and what is the same for all batches of a run."""

    verdicts: Verdicts
    contract: Contract
    run_id: str
    input: str
    on_batch: Callable[[Batch], None]

    def begun(self, marker: Marker | None = None) -> Batch:
        return Batch(
            run_id=self.run_id,
            contract=self.contract.reference,
            digest=self.contract.digest,
            input=self.input,
            started_at=datetime.now(UTC),
            source=marker.source if marker else "",
            batch=marker.number if marker else None,
        )

    def tell(self, batch: Batch) -> None:
        self.verdicts.append(batch)
        self.on_batch(batch)

    def make_up(self, marker: Marker, *, rules: Sequence[str]) -> None:
        """Tell the verdict of a published write that a kill has left out; the table's own commit knows it."""
        table = self.verdicts.lake.table(self.contract.id)
        note = marker.note(table)
        if note and not self.verdicts.holds(source=marker.source, batch=marker.number):
            batch = self.begun(marker).judged(Verdict.from_json(note), rules=rules)
            self.tell(replace(batch, snapshot=marker.snapshot(table)))


@dataclass(kw_only=True)
class Sink:
    """The batches of one query, one after the other. `error` is what it ended with."""

    told: Told
    source: str
    compiled: Compiled
    refusing: tuple[Strategy, ...]
    clock: str | None = None
    error: BaseException | None = field(default=None, init=False)
    _tally: Tally = field(default=Tally(), init=False)
    _last: Verdict | None = field(default=None, init=False)
    _first: bool = field(default=True, init=False)
    _over: bool = field(default=False, init=False)
    _busy: Lock = field(default_factory=Lock, init=False)

    def take(self, frame: DataFrame, number: int) -> None:
        """Only the first batch of a query can have come before: each later one follows a committed one."""
        marker = Marker(source=self.source, number=number)
        with self._at_work():
            if not (self._first and self._was_published(marker)) and not frame.isEmpty():
                self._write(frame, marker)
            self._first = False

    def finish(self) -> None:
        """Let the batch at work end, and take no other."""
        with self._busy:
            self._over = True

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._busy:
            if self._over:
                raise InterruptedError("the stream is being stopped")
            try:
                yield
            except BaseException as error:
                self.error = error
                raise

    def _was_published(self, marker: Marker) -> bool:
        if not marker.is_held(self.told.verdicts.lake.table(self.told.contract.id)):
            return False
        self.told.make_up(marker, rules=self._rules)
        return True

    def _write(self, frame: DataFrame, marker: Marker) -> None:
        begun, started, newest = self.told.begun(marker), time.monotonic(), Observation()
        watched = frame.observe(newest, F.max(self.clock).cast("double").alias("at")) if self.clock else frame
        try:
            written = self._door(marker).write(watched)
        except Blocked as blocked:
            raise self._stopped(blocked, frame, replace(begun, seconds=_since(started))) from blocked
        self._tally, self._last = self._tally + written.verdict, written.verdict
        done = replace(begun, snapshot=written.snapshot, seconds=_since(started))
        lag = _age(newest) if self.clock else None
        self.told.tell(replace(done.judged(written.verdict, rules=self._rules), lag_seconds=lag))

    @property
    def _rules(self) -> list[str]:
        return list(self.compiled.violations)

    def _door(self, marker: Marker) -> Door:
        return Door(
            contract=self.told.contract,
            lake=self.told.verdicts.lake,
            scope=None,
            run_id=self.told.run_id,
            last=lambda: self._last,
            refuses=self._refuses,
            marker=marker,
            compiled=self.compiled,
        )

    def _refuses(self, verdict: Verdict) -> str | None:
        tally = self._tally + verdict
        return next(filter(None, (strategy(tally, verdict) for strategy in self.refusing)), None)

    def _stopped(self, blocked: Blocked, frame: DataFrame, batch: Batch) -> StreamStopped:
        contract = self.told.contract
        shown = "; ".join(examples(frame, contract))
        why = f"{blocked.why} ({contract.reference})" + (f", for example: {shown}" if shown else "")
        self.told.tell(replace(batch.judged(blocked.verdict, rules=self._rules), word="block", reason=why))
        return StreamStopped(
            f"batch {batch.batch} of {NAME}.{contract.id} was not published: {why}. The stream has stopped before it. "
            "Mend the source, or the contract with a new version, and start again: it goes on with this batch",
            verdict=blocked.verdict,
        )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _age(newest: Observation) -> float | None:
    """Seconds since the newest row's time; unknown where no row has one, or Spark proved the plan empty."""
    try:
        at = newest.get["at"]
    except Exception:  # noqa: BLE001
        return None
    return None if at is None else round(time.time() - float(at), 3)
