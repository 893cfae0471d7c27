"""A stream into a contract's table: one query, one `foreachBatch`, and in it the very door that a batch goes through.

Tag, decide, write: a micro-batch is judged, staged, and published or refused before anybody can read it. The number of
the batch is part of every commit, so that a batch which comes again after a kill finds what it has done already.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from uuid import uuid4

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame
from pyspark.sql.streaming.query import StreamingQuery

from lakehouse.checkpoint import Checkpoint
from lakehouse.contracts.batches import Batch, Verdicts
from lakehouse.contracts.compiled import Compiled
from lakehouse.contracts.document import Contract
from lakehouse.contracts.judge import check_columns, judge
from lakehouse.contracts.sink import Sink, Told
from lakehouse.contracts.strategies import Strategy, every_row_good
from lakehouse.errors import LakehouseError
from lakehouse.evolution import follow
from lakehouse.lake import Lake


@dataclass(frozen=True, kw_only=True)
class Input:
    """What is read: the frame as it goes into the table, and the frame, contract and version that it is made from."""

    frame: DataFrame
    version: str
    contract: Contract | None = None
    read: DataFrame | None = None

    @property
    def came(self) -> DataFrame:
        return self.frame if self.read is None else self.read


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An input on its way into its table. `clock` is the column whose newest value says how late a batch is."""

    contract: Contract
    lake: Lake
    checkpoint: Path
    enforce: bool = False
    strategies: tuple[Strategy, ...] = ()
    clock: str | None = None
    succeeds: str | None = None
    on_batch: Callable[[Batch], None] = lambda _: None
    run_id: str = field(default_factory=lambda: uuid4().hex)

    def start(self, source: Input, *, every: str | None = None) -> "Running":
        """Begin; without `every` (as in "1 second") what is there now is worked off, and the query ends."""
        told = self._told(source)
        compiled = self._prepared(source, told)
        with ExitStack() as opened:
            checkpoint = Checkpoint.at(self.checkpoint, table=self.contract.id)
            opened.enter_context(checkpoint.locked())
            checkpoint.bind(self.lake, succeeds=self.succeeds)
            sink = Sink(told=told, source=checkpoint.id, compiled=compiled, refusing=self._refusing, clock=self.clock)
            writer = source.frame.writeStream.foreachBatch(sink.take)
            writer = writer.option("checkpointLocation", str(self.checkpoint.absolute()))
            trigger = writer.trigger(processingTime=every) if every else writer.trigger(availableNow=True)
            return Running(query=trigger.start(), sink=sink, opened=opened.pop_all())

    @property
    def _refusing(self) -> tuple[Strategy, ...]:
        return (*((every_row_good,) if self.enforce else ()), *self.strategies)

    def _told(self, source: Input) -> Told:
        return Told(
            verdicts=Verdicts(self.lake, self.contract.id),
            contract=self.contract,
            run_id=self.run_id,
            input=source.version,
            on_batch=self.on_batch,
        )

    def _prepared(self, source: Input, told: Told) -> Compiled:
        """The contract, compiled for the batches; other columns than the contracts' stop before anything is made."""
        try:
            if source.contract:
                check_columns(source.came, source.contract)
            check_columns(source.frame, self.contract)
            compiled = judge(source.frame, self.contract).compiled
            follow(self.contract, lake=self.lake)
        except LakehouseError as refused:
            told.tell(replace(told.begun(), word="block", reason=str(refused), seconds=0.0))
            raise
        return compiled


@dataclass(frozen=True, kw_only=True)
class Running:
    """A query at work. What stopped it is raised where it is waited for."""

    query: StreamingQuery
    sink: Sink
    opened: ExitStack

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it has ended, at the latest after so many seconds."""
        try:
            ended = self.query.awaitTermination(None if seconds is None else max(1, round(seconds)))
        except StreamingQueryException as error:
            raise self.sink.error or error from None
        if self.sink.error:
            raise self.sink.error
        return ended is not False

    def stop(self) -> None:
        """End between two batches."""
        self.sink.finish()
        self.query.stop()
        self.opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
