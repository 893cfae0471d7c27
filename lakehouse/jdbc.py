"""A source database read as an input: the tables of an external system, partition by partition, nothing copied."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import dagster as dg

from lakehouse import read_gate
from lakehouse.errors import LakehouseError, LakeUnavailable, reason
from lakehouse.partitions import by_instant, scope_of
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
        scope = scope_of(context, literal=by_instant)
        frame = self.read(str(metadata.get(TABLE, context.asset_key.path[-1])))
        return frame.where(scope.rows(_partition_column(context, metadata))) if scope else frame

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:  # noqa: ARG002
        raise LakehouseError(f"{context.asset_key.to_user_string()} belongs to its source system: it is only read here")

    def read(self, table: str) -> Any:
        """The source's table, lazily: filters on it travel to the database."""
        try:
            return self.spark.session.read.format("jdbc").options(**self._options(), dbtable=table).load()
        except LakehouseError:
            raise
        except Exception as error:
            raise LakeUnavailable(
                f"table {table} of the source database cannot be read ({self.setting}={self._shown()}): "
                f"{reason(error)}. "
                "Start the database or correct the setting, then run again"
            ) from error

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
