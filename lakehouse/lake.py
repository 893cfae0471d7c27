"""Where the tables are: one Iceberg catalog, named `lake` for Spark and for pyiceberg alike.

Spark moves the rows; every commit that moves no row (create, evolve, branch, publish) goes through pyiceberg, which
needs no JVM and takes milliseconds.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import LakehouseError, LakeUnavailable, TableMissing, chain, reason, stated

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

NAME = "lake"
BARE_FILES = "com.globalmentor:hadoop-bare-naked-local-fs:0.1.0"
RUNTIME = (
    "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0",
    "org.apache.iceberg:iceberg-aws-bundle:1.12.0",
    "org.xerial:sqlite-jdbc:3.49.1.0",
    BARE_FILES,
)
_BUSY_SECONDS = 30
_OUTAGE = re.compile(
    r"java\.(net|nio)\.|java\.io\.(IO|UncheckedIO|FileNotFound)Exception|java\.sql\.|org\.sqlite|org\.postgresql"
    r"|software\.amazon|org\.apache\.iceberg\.(jdbc|rest)"
    r"|iceberg\.exceptions\.(RuntimeIO|ServiceFailure|ServiceUnavailable|NotAuthorized|Forbidden|REST)Exception"
    r"|sqlalchemy\.exc\.(Operational|Database|Interface|Timeout)Error|sqlite3\.|botocore\.exceptions"
    r"|pyiceberg\.exceptions\.(REST|Server|Service\w+|Unauthorized|Forbidden|OAuth|AuthorizationExpired)Error"
)


@dataclass(frozen=True, kw_only=True)
class Lake:
    """A catalog (`sqlite:///file`, `glue`, or a REST catalog's http address) and a warehouse (folder or s3://)."""

    catalog_url: str
    warehouse: str
    s3: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: str = "HEIRLOOM_CATALOG, HEIRLOOM_WAREHOUSE"
    source_settings: str = "HEIRLOOM_SHOP"

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

        s3 = {f"s3.{name}": value for name, value in self.s3.items()}
        with self.reaching("the catalog"):
            if self._is_sqlite:
                Path(self.catalog_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
                kind = {"type": "sql", "uri": f"{self.catalog_url}?timeout={_BUSY_SECONDS}"}
            else:
                kind = {"type": "glue"} if self.catalog_url == "glue" else {"type": "rest", "uri": self.catalog_url}
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
    def reaching(self, what: str, so: str = "nothing was published, running again is safe") -> Iterator[None]:
        """Say which thing could not be reached, which setting names it, and what follows."""
        try:
            yield
        except LakehouseError:
            raise
        except Exception as error:
            if not _is_outage(error):
                raise
            if _of_a_source(error):
                raise LakeUnavailable(
                    f"the source database of the rows for {what} cannot be read: {reason(error)}. Start it or correct "
                    f"its setting ({self.source_settings}); nothing was published, running again is safe"
                ) from error
            raise LakeUnavailable(
                f"{what} cannot be reached: {reason(error)}. The lake is at {self.warehouse}, its catalog is "
                f"{self.catalog_url} ({self.settings}); {so}"
            ) from error


def _is_outage(error: Exception) -> bool:
    """Whether storage or a database failed, rather than the code that asked for it: told by the exceptions' classes."""
    return any(isinstance(one, OSError) or any(_OUTAGE.search(kind) for kind, _ in stated(one)) for one in chain(error))


def _of_a_source(error: Exception) -> bool:
    return any("execution.datasources.jdbc" in f"{one} {getattr(one, '_stackTrace', '')}" for one in chain(error))
