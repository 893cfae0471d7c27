"""A process that writes one version of a table and kills itself at a place: `writer.py HOME VERSION PLACE DAY`."""

import os
import signal
import sys
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lakehouse import publish, writing
from lakehouse.contracts.document import read
from lakehouse.lake import Lake
from lakehouse.partitions import Scope
from lakehouse.spark import Spark

ROWS = 500
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: f.lines
version: 1.0.0
status: active
schema:
  - name: lines
    properties:
      - {name: day, logicalType: date, required: true, partitioned: true}
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: version, logicalType: integer, logicalTypeOptions: {minimum: 0}}
"""


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(place: str) -> None:
    """Real kills: between the steps of a write, never a return."""
    if place == "written":
        real_write = publish._write

        def written(frame: DataFrame, staged: publish.Staged) -> None:
            real_write(frame, staged)
            die()

        publish._write = written
    elif place in {"before the quarantine", "before the table", "after the table"}:
        real, calls = writing.publish, iter(["before the quarantine", "before the table"])

        def published(staged: publish.Staged) -> int:
            if next(calls) == place:
                die()
            snapshot = real(staged)
            if place == "after the table" and staged.table == "f.lines":
                die()
            return snapshot

        writing.publish = published


def rows(spark: Spark, *, version: int, place: str, day: str) -> DataFrame:
    session = spark.session
    frame = session.range(ROWS).select(
        F.lit(day).cast("date").alias("day"),
        "id",
        F.when(F.col("id") == 7, -1).otherwise(version).cast("bigint").alias("version"),
    )
    if place != "in a task":
        return frame
    driver = os.getpid()

    @F.udf("bigint")
    def last_row_kills(number: int) -> int:
        if number == ROWS - 1:
            os.kill(driver, signal.SIGKILL)
        return number

    return frame.withColumn("id", last_row_kills("id"))


def write(spark: Spark, home: Path, *, version: int, place: str, day: str) -> None:
    contract = home / "lines.yaml"
    if not contract.exists():
        contract.write_text(CONTRACT)
    door = writing.Door(contract=read(contract), lake=spark.lake, scope=Scope(day, keys=(day,)), run_id=f"v{version}")
    door.write(rows(spark, version=version, place=place, day=day))


def main(home: str, version: str, place: str, day: str) -> None:
    lake = Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")
    spark = Spark(lake=lake, master="local[1]", memory="512m")
    kill_at(place)
    write(spark, Path(home), version=int(version), place=place, day=day)


if __name__ == "__main__":
    main(*sys.argv[1:])
