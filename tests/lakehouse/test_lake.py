import re
import sqlite3
from contextlib import contextmanager

import pytest
from contract_files import column, contract
from pyspark.sql import functions as F  # noqa: N812

from lakehouse import lake as lakes
from lakehouse.errors import LakehouseError, LakeUnavailable, TableMissing, reason, stated
from lakehouse.evolution import ensure
from lakehouse.lake import Lake
from lakehouse.spark import Spark
from lakehouse.writing import Door

SETTINGS = "(HEIRLOOM_CATALOG, HEIRLOOM_WAREHOUSE); nothing was published, running again is safe"
NUMBERS = [column("a", "int")]


@pytest.fixture
def lake(tmp_path):
    return Lake(catalog_url=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"{tmp_path}/warehouse")


def door(lake, told):
    return Door(contract=told, lake=lake, scope=None, run_id="run")


@contextmanager
def locked(lake):
    connection = sqlite3.connect(lake.catalog_url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("begin exclusive")
    try:
        yield
    finally:
        connection.execute("rollback")
        connection.close()


def test_a_locked_catalog_is_named_and_the_next_try_works(lake, engine_for, package, tmp_path, monkeypatch):
    monkeypatch.setattr(lakes, "_BUSY_SECONDS", 1)
    told = contract(tmp_path, f"{package}.numbers", NUMBERS)
    frame = engine_for(lake).session.createDataFrame([(1,)], "a int")
    door(lake, told).write(frame)
    with locked(lake), pytest.raises(LakeUnavailable, match=r"cannot be reached: .*database is locked") as refused:
        door(lake, told).write(frame)
    assert f"its catalog is {lake.catalog_url} {SETTINGS}" in str(refused.value)
    door(lake, told).write(frame)
    assert lake.table(told.id).scan().to_arrow().num_rows == 1


def test_a_catalog_that_is_locked_while_rows_are_written_is_named(lake, engine_for, package, tmp_path, monkeypatch):
    """The rows are on their way when the catalog goes: Spark's error is Java's, and long."""
    monkeypatch.setattr(lakes, "_BUSY_SECONDS", 1)
    told = contract(tmp_path, f"{package}.numbers", NUMBERS)
    engine = engine_for(lake)
    door(lake, told).write(engine.session.createDataFrame([(1,)], "a int"))

    def write(frame, staged):
        with locked(lake):
            frame.writeTo(f"lake.{staged.table}.branch_{staged.branch}").append()

    with monkeypatch.context() as patch:
        patch.setattr("lakehouse.publish._write", write)
        with pytest.raises(LakeUnavailable, match=r"numbers cannot be reached: .*locked.*HEIRLOOM_CATALOG"):
            door(lake, told).write(engine.session.createDataFrame([(2,)], "a int"))
    assert lake.table(told.id).scan().to_arrow()["a"].to_pylist() == [1]
    assert set(lake.table(told.id).refs()) == {"main"}


@pytest.mark.parametrize("place", ["catalog", "warehouse"])
def test_a_folder_that_cannot_be_written_is_named_and_works_once_it_can(tmp_path, package, place):
    (tmp_path / "in_the_way").write_text("")
    folders = {"catalog": tmp_path / "c", "warehouse": tmp_path / "w"} | {place: tmp_path / "in_the_way"}
    lake = Lake(catalog_url=f"sqlite:///{folders['catalog']}/catalog.db", warehouse=f"{folders['warehouse']}/w")
    with pytest.raises(LakeUnavailable, match=re.escape(SETTINGS)):
        made(lake, package)
    (tmp_path / "in_the_way").unlink()
    assert made(lake, package).schema().column_names == ["a"]


def made(lake, package):
    from lakehouse.contracts.columns import Column

    columns = (Column(name="a", type="int", description=""),)
    return ensure(f"{package}.numbers", columns, partition=None, lake=lake, said_by="the test")


def test_an_s3_that_does_not_answer_is_named(tmp_path, package):
    place = {"endpoint": "http://127.0.0.1:1", "region": "eu-central-1"}
    lake = Lake(catalog_url=f"sqlite:///{tmp_path}/catalog.db", warehouse="s3://shop/warehouse", s3=place)
    with pytest.raises(LakeUnavailable, match=r"numbers cannot be reached: .* The lake is at s3://shop/warehouse"):
        made(lake, package)


def test_a_bucket_that_does_not_exist_is_named(s3, tmp_path, package):
    lake = Lake(catalog_url=f"sqlite:///{tmp_path}/catalog.db", warehouse="s3://nowhere/warehouse", s3=s3)
    with pytest.raises(LakeUnavailable, match=r"numbers cannot be reached: .* The lake is at s3://nowhere/warehouse"):
        made(lake, package)


def test_a_table_that_is_missing_says_how_to_make_it(lake):
    with pytest.raises(
        TableMissing, match=r"lake\.clv\.orders does not exist yet: materialise clv/orders first \(dagster"
    ):
        lake.table("clv.orders")


def test_no_key_is_printed():
    lake = Lake(catalog_url="glue", warehouse="s3://x", s3={"secret-access-key": "hidden"})
    assert "hidden" not in repr(lake)
    assert "hidden" not in repr(Spark(lake=lake))


def misled(frame):
    """A function whose error has all the words of an outage."""

    def raises(_):
        raise ValueError("bad connection 503: sqlite locked, permission denied")

    return frame.select(F.udf(raises, "int")("a").alias("a"))


MISTAKES = {
    "a Python function": (misled, "bad connection 503"),
    "a division": (lambda frame: frame.selectExpr("cast(a / (a - a) as int) as a"), "DIVIDE_BY_ZERO"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_asset_is_not_blamed_on_the_lake(lake, engine_for, package, tmp_path, name):
    wrong, said = MISTAKES[name]
    told = contract(tmp_path, f"{package}.numbers", NUMBERS)
    frame = wrong(engine_for(lake).session.createDataFrame([(1,)], "a int"))
    with pytest.raises(Exception, match=said) as refused:
        door(lake, told).write(frame)
    assert not isinstance(refused.value, LakehouseError)


JAVA = """An error occurred while calling o1.overwrite.
: org.apache.spark.SparkException: Job aborted
\tat org.apache.spark.sql.X.y(X.scala:503)
Caused by: java.net.ConnectException: Connection refused (sqlite)
\tat java.base/Z.a(Z.java:403)
"""


def test_the_root_of_a_java_error_is_its_last_cause():
    assert stated(RuntimeError(JAVA)) == [
        ("org.apache.spark.SparkException", "Job aborted"),
        ("java.net.ConnectException", "Connection refused (sqlite)"),
    ]
    assert reason(RuntimeError(JAVA)) == "Connection refused (sqlite)"


def test_the_root_of_a_python_error_is_its_last_cause():
    error = RuntimeError("outer")
    error.__cause__ = KeyError("inner\nmore")
    assert reason(error) == "'inner\\nmore'"
    assert reason(ValueError()) == "ValueError"


CATALOGS = {
    "glue": {"type": "glue"},
    "https://lake.example.org": {"type": "rest", "uri": "https://lake.example.org"},
    "sqlite:////home/c.db": {"type": "jdbc", "uri": "jdbc:sqlite:/home/c.db?busy_timeout=30000"},
}


@pytest.mark.parametrize("catalog", CATALOGS)
def test_spark_is_told_of_the_catalog(catalog):
    lake = Lake(catalog_url=catalog, warehouse="s3://x/y", s3={"endpoint": "http://s3", "region": "eu"})
    conf = lake.spark_conf()
    told = {
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "client.region": "eu",
        "s3.endpoint": "http://s3",
        "s3.path-style-access": "true",
    }
    for name, value in (CATALOGS[catalog] | told | {"warehouse": "s3://x/y", "cache-enabled": "false"}).items():
        assert conf[f"spark.sql.catalog.lake.{name}"] == value


def test_a_spark_that_does_not_start_says_what_it_needs(lake, monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("Java gateway process exited before sending its port number\nmore")

    monkeypatch.setattr("dagster_pyspark.LazyPySparkResource", refuse)
    with pytest.raises(
        LakeUnavailable, match=r"Spark did not start on local\[\*\] \(SPARK_MASTER\): .*It needs Java 17"
    ):
        _ = Spark(lake=lake).session
    with pytest.raises(LakeUnavailable, match=r"no Spark Connect server answers at sc://x \(SPARK_REMOTE\)"):
        _ = Spark(lake=lake, remote="sc://x").session


def test_jars_that_are_there_are_named_by_path(lake, monkeypatch, tmp_path):
    engine = Spark(lake=lake)
    monkeypatch.setattr("lakehouse.spark._IVY", tmp_path)
    assert engine.conf()["spark.jars.packages"].split(",") == [*engine.packages]
    for package in engine.packages:
        group, name, version = package.split(":")
        (tmp_path / f"{group}_{name}-{version}.jar").touch()
    assert engine.conf()["spark.jars"].count(str(tmp_path)) == len(engine.packages)
    assert "spark.jars.packages" not in engine.conf()
