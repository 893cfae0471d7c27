"""One JVM for the whole run, every output below temporary folders, and nothing told to anyone."""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import count

import dagster as dg
import pytest
from pyspark.sql import SparkSession

from lakehouse.lake import Lake
from lakehouse.spark import Spark

QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    # short-lived JVMs compile quickly, not well: half the CPU time
    "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
os.environ.update(QUIET)  # before the first library reads them, and for the JVM, which takes them over at its start

_packages = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs Spark can be told apart: `make test` runs it beside the rest, in a process with the only JVM."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker("spark")


@pytest.fixture(autouse=True, scope="session")
def _outputs_below_a_temporary_home(tmp_path_factory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("home")
    places = {
        "HEIRLOOM_HOME": home,
        "DAGSTER_HOME": home / "dagster",
        "MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db",
    }
    (home / "dagster").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, place in places.items():
            patch.setenv(name, str(place))
        yield


@pytest.fixture(autouse=True)
def _relative_paths_are_temporary(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def disk_lake(tmp_path_factory) -> Lake:
    root = tmp_path_factory.mktemp("lake")
    return Lake(catalog_url=f"sqlite:///{root}/catalog.db", warehouse=f"{root}/warehouse")


@pytest.fixture(scope="session")
def spark(disk_lake, tmp_path_factory) -> Iterator[SparkSession]:
    """The session of the run; its catalog `lake` is on disk."""
    quick = {
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("session")),
        "spark.log.level": "OFF",
    }
    session = Spark(lake=disk_lake, master="local[2]", memory="1g", extra=quick).session
    yield session
    session.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[Mapping[str, str]]:
    """A bucket `shop` on moto's server."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    place = {"endpoint": f"http://{host}:{port}", "region": QUIET["AWS_REGION"]}
    client = boto3.client("s3", endpoint_url=place["endpoint"], region_name=place["region"])
    client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": place["region"]})
    client.close()
    yield place
    server.stop()


@pytest.fixture(scope="session")
def s3_lake(s3, tmp_path_factory) -> Lake:
    catalog = tmp_path_factory.mktemp("s3_lake") / "catalog.db"
    return Lake(catalog_url=f"sqlite:///{catalog}", warehouse="s3://shop/warehouse", s3=s3)


def engine_on(lake: Lake, session: SparkSession) -> Spark:
    """A `Spark` on a session of its own in the JVM that runs already: catalogs are resolved session by session."""
    own = session.newSession()
    for name, value in lake.spark_conf().items():
        if name.startswith("spark.sql.catalog."):
            own.conf.set(name, value)
    engine = Spark(lake=lake)
    vars(engine)["session"] = own
    return engine


@pytest.fixture(scope="session")
def disk_engine(disk_lake, spark) -> Spark:
    engine = Spark(lake=disk_lake)
    vars(engine)["session"] = spark
    return engine


@pytest.fixture(scope="session")
def s3_engine(s3_lake, spark) -> Spark:
    return engine_on(s3_lake, spark)


@pytest.fixture(scope="session")
def engine_for(spark) -> Callable[[Lake], Spark]:
    """An engine on any lake, in the run's one JVM."""
    return lambda lake: engine_on(lake, spark)


@pytest.fixture
def package() -> str:
    """A namespace that no other test writes to."""
    return f"t{next(_packages)}"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found
