"""Three streams from Spark's rate source into `demo.rate`: all good, with bad rows, and without a column."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from heirloom.resources import session
from heirloom.settings import read as read_settings
from heirloom.stream.outcome import Outcome, rows_of
from lakehouse.checkpoint import checkpoint_of
from lakehouse.contracts.batches import Batch
from lakehouse.contracts.document import Contract, read
from lakehouse.contracts.stream import Input, Stream
from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake
from lakehouse.spark import Spark

_FIRST_BATCH = 60.0
CONTRACTS = Path(__file__).with_name("contracts")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What comes, how fast, whether a bad row stops the stream unless it is said otherwise, and how it is to end."""

    title: str
    rows_per_second: int
    enforce: bool
    made: Callable[[DataFrame], DataFrame]
    ends: Callable[[Outcome], bool]

    def is_as_meant(self, outcome: Outcome) -> bool:
        return outcome.accounted and self.ends(outcome)


def _every_fourth_negative(rows: DataFrame) -> DataFrame:
    return rows.withColumn("value", F.when(F.col("value") % 4 == 3, -F.col("value")).otherwise(F.col("value")))  # noqa: PLR2004


SCENARIOS = {
    "valid": Scenario(
        title="every row keeps its contract",
        rows_per_second=4,
        enforce=True,
        made=lambda rows: rows,
        ends=lambda outcome: outcome.verdict == "ok" and bool(outcome.micro_batches),
    ),
    "dq-rejects": Scenario(
        title="every fourth value is negative",
        rows_per_second=6,
        enforce=False,
        made=_every_fourth_negative,
        ends=lambda outcome: outcome.verdict == ("block" if outcome.enforced else "warn"),
    ),
    "schema-break": Scenario(
        title="the column 'value' is gone",
        rows_per_second=4,
        enforce=True,
        made=lambda rows: rows.drop("value"),
        ends=lambda outcome: outcome.verdict == "block" and not outcome.micro_batches and not outcome.added,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a scenario writes: a lake, and the folder for its checkpoints."""

    spark: Spark
    checkpoints: Path

    @property
    def lake(self) -> Lake:
        return self.spark.lake


def run_scenario(name: str, *, seconds: float = 8, enforce: bool | None = None, place: Place | None = None) -> Outcome:
    """Run one of SCENARIOS for so long. Without a place it is a warehouse that is thrown away afterwards."""
    if name not in SCENARIOS:
        raise LakehouseError(f"there is no scenario '{name}'; there are {', '.join(SCENARIOS)}")
    scenario, contract = SCENARIOS[name], read(CONTRACTS / "rate.yaml")
    with _somewhere(place) as where:
        before = len(rows_of(where.lake, contract.id))
        stream, batches = _stream(where, contract, enforce=scenario.enforce if enforce is None else enforce)
        stopped = _ran(stream, _input(where, scenario), seconds=seconds, told=batches)
        rejected = rows_of(where.lake, f"{contract.id}__quarantine")
        return Outcome(
            name=name,
            title=scenario.title,
            contract=contract.reference,
            enforced=stream.enforce,
            batches=batches,
            stopped=stopped,
            rows=rows_of(where.lake, contract.id),
            quarantine=[row for row in rejected if row["run_id"] == stream.run_id],
            before=before,
        )


def _stream(where: Place, contract: Contract, *, enforce: bool) -> tuple[Stream, list[Batch]]:
    """The rate source makes new rows in every run: each has a checkpoint of its own, after the one before."""
    batches: list[Batch] = []
    stream = Stream(
        contract=contract,
        lake=where.lake,
        checkpoint=where.checkpoints / f"{contract.id}-{uuid4().hex[:8]}",
        enforce=enforce,
        clock="timestamp",
        succeeds=checkpoint_of(where.lake, contract.id),
        on_batch=batches.append,
    )
    return stream, batches


def _input(where: Place, scenario: Scenario) -> Input:
    contract = read(CONTRACTS / "rate_stream.yaml")
    came = where.spark.session.readStream.format("rate").option("rowsPerSecond", scenario.rows_per_second).load()
    version = f"{contract.id}@{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return Input(frame=scenario.made(came), read=came, contract=contract, version=version)


def _ran(stream: Stream, source: Input, *, seconds: float, told: Sequence[Batch]) -> LakehouseError | None:
    """What stopped it, if it stopped itself. A cold start may take longer than `seconds`: one batch is waited for."""
    started = time.monotonic()
    try:
        with stream.start(source, every="1 second") as running:
            running.wait(seconds)
            while not told and time.monotonic() < started + seconds + _FIRST_BATCH:
                running.wait(1)
    except LakehouseError as stopped:
        return stopped
    return None


def kept() -> Place:
    """The lake of the settings, and this home."""
    settings = read_settings()
    return Place(spark=session(settings), checkpoints=settings.home / "streams")


@contextmanager
def _somewhere(place: Place | None) -> Iterator[Place]:
    if place is not None:
        yield place
        return
    with TemporaryDirectory(prefix="heirloom-stream-") as folder:
        lake = Lake(catalog_url=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
        yield Place(spark=session(read_settings()).on(lake), checkpoints=Path(folder))
