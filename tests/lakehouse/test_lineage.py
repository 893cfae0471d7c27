import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.streaming import StatefulProcessor

from lakehouse.lineage import Lineage, column_lineage, named_source, nodes, walk
from lakehouse.lineage.expressions import Expressions, UnreadableError, kind
from lakehouse.lineage.flow import NOWHERE, Flow
from lakehouse.lineage.sources import named

# pyspark leaves the sockets of collect() to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

RUNTIME = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0,org.xerial:sqlite-jdbc:3.49.1.0"
EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


@pytest.fixture(scope="session")
def spark(tmp_path_factory) -> Iterator[SparkSession]:
    root = tmp_path_factory.mktemp("lake")
    lake = "spark.sql.catalog.lake"
    conf = {
        "spark.jars.packages": RUNTIME,
        "spark.sql.extensions": EXTENSIONS,
        lake: "org.apache.iceberg.spark.SparkCatalog",
        f"{lake}.type": "jdbc",
        f"{lake}.uri": f"jdbc:sqlite:{root}/catalog.db",
        f"{lake}.warehouse": f"{root}/warehouse",
        f"{lake}.jdbc.schema-version": "V1",
        f"{lake}.cache-enabled": "false",
        "spark.sql.warehouse.dir": f"{root}/session",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.extraJavaOptions": "-Xss8m",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.pyspark.python": sys.executable,
    }
    builder = SparkSession.builder.master("local[2]").appName("heirloom tests")
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


TX = "lake.clv.tx"
CUST = "lake.clv.cust"
COLUMNS = {
    TX: {
        "customer_id": "bigint",
        "amount": "double",
        "at": "timestamp",
        "channel": "string",
        "s": "struct<a: int, b: string>",
        "tags": "array<string>",
        "m": "map<string, int>",
    },
    CUST: {"customer_id": "bigint", "name": "string", "country": "string"},
}


def ddl(table: str) -> str:
    return ", ".join(f"{name} {dtype}" for name, dtype in COLUMNS[table].items())


@dataclass(frozen=True)
class Shop:
    """Two sources as frames, and as the views `tx` and `cust` for SQL."""

    spark: SparkSession
    tx: DataFrame
    cust: DataFrame

    def as_views(self) -> None:
        self.tx.createOrReplaceTempView("tx")
        self.cust.createOrReplaceTempView("cust")

    def sql(self, text: str) -> DataFrame:
        return self.spark.sql(text)

    def view(self, name: str, frame: DataFrame) -> DataFrame:
        frame.createOrReplaceTempView(name)
        return self.spark.table(name)


@pytest.fixture(scope="session")
def tables(spark):
    spark.sql("create namespace if not exists lake.clv")
    for table in COLUMNS:
        spark.sql(f"create table {table} ({ddl(table)}) using iceberg")
    return Shop(spark, spark.table(TX), spark.table(CUST))


@pytest.fixture(scope="session")
def sources(spark):
    schema = {table: spark.createDataFrame([], ddl(table)).schema for table in COLUMNS}
    return Shop(spark, *(named_source(spark, table, schema[table]) for table in (TX, CUST)))


def pairs(text: str) -> frozenset[tuple[str, str]]:
    """`t.amount c.name` -> {(lake.clv.tx, amount), (lake.clv.cust, name)}; `t.*` is all of a table's columns."""
    tables = {"t": TX, "c": CUST, "o": "orders", "n": "spark_catalog.default.numbers"}
    asked = [(tables[table], column) for table, column in (word.split(".") for word in text.split())]
    return frozenset(
        (table, each) for table, column in asked for each in (COLUMNS[table] if column == "*" else [column])
    )


@dataclass(frozen=True)
class Case:
    frame: Callable[[Shop], DataFrame]
    columns: dict[str, str]
    influences: str = ""
    unknown: str = ""
    unknown_influences: bool = False
    runs: bool = True  # gives the same rows twice, so the law of the unread column can be tried on it

    def lineage(self) -> Lineage:
        return Lineage(
            columns={name: pairs(origins) for name, origins in self.columns.items()},
            influences=pairs(self.influences),
            unknown=frozenset(self.unknown.split()),
            unknown_influences=self.unknown_influences,
        )


ALL_TX = {name: f"t.{name}" for name in COLUMNS[TX]}
ALL_CUST = {name: f"c.{name}" for name in COLUMNS[CUST]}


def doubled(values: pd.Series) -> pd.Series:
    return values * 2


def total(values: pd.Series) -> float:
    return float(values.sum())


def batches_of_ids(batches):
    for batch in batches:
        yield pd.DataFrame({"n": batch["customer_id"] % 3})


def arrow_ids(batches):
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"n": batch.column("customer_id")})


def largest(group: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"channel": group["channel"].head(1), "top": [group["amount"].max()]})


def largest_arrow(group: pa.Table) -> pa.Table:
    return group.select(["channel", "amount"]).slice(0, 1)


def met(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"n": [len(left) + len(right)]})


class Letters:
    def eval(self, text: str | None):
        yield from ((letter,) for letter in text or "")


class Silent(StatefulProcessor):
    def init(self, handle):
        pass

    def handleInputRows(self, key, rows, timerValues):  # noqa: N802, N803
        yield from ()

    def close(self):
        pass


def upper(text):  # with type hints pyspark warns that they are none of pandas'
    return text and text.upper()


def running(shop: Shop, function=None):
    window = Window.partitionBy("customer_id").orderBy("at")
    return (F.sum("amount") if function is None else function).over(window)


def twenty_columns(shop: Shop) -> DataFrame:
    frame = shop.tx.select("amount")
    for number in range(20):
        frame = frame.withColumn(f"x{number}", F.col("amount" if number == 0 else f"x{number - 1}") + 1)
    return frame.select("x19")


def one_id_two_origins(shop: Shop, *, union_first: bool) -> DataFrame:
    """A union's `amount` has the id of its first input's: beside that input, one id stands for two columns."""
    amounts = shop.tx.select("amount", "channel")
    both = amounts.union(shop.cust.select(F.length("name").cast("double"), "country"))
    sides = [both.select("channel"), shop.tx.select("amount")]
    left, right = sides if union_first else reversed(sides)
    return left.crossJoin(right)


def self_join(shop: Shop) -> DataFrame:
    first = shop.tx.groupBy("customer_id").agg(F.min("at").alias("first_at"))
    bought = shop.tx.alias("t").join(first.alias("f"), "customer_id")
    return bought.select("customer_id", "t.amount", F.datediff("t.at", "f.first_at").alias("age"))


def stateful(shop: Shop) -> DataFrame:
    return (
        shop.cust.groupBy("country")
        .transformWithStateInPandas(Silent(), "n bigint", outputMode="append", timeMode="none")
        .select("n")
    )


def round_trip(shop: Shop) -> DataFrame:
    return shop.spark.createDataFrame(shop.cust.select("name").rdd, "name string")


def session_variable(shop: Shop) -> DataFrame:
    shop.sql("declare or replace variable factor double default 2")
    shop.sql("set var factor = (select max(amount) from tx)")
    return shop.sql("select customer_id, amount * factor scaled from tx")


def letters(shop: Shop) -> DataFrame:
    shop.spark.udtf.register("letters", F.udtf(Letters, returnType="letter string"))
    return shop.sql("select customer_id, l.letter from cust, lateral letters(name) l")


CASES = {
    # projections and expressions
    "select": Case(lambda s: s.tx.select("amount", "at"), {"amount": "t.amount", "at": "t.at"}),
    "star": Case(lambda s: s.tx, ALL_TX),
    "drop": Case(lambda s: s.cust.drop("name"), {"customer_id": "c.customer_id", "country": "c.country"}),
    "rename": Case(lambda s: s.cust.select("name").withColumnRenamed("name", "label"), {"label": "c.name"}),
    "to_df": Case(lambda s: s.cust.toDF("a", "b", "c"), {"a": "c.customer_id", "b": "c.name", "c": "c.country"}),
    "expression": Case(
        lambda s: s.tx.select((F.col("amount") * 2 + F.col("customer_id")).alias("x")),
        {"x": "t.amount t.customer_id"},
    ),
    "literal": Case(lambda s: s.tx.select(F.lit(1).alias("one")), {"one": ""}),
    "nondeterministic": Case(
        lambda s: s.tx.select(F.rand(7).alias("r"), F.uuid().alias("u")), {"r": "", "u": ""}, runs=False
    ),
    "case": Case(
        lambda s: s.tx.select(F.when(F.col("channel") == "web", F.col("amount")).otherwise(0).alias("web")),
        {"web": "t.channel t.amount"},
    ),
    "if_and_coalesce": Case(
        lambda s: s.sql("select if(at is null, 0, amount) a, coalesce(channel, s.b) b, nvl(amount, 0) c from tx"),
        {"a": "t.at t.amount", "b": "t.channel t.s", "c": "t.amount"},
    ),
    "with_column": Case(
        lambda s: s.cust.withColumn("name", F.concat("name", "country")), ALL_CUST | {"name": "c.name c.country"}
    ),
    "with_column_chain": Case(twenty_columns, {"x19": "t.amount"}),
    "lateral_alias": Case(
        lambda s: s.sql("select amount * 2 as twice, twice + 1 as more from tx"),
        {"twice": "t.amount", "more": "t.amount"},
    ),
    "struct_field": Case(lambda s: s.tx.select("s.a", F.col("m")["k"].alias("k")), {"a": "t.s", "k": "t.m"}),
    "struct_of_all": Case(
        lambda s: s.cust.select(F.struct("*").alias("s"), F.to_json(F.struct("*")).alias("j")),
        {"s": "c.*", "j": "c.*"},
    ),
    "with_field": Case(
        lambda s: s.tx.select(F.col("s").withField("c", F.col("amount")).alias("s")), {"s": "t.s t.amount"}
    ),
    "lambda": Case(
        lambda s: s.tx.select(F.transform("tags", lambda tag: F.concat(tag, F.col("channel"))).alias("x")),
        {"x": "t.tags t.channel"},
    ),
    "python_udf": Case(
        lambda s: s.cust.select(F.udf(upper, "string")("name").alias("x"), "country"),
        {"x": "c.name", "country": "c.country"},
    ),
    "pandas_udf": Case(
        lambda s: s.tx.select(F.pandas_udf(doubled, "double")(F.col("amount") + F.col("customer_id")).alias("x")),
        {"x": "t.amount t.customer_id"},
    ),
    "fill_and_replace": Case(lambda s: s.cust.select("name").na.fill("?").replace("?", "!"), {"name": "c.name"}),
    # filters
    "filter": Case(lambda s: s.tx.where("amount > 0").select("at"), {"at": "t.at"}, "t.amount"),
    "filter_on_computed": Case(
        lambda s: s.tx.select("at", F.length("channel").alias("n")).where("n > 1").select("at"),
        {"at": "t.at"},
        "t.channel",
    ),
    "drop_na": Case(lambda s: s.cust.dropna(subset=["name"]).select("country"), {"country": "c.country"}, "c.name"),
    # joins
    "join_on_expression": Case(
        lambda s: s.tx.join(s.cust, (s.tx.customer_id == s.cust.customer_id) & (s.tx.channel == s.cust.country)).select(
            "amount", "name"
        ),
        {"amount": "t.amount", "name": "c.name"},
        "t.customer_id c.customer_id t.channel c.country",
    ),
    "join_using": Case(
        lambda s: s.tx.join(s.cust, "customer_id").select("customer_id", "name"),
        {"customer_id": "t.customer_id", "name": "c.name"},
        "t.customer_id c.customer_id",
    ),
    "right_join_using": Case(
        lambda s: s.tx.join(s.cust, "customer_id", "right").select("customer_id"),
        {"customer_id": "c.customer_id"},
        "t.customer_id c.customer_id",
    ),
    "full_join_using": Case(
        lambda s: s.tx.join(s.cust, "customer_id", "full").select("customer_id"),
        {"customer_id": "t.customer_id c.customer_id"},
        "t.customer_id c.customer_id",
    ),
    "natural_join": Case(
        lambda s: s.sql("select amount, name from tx natural left join cust"),
        {"amount": "t.amount", "name": "c.name"},
        "t.customer_id c.customer_id",
    ),
    "cross_join": Case(
        lambda s: s.tx.select("amount").crossJoin(s.cust.select("name")), {"amount": "t.amount", "name": "c.name"}
    ),
    "semi_join": Case(
        lambda s: s.tx.join(s.cust.where("country = 'a'"), "customer_id", "left_semi").select("amount"),
        {"amount": "t.amount"},
        "t.customer_id c.customer_id c.country",
    ),
    "anti_join": Case(
        lambda s: s.cust.join(s.tx, "customer_id", "left_anti").select("name"),
        {"name": "c.name"},
        "t.customer_id c.customer_id",
    ),
    "self_join_by_alias": Case(
        lambda s: (
            s.tx.alias("a")
            .join(s.tx.alias("b"), F.col("a.customer_id") == F.col("b.customer_id"))
            .select(F.col("a.amount").alias("x"), F.col("b.channel").alias("y"))
        ),
        {"x": "t.amount", "y": "t.channel"},
        "t.customer_id",
    ),
    "self_join_of_aggregate": Case(
        self_join,
        {"customer_id": "t.customer_id", "amount": "t.amount", "age": "t.at"},
        "t.customer_id",
    ),
    "self_semi_join": Case(
        lambda s: (
            s.tx.alias("a")
            .join(s.tx.where("amount > 1").alias("b"), F.col("a.channel") == F.col("b.channel"), "left_semi")
            .select("customer_id")
        ),
        {"customer_id": "t.customer_id"},
        "t.channel t.amount",
    ),
    "one_id_two_origins_right": Case(
        lambda s: one_id_two_origins(s, union_first=True), {"channel": "t.channel c.country", "amount": "t.amount"}
    ),
    "one_id_two_origins_left": Case(
        lambda s: one_id_two_origins(s, union_first=False), {"channel": "t.channel c.country", "amount": "t.amount"}
    ),
    "same_name_twice": Case(
        lambda s: s.tx.select("customer_id").join(s.cust.select("customer_id"), how="cross"),
        {"customer_id": "t.customer_id c.customer_id"},
        runs=False,
    ),
    "as_of_join": Case(
        lambda s: s.tx._joinAsOf(
            s.tx.select(F.col("at").alias("seen"), F.col("channel").alias("last")), "at", "seen", on=None, how="inner"
        ).select("amount", "last"),
        {"amount": "t.amount", "last": "t.channel"},
        "t.at",
        runs=False,
    ),
    # aggregates
    "aggregate": Case(
        lambda s: s.tx.groupBy("customer_id").agg(F.sum("amount").alias("total")),
        {"customer_id": "t.customer_id", "total": "t.amount"},
        "t.customer_id",
    ),
    "count_star": Case(
        lambda s: s.tx.where("amount > 0").groupBy("channel").count(),
        {"channel": "t.channel", "count": ""},
        "t.channel t.amount",
    ),
    "global_aggregate": Case(lambda s: s.tx.agg(F.max("at").alias("last")), {"last": "t.at"}),
    "group_by_expression": Case(
        lambda s: s.tx.groupBy(F.to_date("at").alias("day")).agg(F.avg(F.col("amount") - 1).alias("x")),
        {"day": "t.at", "x": "t.amount"},
        "t.at",
    ),
    "aggregate_filter": Case(
        lambda s: s.sql("select sum(amount) filter (where channel = 'web') x from tx"), {"x": "t.amount t.channel"}
    ),
    "having": Case(
        lambda s: s.sql("select channel from tx group by channel having max(amount) > 1"),
        {"channel": "t.channel"},
        "t.channel t.amount",
    ),
    "grouped_pandas_udf": Case(
        lambda s: s.tx.groupBy("channel").agg(F.pandas_udf(total, "double")("amount").alias("x")),
        {"channel": "t.channel", "x": "t.amount"},
        "t.channel",
    ),
    "rollup": Case(
        lambda s: s.tx.rollup("channel").agg(F.sum("amount").alias("x"), F.grouping("channel").alias("g")),
        {"channel": "t.channel", "x": "t.amount", "g": ""},
        "t.channel",
    ),
    "cube": Case(
        lambda s: s.tx.cube("channel", "customer_id").agg(F.count("at").alias("n")),
        {"channel": "t.channel", "customer_id": "t.customer_id", "n": "t.at"},
        "t.channel t.customer_id",
    ),
    "grouping_sets": Case(
        lambda s: s.sql(
            "select channel, customer_id, sum(amount) x from tx group by grouping sets ((channel), (customer_id))"
        ),
        {"channel": "t.channel", "customer_id": "t.customer_id", "x": "t.amount"},
        "t.channel t.customer_id",
    ),
    "pivot": Case(
        lambda s: s.tx.groupBy("customer_id").pivot("channel", ["web", "shop"]).agg(F.sum("amount")),
        {"customer_id": "t.customer_id", "web": "t.channel t.amount", "shop": "t.channel t.amount"},
        "t.customer_id t.channel",
    ),
    "pivot_of_arrays": Case(
        lambda s: s.tx.groupBy("customer_id").pivot("channel", ["web"]).agg(F.first("tags")),
        {"customer_id": "t.customer_id", "web": "t.channel t.tags"},
        "t.customer_id",
        runs=False,
    ),
    "describe": Case(lambda s: s.tx.describe("amount"), {"summary": "", "amount": "t.amount"}),
    # windows
    "window": Case(
        lambda s: s.tx.select("channel", running(s).alias("x")),
        {"channel": "t.channel", "x": "t.amount t.customer_id t.at"},
    ),
    "row_number_filter": Case(
        lambda s: s.tx.withColumn("n", running(s, F.row_number())).where("n = 1").select("amount"),
        {"amount": "t.amount"},
        "t.customer_id t.at",
        runs=False,
    ),
    "lag": Case(
        lambda s: s.tx.select(running(s, F.lag("amount", 1, 0.0)).alias("x")),
        {"x": "t.amount t.customer_id t.at"},
        runs=False,
    ),
    "two_windows": Case(
        lambda s: s.sql(
            "select sum(amount) over (partition by channel) x, count(*) over (order by at) y, amount from tx"
        ),
        {"x": "t.amount t.channel", "y": "t.at", "amount": "t.amount"},
    ),
    "window_over_aggregate": Case(
        lambda s: s.sql("select channel, rank() over (order by sum(amount)) r from tx group by channel"),
        {"channel": "t.channel", "r": "t.amount"},
        "t.channel",
    ),
    # rows above and below each other
    "union_by_position": Case(
        lambda s: s.tx.select("customer_id", "channel").union(s.cust.select("customer_id", "country")),
        {"customer_id": "t.customer_id c.customer_id", "channel": "t.channel c.country"},
    ),
    "union_by_name": Case(
        lambda s: s.tx.select("channel", "customer_id").unionByName(
            s.cust.select("customer_id", F.col("country").alias("channel"))
        ),
        {"channel": "t.channel c.country", "customer_id": "t.customer_id c.customer_id"},
    ),
    "union_by_name_missing": Case(
        lambda s: s.tx.select("amount").unionByName(s.cust.select("name"), allowMissingColumns=True),
        {"amount": "t.amount", "name": "c.name"},
    ),
    "union_with_itself_crossed": Case(
        lambda s: s.cust.select("name", "country").union(s.cust.select("country", "name")),
        {"name": "c.name c.country", "country": "c.name c.country"},
    ),
    "union_of_filtered": Case(
        lambda s: s.cust.select("name").where("country = 'a'").union(s.tx.select("channel")).distinct(),
        {"name": "c.name t.channel"},
        "c.name c.country t.channel",
    ),
    "intersect": Case(
        lambda s: s.tx.select("customer_id").intersect(s.cust.select("customer_id")),
        {"customer_id": "t.customer_id"},
        "t.customer_id c.customer_id",
    ),
    "except": Case(
        lambda s: s.cust.select("name", "country").exceptAll(s.tx.select("channel", "channel")),
        {"name": "c.name", "country": "c.country"},
        "c.name c.country t.channel",
    ),
    "distinct": Case(
        lambda s: s.tx.select("channel", "amount").distinct().select("channel"),
        {"channel": "t.channel"},
        "t.channel t.amount",
    ),
    "sql_distinct": Case(lambda s: s.sql("select distinct channel from tx"), {"channel": "t.channel"}, "t.channel"),
    "drop_duplicates": Case(
        lambda s: s.cust.dropDuplicates(["customer_id"]).select("name"), {"name": "c.name"}, "c.customer_id", runs=False
    ),
    "latest_by_sort": Case(
        lambda s: s.tx.orderBy(F.desc("at")).dropDuplicates(["customer_id"]).select("amount"),
        {"amount": "t.amount"},
        "t.at t.customer_id",
        runs=False,
    ),
    "sort": Case(lambda s: s.tx.orderBy("at").select("amount"), {"amount": "t.amount"}),
    "sort_limit": Case(lambda s: s.tx.orderBy("at").select("amount").limit(3), {"amount": "t.amount"}, "t.at"),
    "sort_offset": Case(
        lambda s: s.sql("select amount from tx order by at, channel offset 2"), {"amount": "t.amount"}, "t.at t.channel"
    ),
    "limit": Case(lambda s: s.tx.limit(3).select("amount"), {"amount": "t.amount"}, runs=False),
    "first_of_sorted": Case(
        lambda s: s.tx.orderBy("at").groupBy("channel").agg(F.first("amount").alias("x")),
        {"channel": "t.channel", "x": "t.amount"},
        "t.at t.channel",
        runs=False,
    ),
    "sample": Case(lambda s: s.tx.sample(0.5, seed=1).select("amount"), {"amount": "t.amount"}),
    "random_split": Case(
        lambda s: s.tx.select("amount").randomSplit([0.5, 0.5], 1)[0], {"amount": "t.amount"}, runs=False
    ),
    "repartition": Case(
        lambda s: (
            s.tx.repartition(2, "at").repartitionByRange(2, "amount").coalesce(1).hint("rebalance").select("amount")
        ),
        {"amount": "t.amount"},
    ),
    "hint": Case(lambda s: F.broadcast(s.cust).select("name"), {"name": "c.name"}),
    "observe": Case(
        lambda s: s.tx.observe(Observation(), F.sum("amount").alias("s")).select("at"), {"at": "t.at"}, runs=False
    ),
    # one row, many rows
    "explode": Case(
        lambda s: s.tx.select("channel", F.explode("tags").alias("tag")),
        {"channel": "t.channel", "tag": "t.tags"},
        "t.tags",
    ),
    "posexplode": Case(lambda s: s.tx.select(F.posexplode_outer("tags")), {"pos": "t.tags", "col": "t.tags"}, "t.tags"),
    "lateral_view": Case(
        lambda s: s.sql("select channel, k, v from tx lateral view outer explode(m) as k, v"),
        {"channel": "t.channel", "k": "t.m", "v": "t.m"},
        "t.m",
    ),
    "stack": Case(
        lambda s: s.sql("select stack(2, 'n', name, 'c', country) as (what, value) from cust"),
        {"what": "c.name c.country", "value": "c.name c.country"},
        "c.name c.country",
    ),
    "melt": Case(
        lambda s: s.cust.unpivot("customer_id", ["name", "country"], "what", "value"),
        {"customer_id": "c.customer_id", "what": "", "value": "c.name c.country"},
    ),
    "melt_leaves_the_rest": Case(lambda s: s.cust.melt([], ["name"], "what", "value"), {"what": "", "value": "c.name"}),
    "sql_unpivot": Case(
        lambda s: s.sql("select * from cust unpivot (value for what in (name, country))"),
        {"customer_id": "c.customer_id", "what": "", "value": "c.name c.country"},
        "c.name c.country",
    ),
    # python over whole rows
    "map_in_pandas": Case(lambda s: s.cust.mapInPandas(batches_of_ids, "n bigint"), {"n": "c.*"}, "c.*"),
    "map_in_arrow": Case(
        lambda s: s.cust.select("customer_id", "name").mapInArrow(arrow_ids, "n bigint"),
        {"n": "c.customer_id c.name"},
        "c.customer_id c.name",
    ),
    "apply_in_pandas": Case(
        lambda s: (
            s.tx.select("channel", "amount").groupBy("channel").applyInPandas(largest, "channel string, top double")
        ),
        {"channel": "t.channel t.amount", "top": "t.channel t.amount"},
        "t.channel t.amount",
        runs=False,
    ),
    "apply_in_arrow": Case(
        lambda s: (
            s.tx.select("channel", "amount")
            .groupBy("channel")
            .applyInArrow(largest_arrow, "channel string, amount double")
            .select("amount")
        ),
        {"amount": "t.channel t.amount"},
        "t.channel t.amount",
        runs=False,
    ),
    "cogroup": Case(
        lambda s: (
            s.tx.select("customer_id", "at")
            .groupBy("customer_id")
            .cogroup(s.cust.select("customer_id").groupBy("customer_id"))
            .applyInPandas(met, "n bigint")
        ),
        {"n": "t.customer_id t.at c.customer_id"},
        "t.customer_id t.at c.customer_id",
    ),
    "transform_with_state": Case(stateful, {"n": "c.*"}, "c.*", runs=False),
    "table_function": Case(letters, {"customer_id": "c.customer_id", "letter": "c.name"}, "c.name"),
    # the same plan by another door
    "cached": Case(
        lambda s: s.cust.select("name").cache().where("name > 'a'"), {"name": "c.name"}, "c.name", runs=False
    ),
    "temp_view": Case(
        lambda s: s.view("named", s.cust.select(F.upper("name").alias("x"))).select("x"), {"x": "c.name"}
    ),
    "frame_in_sql": Case(
        lambda s: s.spark.sql("select x from {f}", f=s.cust.select(F.upper("name").alias("x"))), {"x": "c.name"}
    ),
    "cte": Case(
        lambda s: s.sql("with c as (select name n from cust where country = 'a') select n from c"),
        {"n": "c.name"},
        "c.country",
    ),
    "cte_twice": Case(
        lambda s: s.sql(
            """with c as (select customer_id, sum(amount) total from tx group by customer_id)
            select x.total, y.customer_id id, y.total + 1 more from c x join c y on x.total < y.total"""
        ),
        {"total": "t.amount", "id": "t.customer_id", "more": "t.amount"},
        "t.customer_id t.amount",
    ),
    "cte_in_cte_and_subquery": Case(
        lambda s: s.sql(
            """with a as (select customer_id, name from cust), b as (select a.name, x.customer_id from a join a x using (name))
            select customer_id from b where name in (select name from a)"""
        ),
        {"customer_id": "c.customer_id"},
        "c.name",
    ),
    # subqueries
    "scalar_subquery": Case(
        lambda s: s.sql("select at, amount / (select max(customer_id) from cust where country = 'a') x from tx"),
        {"at": "t.at", "x": "t.amount c.customer_id c.country"},
    ),
    "correlated_scalar_subquery": Case(
        lambda s: s.sql(
            "select amount, (select max(name) from cust where cust.customer_id = tx.customer_id) x from tx"
        ),
        {"amount": "t.amount", "x": "c.name c.customer_id t.customer_id"},
    ),
    "in_subquery": Case(
        lambda s: s.sql("select amount from tx where customer_id in (select customer_id from cust where name > 'a')"),
        {"amount": "t.amount"},
        "t.customer_id c.customer_id c.name",
    ),
    "exists": Case(
        lambda s: s.sql(
            "select amount from tx where exists (select * from cust where cust.customer_id = tx.customer_id)"
        ),
        {"amount": "t.amount"},
        "t.customer_id c.customer_id",
    ),
    "not_exists_as_value": Case(
        lambda s: s.sql(
            "select name, not exists (select 1 from tx where tx.customer_id = cust.customer_id and amount > 1) x from cust"
        ),
        {"name": "c.name", "x": "c.customer_id t.customer_id t.amount"},
    ),
    "frame_scalar": Case(
        lambda s: s.tx.where(F.col("amount") >= s.tx.select(F.max("customer_id")).scalar()).select("at"),
        {"at": "t.at"},
        "t.amount t.customer_id",
    ),
    "frame_exists": Case(
        lambda s: (
            s.tx.alias("t")
            .where(s.cust.alias("c").where(F.col("c.customer_id") == F.col("t.customer_id").outer()).exists())
            .select("amount")
        ),
        {"amount": "t.amount"},
        "t.customer_id c.customer_id",
    ),
    "subquery_in_subquery": Case(
        lambda s: s.sql(
            """select at from tx where amount > (select max(customer_id) from cust
            where country in (select channel from tx where s.a = 1))"""
        ),
        {"at": "t.at"},
        "t.amount c.customer_id c.country t.channel t.s",
    ),
    "lateral_join": Case(
        lambda s: s.sql(
            """select amount, x, y from tx, lateral
            (select upper(name) x, name || channel y from cust where cust.customer_id = tx.customer_id)"""
        ),
        {"amount": "t.amount", "x": "c.name", "y": "c.name t.channel"},
        "c.customer_id t.customer_id",
    ),
    "lateral_join_on": Case(
        lambda s: s.sql("select at, n from tx left join lateral (select max(name) n from cust) on n = channel"),
        {"at": "t.at", "n": "c.name"},
        "c.name t.channel",
    ),
    "frame_lateral_join": Case(
        lambda s: (
            s.tx.alias("t")
            .lateralJoin(s.cust.where(F.col("customer_id") == F.col("t.customer_id").outer()).select("name"))
            .select("amount", "name")
        ),
        {"amount": "t.amount", "name": "c.name"},
        "c.customer_id t.customer_id",
    ),
    # no table behind it
    "range": Case(lambda s: s.spark.range(3).select((F.col("id") * 2).alias("x")), {"x": ""}),
    "one_row": Case(lambda s: s.sql("select 1 as x"), {"x": ""}),
    # the trail ends
    "program_rows": Case(
        lambda s: s.spark.createDataFrame([(1, "a")], "id bigint, label string"),
        {},
        unknown="id label",
        unknown_influences=True,
    ),
    "alias_is_no_name": Case(
        lambda s: s.spark.createDataFrame([(1,)], "id bigint").alias("tx"),
        {},
        unknown="id",
        unknown_influences=True,
    ),
    "program_rows_joined": Case(
        lambda s: s.cust.join(
            s.spark.createDataFrame([(1, "a")], "customer_id bigint, label string"), "customer_id"
        ).select("name", "label", F.concat("name", "label").alias("both")),
        {"name": "c.name"},
        "c.customer_id",
        unknown="label both",
        unknown_influences=True,
    ),
    "program_rows_counted": Case(
        lambda s: s.spark.createDataFrame([(1,)], "id bigint").agg(F.count("*").alias("n")),
        {"n": ""},
        unknown_influences=True,
    ),
    "program_rows_in_exists": Case(
        lambda s: s.cust.where(s.spark.createDataFrame([(1,)], "id bigint").exists()).select("name"),
        {"name": "c.name"},
        unknown_influences=True,
    ),
    "values": Case(lambda s: s.sql("select a from values (1), (2) v(a)"), {}, unknown="a", unknown_influences=True),
    "local_checkpoint": Case(
        lambda s: s.cust.select("name").localCheckpoint(), {}, unknown="name", unknown_influences=True
    ),
    "rdd_round_trip": Case(round_trip, {}, unknown="name", unknown_influences=True),
    "pandas_round_trip": Case(
        lambda s: s.spark.createDataFrame(s.cust.select("name").toPandas(), "name string"),
        {},
        unknown="name",
        unknown_influences=True,
    ),
    "recursive_cte": Case(
        lambda s: s.sql(
            """with recursive r(n, c) as (select 1, channel from tx union all select n + 1, c from r where n < 3)
            select n, c, name from r cross join cust"""
        ),
        {"name": "c.name"},
        unknown="n c",
        unknown_influences=True,
        runs=False,
    ),
    "session_variable": Case(session_variable, {"customer_id": "t.customer_id"}, unknown="scaled", runs=False),
    "unpivot_of_program_rows": Case(
        lambda s: s.spark.createDataFrame([(1, 2)], "a int, b int").unpivot([], ["a", "b"], "what", "value"),
        {"what": ""},
        unknown="value",
        unknown_influences=True,
    ),
}


# What only a stored table, a file, a database or a stream can show.
STORED = {
    "time_travel": Case(
        lambda s: s.spark.read.option("versionAsOf", s.snapshot).table(CUST).select("name"), {"name": "c.name"}
    ),
    "time_travel_in_sql": Case(
        lambda s: s.sql(f"select name from {CUST} version as of {s.snapshot}"), {"name": "c.name"}
    ),
    "branch": Case(lambda s: s.spark.table(f"{CUST}.branch_audit").select("name"), {"name": "c.name"}),
    "loaded": Case(lambda s: s.spark.read.format("iceberg").load(CUST).select("name"), {"name": "c.name"}),
    "qualified": Case(lambda s: s.spark.table(CUST).select("lake.clv.cust.name"), {"name": "c.name"}),
    "metadata_column": Case(
        lambda s: s.spark.table(CUST).where("_pos > 0").select("name", F.col("_file").alias("file")),
        {"name": "c.name", "file": "c._file"},
        "c._pos",
    ),
    "metadata_column_unseen": Case(lambda s: s.spark.table(CUST).where("_pos > 0"), ALL_CUST, "c._pos"),
    "persistent_view": Case(
        lambda s: s.sql("select label from spark_catalog.default.labels"), {"label": "c.name"}, "c.country"
    ),
    "streamed": Case(
        lambda s: (
            s.spark.readStream.table(TX)
            .withWatermark("at", "1 hour")
            .dropDuplicatesWithinWatermark(["customer_id"])
            .select("amount")
        ),
        {"amount": "t.amount"},
        "t.at t.customer_id",
    ),
    "streamed_state": Case(
        lambda s: (
            s.spark.readStream.table(CUST)
            .groupBy("country")
            .applyInPandasWithState(batches_of_ids, "n bigint", "n bigint", "append", "NoTimeout")
        ),
        {"n": "c.*"},
        "c.*",
    ),
    "jdbc": Case(lambda s: s.jdbc(dbtable="orders"), {"id": "o.id", "total": "o.total"}),
    "jdbc_query": Case(lambda s: s.jdbc(query="select id from orders"), {}, unknown="id", unknown_influences=True),
    "jdbc_subselect": Case(
        lambda s: s.jdbc(dbtable="(select id from orders) o"), {}, unknown="id", unknown_influences=True
    ),
    "session_catalog": Case(lambda s: s.spark.table("numbers").select("id"), {"id": "n.id"}),
    "path": Case(lambda s: s.spark.read.parquet(f"{s.root}/numbers"), {}, unknown="id", unknown_influences=True),
    "rate": Case(
        lambda s: s.spark.readStream.format("rate").load(),
        {},
        unknown="timestamp value",
        unknown_influences=True,
    ),
    "command": Case(lambda s: s.sql("show namespaces in lake"), {}, unknown="namespace", unknown_influences=True),
}


@dataclass(frozen=True)
class Stores(Shop):
    root: str
    snapshot: int

    def jdbc(self, **options: str) -> DataFrame:
        reader = self.spark.read.format("jdbc").option("url", f"jdbc:sqlite:{self.root}/shop.db")
        return reader.option("driver", "org.sqlite.JDBC").options(**options).load()


@pytest.fixture(scope="session")
def stores(tables, tmp_path_factory):
    root, spark = tmp_path_factory.mktemp("stores"), tables.spark
    with sqlite3.connect(root / "shop.db") as shop:
        shop.execute("create table orders (id integer, total real)")
    shop.close()
    spark.range(1).write.parquet(f"{root}/numbers")
    spark.sql("create table numbers (id bigint) using parquet")
    spark.sql(f"create view spark_catalog.default.labels as select name label from {CUST} where country = 'a'")
    spark.sql(f"insert into {CUST} values (1, 'a', 'b')")
    spark.sql(f"alter table {CUST} create branch audit")
    snapshot = spark.table(f"{CUST}.snapshots").first().snapshot_id
    return Stores(spark, tables.tx, tables.cust, root=str(root), snapshot=snapshot)


@pytest.fixture(scope="session", params=["tables", "sources"])
def shop(request):
    return request.getfixturevalue(request.param)


def check(case: Case, shop: Shop) -> None:
    shop.as_views()
    frame = case.frame(shop)
    lineage = column_lineage(frame)
    assert lineage == case.lineage()
    assert lineage.columns.keys() | lineage.unknown == set(frame.columns)
    assert not lineage.columns.keys() & lineage.unknown


@pytest.mark.parametrize("name", CASES)
def test_lineage_of(shop, name):
    check(CASES[name], shop)


@pytest.mark.parametrize("name", STORED)
def test_lineage_of_stored(stores, name):
    check(STORED[name], stores)


def kinds(frame: DataFrame) -> set[str]:
    return set(re.findall(r'"class":"org\.apache\.spark\.sql\.[\w.]*?\.(\w+)"', analysed(frame).toJSON()))


def analysed(frame: DataFrame):
    return frame._jdf.queryExecution().analyzed()


def test_every_rule_has_a_case(stores):
    stores.as_views()
    tried = set().union(*(kinds(case.frame(stores)) for case in (CASES | STORED).values()))
    assert nodes.RULES.keys() - tried == set()


# Each takes away one thing the reading knows; the case then has to come out wrong.
def naive_reference(step):
    return step.walk.definitions[step.node.cteId()][1]


def blind_to_pivot(expressions, listed, trees=Expressions.trees):
    cut = [
        next((i for i, part in enumerate(tree) if kind(part) == "PivotFirst"), None)
        for tree in trees(expressions, listed)
    ]
    return [tree[:end] for tree, end in zip(trees(expressions, listed), cut, strict=True)]


MUTANTS = {
    "cte_twice": lambda patch: patch.setitem(nodes.RULES, "CTERelationRef", naive_reference),
    "lateral_join": lambda patch: patch.setattr(walk, "referred", lambda part: -1),
    "exists": lambda patch: patch.setattr(walk, "referred", lambda part: -1),
    "pivot": lambda patch: patch.setattr(Expressions, "trees", blind_to_pivot),
    "one_id_two_origins_right": lambda patch: patch.setattr(walk, "disagree", lambda flows: False),
    "union_by_position": lambda patch: patch.setitem(nodes.RULES, "Union", lambda step: step.inputs[0]),
    "sort_limit": lambda patch: patch.setitem(nodes.RULES, "GlobalLimit", nodes.passed),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_reading_that_knows_less_is_wrong(shop, name, monkeypatch):
    shop.as_views()
    MUTANTS[name](monkeypatch)
    assert column_lineage(CASES[name].frame(shop)) != CASES[name].lineage()
