"""A process that streams a folder of JSON files into a table and kills itself: `streamer.py HOME PLACE BATCH WORK`."""

import os
import signal
import sys
from pathlib import Path

from lakehouse import publish, writing
from lakehouse.contracts import batches, sink
from lakehouse.contracts.document import read
from lakehouse.contracts.replay import Replay
from lakehouse.contracts.stream import Input, Stream
from lakehouse.lake import Lake
from lakehouse.quarantine import Quarantine
from lakehouse.spark import Spark

QUICK = {"spark.sql.shuffle.partitions": "1", "spark.ui.enabled": "false"}


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: object, name: str, *, when) -> None:
    """Kill the process where `name` is about to be called, and `when` says so."""
    real = getattr(owner, name)

    def called(*args: object, **fields: object) -> object:
        if when(*args):
            die()
        return real(*args, **fields)

    setattr(owner, name, called)


def after(owner: object, name: str, *, when) -> None:
    real = getattr(owner, name)

    def called(*args: object, **fields: object) -> object:
        done = real(*args, **fields)
        if when(*args):
            die()
        return done

    setattr(owner, name, called)


def kill_at(place: str, *, batch: int) -> None:
    """Real kills at one batch: between the steps of a write, never a return."""

    def ours(marker) -> bool:
        return marker is not None and marker.number == batch

    def table(staged) -> bool:
        return ours(staged.plan.marker) and not staged.table.endswith("__quarantine")

    def quarantine(staged) -> bool:
        return ours(staged.plan.marker) and staged.table.endswith("__quarantine")

    places = {
        "start": lambda: before(sink.Sink, "_write", when=lambda _, __, marker: ours(marker)),
        "rows staged": lambda: after(publish, "_write", when=lambda _, staged: table(staged)),
        "rejects staged": lambda: after(publish, "_write", when=lambda _, staged: quarantine(staged)),
        "after quarantine": lambda: after(writing, "publish", when=quarantine),
        "before table": lambda: before(publish, "_swap", when=table),
        "after table": lambda: after(publish, "_swap", when=table),
        "during history": lambda: before(batches.Verdicts, "_add", when=lambda _, row: row.batch == batch),
        "before checkpoint": lambda: after(batches.Verdicts, "append", when=lambda _, row: row.batch == batch),
        "before clearing": lambda: before(Quarantine, "clear", when=lambda *_: True),
    }
    if place:
        places[place]()


def stream(spark: Spark, home: Path) -> None:
    events = spark.session.readStream.schema("id bigint, amount bigint").option("maxFilesPerTrigger", 1)
    source = Input(frame=events.json(f"{home}/landing"), version="landing")
    ours = Stream(contract=read(home / "events.yaml"), lake=spark.lake, checkpoint=home / "checkpoint")
    with ours.start(source) as running:
        running.wait()


def replay(spark: Spark, home: Path) -> None:
    Replay(contract=read(home / "mended" / "events.yaml"), lake=spark.lake, session=spark.session).run()


WORK = {"stream": stream, "replay": replay}


def main(home: str, place: str, batch: str, work: str) -> None:
    lake = Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")
    spark = Spark(lake=lake, master="local[1]", memory="512m", extra=QUICK)
    kill_at(place, batch=int(batch))
    WORK[work](spark, Path(home))


if __name__ == "__main__":
    main(*sys.argv[1:])
