"""A source database read as an input: the tables of an external system, partition by partition, nothing copied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import dagster as dg

from lakehouse import read_gate
from lakehouse.errors import LakehouseError, LakeUnavailable, reason
from lakehouse.partitions import Scope, by_instant, scope_of
from lakehouse.spark import Spark

TABLE = "heirloom/source_table"
_FETCH = "10000"


@dataclass(frozen=True)
class JdbcSource(dg.IOManager):
    """`url` is `sqlite:///file` or `postgresql://user:password@host:port/database`; `setting` is what names it."""

    spark: Spark
    url: str = field(repr=False)
    setting: str

    def load_input(self, context: dg.InputContext) -> Any:
        read_gate.require_open(context)
        metadata = context.upstream_output.definition_metadata if context.upstream_output else {}
        scope, table = scope_of(context, literal=by_instant), str(metadata.get(TABLE, context.asset_key.path[-1]))
        return self._part(table, _partition_column(context, metadata), scope) if scope else self.read(table)

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:  # noqa: ARG002
        raise LakehouseError(f"{context.asset_key.to_user_string()} belongs to its source system: it is only read here")

    def read(self, table: str) -> Any:
        """The source's table, lazily: filters on it travel to the database."""
        frame = self._read(table)
        # SQLite declares no width: what does not fit into an int would arrive as another number.
        wider = {name: "bigint" for name, kind in frame.dtypes if kind == "int"} if self._is_sqlite else {}
        return self._read(table, wider) if wider else frame

    def _part(self, table: str, column: str, scope: Scope) -> Any:
        """The rows of some partitions. SQLite keeps moments as text, and compares them as text with what is asked."""
        frame = self.read(table)
        if not self._is_sqlite or dict(frame.dtypes).get(column) != "timestamp":
            return frame.where(scope.rows(column))
        from pyspark.sql import functions as F  # noqa: N812

        kinds = {name: kind for name, kind in frame.dtypes if kind == "bigint"} | {column: "string"}
        rows = self._read(table, kinds).where(scope.rows(column))
        return rows.withColumn(column, F.col(column).try_cast("timestamp"))

    def _read(self, table: str, kinds: Mapping[str, str] | None = None) -> Any:
        asked = {"customSchema": ", ".join(f"`{name}` {kind}" for name, kind in kinds.items())} if kinds else {}
        try:
            return self.spark.session.read.format("jdbc").options(**self._options(), **asked, dbtable=table).load()
        except LakehouseError:
            raise
        except Exception as error:
            raise LakeUnavailable(
                f"table {table} of the source database cannot be read ({self.setting}={self._shown()}): "
                f"{reason(error)}. Start the database or correct the setting, then run again"
            ) from error

    @property
    def _is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    def _options(self) -> dict[str, str]:
        parts = urlsplit(self.url)
        if parts.scheme == "sqlite":
            return {
                "url": f"jdbc:sqlite:{parts.path[1:]}?open_mode=1",
                "driver": "org.sqlite.JDBC",
                "fetchsize": _FETCH,
            }
        if parts.scheme == "postgresql":
            return {
                "url": f"jdbc:postgresql://{parts.hostname}:{parts.port or 5432}{parts.path}",
                "driver": "org.postgresql.Driver",
                "user": unquote(parts.username or ""),
                "password": unquote(parts.password or ""),
                "fetchsize": _FETCH,
            }
        raise LakehouseError(
            f"{self.setting}={self._shown()} is no database known here: use sqlite:///file or "
            "postgresql://user:password@host:5432/database"
        )

    def _shown(self) -> str:
        password = urlsplit(self.url).password
        return self.url.replace(f":{password}@", ":***@") if password else self.url


def _partition_column(context: dg.InputContext, metadata: Any) -> str:
    try:
        return str(metadata["partition_expr"])
    except KeyError:
        raise LakehouseError(
            f"{context.asset_key.to_user_string()} is partitioned, but its spec does not say by which column: "
            "add metadata={'partition_expr': '<column>'}"
        ) from None
