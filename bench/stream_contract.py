"""A contract on a micro-batch of a stream against the bare write of it: 200k rows, 12 columns, 20 rules; and none."""

import sys
import tempfile
import time
from pathlib import Path

from contract_write import FIRST, contract, jobs
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from ratios import table

from lakehouse.contracts.batches import Verdicts
from lakehouse.contracts.document import Contract
from lakehouse.contracts.judge import judge
from lakehouse.contracts.sink import Sink, Told
from lakehouse.evolution import follow
from lakehouse.lake import Lake
from lakehouse.spark import Spark

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
BATCHES, WARM = 12, 3


def files(spark: Spark, folder: str, *, rows: int = ROWS) -> DataFrame:
    """One file a micro-batch."""
    numbers = spark.session.range(0, rows * BATCHES, 1, BATCHES)
    i = F.col("id")
    made = numbers.select(
        F.date_add(F.lit(FIRST), (i % 365).cast("int")).alias("day"),
        i.alias("id"),
        F.concat(F.lit("text "), i.cast("string")).alias("text"),
        (i % 97).cast("string").alias("code"),
        *[(i * (n + 3) % 1009).alias(f"n{n}") for n in (1, 2, 3)],
        *[((i + n) % 1013 / 7.0).alias(f"x{n}") for n in range(5)],
    )
    made.write.parquet(folder)
    return spark.session.read.parquet(folder)


def sink_of(ours: Contract, lake: Lake, frame: DataFrame) -> Sink:
    told = Told(verdicts=Verdicts(lake, ours.id), contract=ours, run_id="bench", input="files", on_batch=lambda _: None)
    return Sink(told=told, source="bench", compiled=judge(frame, ours).compiled, refusing=())


def timed(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


def both(spark: Spark, sink: Sink, folder: str, schema: object) -> dict[str, list[float]]:
    """Each micro-batch goes both ways, and the other way first each time."""
    seconds: dict[str, list[float]] = {"bare append": [], "through its contract": []}

    def batch(frame: DataFrame, number: int) -> None:
        ways = {
            "bare append": lambda: frame.writeTo("lake.b.plain").append(),
            "through its contract": lambda: sink.take(frame, number),
        }
        for name in sorted(ways, reverse=number % 2 == 0):
            took = timed(ways[name])
            if number >= WARM:
                seconds[name].append(took)

    stream = spark.session.readStream.schema(schema).option("maxFilesPerTrigger", 1).parquet(folder)  # type: ignore[arg-type]
    query = stream.writeStream.foreachBatch(batch).option("checkpointLocation", f"{folder}-checkpoint")
    query.trigger(availableNow=True).start().awaitTermination()
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lake = Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")
        spark = Spark(lake=lake, master="local[2]")
        ours, plain = contract(home, "ours"), contract(home, "plain")
        for one in (ours, plain):
            follow(one, lake=lake)
        rows = files(spark, f"{home}/files")
        sink = sink_of(ours, lake, rows)
        print(f"{ROWS:,} rows a micro-batch, 12 columns, {len(ours.rules)} rules, {BATCHES - WARM} batches")
        seconds = both(spark, sink, f"{home}/files", rows.schema)
        table("one micro-batch", seconds, bars={"through its contract": 1.4})
        one = spark.session.read.parquet(str(next((home / "files").glob("*.parquet"))))
        print(
            f"jobs of a clean micro-batch: {jobs(spark, lambda: sink.take(one, BATCHES))}, one of them a look at a row"
        )
        empty = [timed(lambda: sink.take(one.limit(0), BATCHES + 1)) for _ in range(7)]
        print(f"empty micro-batch: {sorted(empty)[3] * 1000:.0f} ms (bar 300)")


if __name__ == "__main__":
    main()
