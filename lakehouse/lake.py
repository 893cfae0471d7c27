"""Where the tables are: one Iceberg catalog, named `lake` for Spark and for pyiceberg alike.

Spark moves the rows; every commit that moves no row (create, evolve, branch, publish) goes through pyiceberg, which
needs no JVM and takes milliseconds.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import LakehouseError, LakeUnavailable, TableMissing

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

NAME = "lake"
RUNTIME = (
    "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0",
    "org.apache.iceberg:iceberg-aws-bundle:1.12.0",
    "org.xerial:sqlite-jdbc:3.49.1.0",
)
_BUSY_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Lake:
    """A catalog (`sqlite:///file`, `glue`, or a REST catalog's http address) and a warehouse (folder or s3://)."""

    catalog_url: str
    warehouse: str
    s3: Mapping[str, str] = field(default_factory=dict)
    settings: str = "HEIRLOOM_CATALOG, HEIRLOOM_WAREHOUSE"

    def spark_conf(self) -> dict[str, str]:
        prefix = f"spark.sql.catalog.{NAME}"
        return {
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            prefix: "org.apache.iceberg.spark.SparkCatalog",
            f"{prefix}.warehouse": self.warehouse,
            # A streaming query has a cloned session with its own table cache: with it, readers miss rows.
            f"{prefix}.cache-enabled": "false",
            **{f"{prefix}.{name}": value for name, value in self._spark_catalog().items()},
            **{f"{prefix}.s3.{name}": value for name, value in self._spark_s3().items()},
        }

    def _spark_catalog(self) -> dict[str, str]:
        if self._is_sqlite:
            uri = f"jdbc:{self.catalog_url.replace(':///', ':', 1)}?busy_timeout={_BUSY_SECONDS * 1000}"
            kind = {"type": "jdbc", "uri": uri, "jdbc.schema-version": "V1"}
        else:
            kind = {"type": "glue"} if self.catalog_url == "glue" else {"type": "rest", "uri": self.catalog_url}
        region = {"client.region": self.s3["region"]} if "region" in self.s3 else {}
        files = {"io-impl": "org.apache.iceberg.aws.s3.S3FileIO"} if self.warehouse.startswith("s3://") else {}
        return kind | region | files

    def _spark_s3(self) -> dict[str, str]:
        return {"endpoint": self.s3["endpoint"], "path-style-access": "true"} if "endpoint" in self.s3 else {}

    @property
    def _is_sqlite(self) -> bool:
        return self.catalog_url.startswith("sqlite:")

    @cached_property
    def catalog(self) -> "Catalog":
        """The catalog without a JVM."""
        from pyiceberg.catalog import load_catalog

        if self._is_sqlite:
            Path(self.catalog_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            kind = {"type": "sql", "uri": f"{self.catalog_url}?timeout={_BUSY_SECONDS}"}
        else:
            kind = {"type": "glue"} if self.catalog_url == "glue" else {"type": "rest", "uri": self.catalog_url}
        s3 = {f"s3.{name}": value for name, value in self.s3.items()}
        with self.reaching("the catalog"):
            return load_catalog(NAME, warehouse=self.warehouse, **kind, **s3)

    def table(self, name: str) -> "Table":
        """The table `package.table` as it is now."""
        from pyiceberg.exceptions import NoSuchTableError

        with self.reaching(f"{NAME}.{name}"):
            try:
                return self.catalog.load_table(name)
            except NoSuchTableError as error:
                asset = name.replace(".", "/", 1)
                raise TableMissing(
                    f"table {NAME}.{name} does not exist yet: materialise {asset} first "
                    f"(dagster asset materialize --select 'key:\"{asset}\"')"
                ) from error

    @contextmanager
    def reaching(self, what: str) -> Iterator[None]:
        """Say which thing could not be reached, and which setting names it."""
        try:
            yield
        except LakehouseError:
            raise
        except Exception as error:
            if not _is_outage(error):
                raise
            raise LakeUnavailable(
                f"{what} cannot be reached: {_root(error)}. The lake is at {self.warehouse}, its catalog is "
                f"{self.catalog_url} ({self.settings}); nothing was published, running again is safe"
            ) from error


def _root(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip() or type(error).__name__
    causes = [line.strip().removeprefix("Caused by: ") for line in text.splitlines() if "Caused by" in line]
    return (causes[-1] if causes else text.splitlines()[0])[:300]


def _is_outage(error: Exception) -> bool:
    """Whether storage or the catalog failed, rather than the code that asked for it."""
    words = ("sqlite", "locked", "no space left", "connection", "connect", "s3exception", "readonly", "read-only",
             "permission denied", "403", "503", "slow down", "unable to open database", "timed out", "nosuchbucket",
             "sdkclientexception", "disk i/o", "input/output error", "unknownhost")  # fmt: skip
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, OSError) or any(word in f"{type(chain).__name__} {chain}".lower() for word in words):
            return True
        chain = chain.__cause__
    return False
