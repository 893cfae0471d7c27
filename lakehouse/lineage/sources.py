"""The leaves of a plan and the tables they read."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from lakehouse.lineage.flow import Jvm

_MARK: Final = "heirloom source "
_TABLE: Final = re.compile(r'[\w."`$]+')


def named_source(spark: SparkSession, table: str, schema: StructType) -> DataFrame:
    """An empty frame whose lineage says `table`: an asset's plan can be read without the asset's inputs.

    The name is that of the leaf's own RDD. Spark keeps this object where it gives a leaf new attribute ids (self-joins)
    and leaves it behind where the trail ends (`localCheckpoint`, a round trip through Python). Names in the columns'
    metadata would do neither, and would show in the frame's schema.
    """
    frame = spark.createDataFrame(spark.sparkContext.emptyRDD(), schema)
    frame._jdf.queryExecution().analyzed().rdd().setName(_MARK + table)  # noqa: SLF001
    return frame.alias(re.split(r"[./]", table)[-1])


def table_of(leaf: Jvm) -> str | None:
    return _NAMES[leaf.getClass().getSimpleName()](leaf)


def _catalog_table(leaf: Jvm) -> str | None:
    if leaf.identifier().isEmpty() or leaf.catalog().isEmpty():
        return None
    table, catalog = str(leaf.table().name()), str(leaf.catalog().get().name())
    return table if table.startswith(f"{catalog}.") else f"{catalog}.{table}"


def _file_or_jdbc_table(leaf: Jvm) -> str | None:
    if leaf.catalogTable().isDefined():
        return str(leaf.catalogTable().get().identifier().unquotedString())
    relation = leaf.relation()
    if relation.getClass().getSimpleName() != "JDBCRelation":
        return None
    table = str(relation.jdbcOptions().tableOrQuery())
    return table if _TABLE.fullmatch(table) else None


def _marked(leaf: Jvm) -> str | None:
    name = str(leaf.rdd().name())
    return name.removeprefix(_MARK) if name.startswith(_MARK) else None


_NAMES: Final[Mapping[str, Callable[[Jvm], str | None]]] = {
    "DataSourceV2Relation": _catalog_table,
    "StreamingRelationV2": _catalog_table,
    "LogicalRelation": _file_or_jdbc_table,
    "LogicalRDD": _marked,
}
