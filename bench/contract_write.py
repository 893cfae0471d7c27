"""A contract at the table's door against the bare Iceberg write of the same rows: 2M rows, 12 columns, 20 rules."""

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from ratios import alternating, table

from lakehouse.contracts.document import Contract, read
from lakehouse.evolution import follow
from lakehouse.lake import Lake
from lakehouse.partitions import Scope
from lakehouse.spark import Spark
from lakehouse.writing import Door

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
FIRST, DAYS = date(2025, 1, 1), 365
YEAR = Scope(str(FIRST), end=str(FIRST + timedelta(days=DAYS)))


def contract(folder: Path, name: str, *, daily: bool = False) -> Contract:
    """20 rules: the table's own, and bounds on each number."""
    numbers = "".join(
        f"      - {{name: x{i}, logicalType: number, required: true, logicalTypeOptions: {{minimum: 0}}}}\n"
        for i in range(5)
    )
    day = "partitioned: true, " if daily else ""
    path = folder / f"{name}.yaml"
    path.write_text(
        f"apiVersion: v3.1.0\nkind: DataContract\nid: b.{name}\nversion: 1.0.0\nstatus: active\n"
        f"schema:\n  - name: {name}\n    properties:\n"
        f"      - {{name: day, logicalType: date, {day}required: true}}\n"
        "      - {name: id, logicalType: integer, required: true}\n"
        "      - {name: text, logicalType: string, logicalTypeOptions: {maxLength: 40}}\n"
        "      - {name: code, logicalType: string, logicalTypeOptions: {minLength: 1}}\n"
        "      - {name: n1, logicalType: integer}\n      - {name: n2, logicalType: integer}\n"
        f"      - {{name: n3, logicalType: integer}}\n{numbers}"
    )
    return read(path)


def rows(spark: Spark, *, bad_share: float, path: str) -> DataFrame:
    """Read from a file, as an asset's input is."""
    numbered = spark.session.range(ROWS)
    i = F.col("id")
    frame = numbered.select(
        F.date_add(F.lit(FIRST), (i % DAYS).cast("int")).alias("day"),
        i.alias("id"),
        F.concat(F.lit("text "), i.cast("string")).alias("text"),
        (i % 97).cast("string").alias("code"),
        *[(i * (n + 3) % 1009).alias(f"n{n}") for n in (1, 2, 3)],
        F.when(F.pmod(F.hash(i), F.lit(1000)) < 1000 * bad_share, -1.0).otherwise((i % 1013) / 7.0).alias("x0"),
        *[((i + n) % 1013 / 7.0).alias(f"x{n}") for n in range(1, 5)],
    )
    frame.write.mode("overwrite").parquet(path)
    return spark.session.read.parquet(path)


def bare(frame: DataFrame, name: str) -> None:
    frame.writeTo(f"lake.b.{name}").overwrite(F.lit(True))  # noqa: FBT003


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lake = Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")
        spark = Spark(lake=lake, master="local[2]")
        ours, plain = contract(home, "ours"), contract(home, "plain")
        daily = contract(home, "daily", daily=True)
        for one in (ours, plain, daily, contract(home, "plain_daily", daily=True)):
            follow(one, lake=lake)
        clean = rows(spark, bad_share=0.0, path=f"{home}/clean")
        dirty = rows(spark, bad_share=0.01, path=f"{home}/dirty")
        door = Door(contract=ours, lake=lake, scope=None, run_id="bench")
        year = Door(contract=daily, lake=lake, scope=YEAR, run_id="bench")
        print(f"{ROWS:,} rows, 12 columns, {len(ours.rules)} rules")
        written = alternating(
            {
                "bare Iceberg write": lambda: bare(clean, "plain"),
                "bare Iceberg write, 365 daily partitions": lambda: bare(clean, "plain_daily"),
                "through its contract, clean": lambda: door.write(clean),
                "through its contract, 1 % to quarantine": lambda: door.write(dirty),
                "through its contract, 365 daily partitions": lambda: year.write(clean),
            }
        )
        bars = {"through its contract, clean": 1.3, "through its contract, 1 % to quarantine": 2.0}
        table("one write", written, bars=bars | {"through its contract, 365 daily partitions": 3.0})
        print(f"data jobs of a clean write: {jobs(spark, lambda: door.write(clean))}")


def jobs(spark: Spark, work: object) -> int:
    """The Spark jobs that a piece of work starts."""
    context = spark.session.sparkContext
    context.setJobGroup("counted", "counted")
    work()  # type: ignore[operator]
    found = len(context.statusTracker().getJobIdsForGroup("counted"))
    context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
    return found


if __name__ == "__main__":
    main()
