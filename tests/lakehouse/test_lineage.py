import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import takewhile

import pandas as pd
import pyarrow as pa
import pytest
from pyspark import cloudpickle
from pyspark.errors import PySparkAttributeError
from pyspark.sql import DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.streaming import StatefulProcessor

from lakehouse.lineage import Lineage, column_lineage, named_source, nodes, walk
from lakehouse.lineage.expressions import Expressions, UnwrittenExpression, identity, kind
from lakehouse.lineage.flow import NOWHERE, Flow, beside

# pyspark leaves the sockets of collect() to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

# The workers do not import tests: they get these functions by value.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

TX = "lake.lineage.tx"
CUST = "lake.lineage.cust"
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
    spark.sql("create namespace if not exists lake.lineage")
    for table in COLUMNS:
        spark.sql(f"create table {table} ({ddl(table)}) using iceberg")
    return Shop(spark, spark.table(TX), spark.table(CUST))


@pytest.fixture(scope="session")
def sources(spark):
    schema = {table: spark.createDataFrame([], ddl(table)).schema for table in COLUMNS}
    return Shop(spark, *(named_source(spark, table, schema[table]) for table in (TX, CUST)))


def pairs(text: str) -> frozenset[tuple[str, str]]:
    """`t.amount c.name` -> {(TX, amount), (CUST, name)}; `t.*` is all of a table's columns."""
    tables = {"t": TX, "c": CUST, "o": "orders", "s": "lineage_shop.orders", "n": "spark_catalog.default.numbers"}
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


def met_in_arrow(left: pa.Table, right: pa.Table) -> pa.Table:
    return pa.table({"n": [len(left) + len(right)]})


class Letters:
    def eval(self, text: str | None):
        yield from ((letter,) for letter in text or "")


class Silent(StatefulProcessor):
    def init(self, handle):
        pass

    def handleInputRows(self, *_):  # noqa: N802
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
    """A union's `amount` has the id of its first input's: beside that input, Spark has to give it another."""
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
    "self_join_under_one_name": Case(
        lambda s: (
            s.tx.select("customer_id", "amount")
            .alias("a")
            .join(s.tx.select("customer_id", F.col("channel").alias("amount")).alias("b"), "customer_id")
            .select(F.col("a.amount").alias("x"), F.col("b.amount").alias("y"))
        ),
        {"x": "t.amount", "y": "t.channel"},
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
        lambda s: s.cust.select("name", "country").exceptAll(s.tx.select("channel", "s.b")),
        {"name": "c.name", "country": "c.country"},
        "c.name c.country t.channel t.s",
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
    "sample": Case(lambda s: s.tx.sample(fraction=0.5, seed=1).select("amount"), {"amount": "t.amount"}),
    "random_split": Case(
        lambda s: s.tx.select("amount").randomSplit([0.5, 0.5], 1)[0], {"amount": "t.amount"}, runs=False
    ),
    "random_split_counted": Case(
        lambda s: s.tx.select("amount", "channel").randomSplit([0.5, 0.5], 1)[0].groupBy("channel").count(),
        {"channel": "t.channel", "count": ""},
        "t.channel",
        runs=False,
    ),
    "sample_of_sorted": Case(
        lambda s: s.tx.orderBy("at").sample(fraction=0.5, seed=1).limit(2).select("amount"),
        {"amount": "t.amount"},
        "t.at",
        runs=False,
    ),
    "sorted_twice": Case(
        lambda s: s.tx.orderBy("channel").orderBy("at").limit(2).select("amount"), {"amount": "t.amount"}, "t.at"
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
    "cogroup_in_arrow": Case(
        lambda s: (
            s.tx.select("customer_id", "at")
            .groupBy("customer_id")
            .cogroup(s.cust.groupBy("customer_id"))
            .applyInArrow(met_in_arrow, "n bigint")
        ),
        {"n": "t.customer_id t.at c.*"},
        "t.customer_id t.at c.*",
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
            """with a as (select customer_id, name from cust),
            b as (select a.name, x.customer_id from a join a x using (name))
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
            """select name, not exists
            (select 1 from tx where tx.customer_id = cust.customer_id and amount > 1) x from cust"""
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
    "lateral_join_of_outer_columns": Case(
        lambda s: s.sql(
            """select amount, l.* from tx, lateral
            (select channel, customer_id, n from (select count(*) n from cust where name = channel))  l"""
        ),
        {"amount": "t.amount", "channel": "t.channel", "customer_id": "t.customer_id", "n": ""},
        "c.name t.channel",
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
    "qualified": Case(lambda s: s.spark.table(CUST).select("lake.lineage.cust.name"), {"name": "c.name"}),
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
    "jdbc_catalog": Case(lambda s: s.spark.table("lineage_shop.orders").select("total"), {"total": "s.total"}),
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
    spark.conf.set(
        "spark.sql.catalog.lineage_shop", "org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog"
    )
    spark.conf.set("spark.sql.catalog.lineage_shop.url", f"jdbc:sqlite:{root}/shop.db")
    spark.conf.set("spark.sql.catalog.lineage_shop.driver", "org.sqlite.JDBC")
    spark.range(1).write.parquet(f"{root}/numbers")
    spark.sql("create table numbers (id bigint) using parquet")
    spark.sql(f"create view spark_catalog.default.labels as select name label from {CUST} where country = 'a'")
    spark.sql(f"insert into {CUST} values (1, 'a', 'b')")
    spark.sql(f"alter table {CUST} create branch audit")
    snapshot = spark.table(f"{CUST}.snapshots").first().snapshot_id
    return Stores(spark, tables.tx, tables.cust, root=str(root), snapshot=snapshot)


@pytest.fixture(scope="session", params=["tables", "sources"])
def shop(request, spark):
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
    return [list(takewhile(lambda part: kind(part) != "PivotFirst", tree)) for tree in trees(expressions, listed)]


def no_outer(part):
    return -1 if "e" in part else identity(part)


def name_for_id(part):
    return part["name"]


MUTANTS = {
    "cte_twice": lambda patch: patch.setitem(nodes.RULES, "CTERelationRef", naive_reference),
    "lateral_join": lambda patch: patch.setattr(walk, "identity", no_outer),
    "exists": lambda patch: patch.setattr(walk, "identity", no_outer),
    "pivot": lambda patch: patch.setattr(Expressions, "trees", blind_to_pivot),
    "self_join_under_one_name": lambda patch: patch.setattr(walk, "identity", name_for_id),
    "union_by_position": lambda patch: patch.setitem(nodes.RULES, "Union", lambda step: step.inputs[0]),
    "sort_limit": lambda patch: patch.setattr(Flow, "picked", lambda flow, by=NOWHERE: flow.shaped(by)),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_reading_that_knows_less_is_wrong(shop, name, monkeypatch):
    shop.as_views()
    MUTANTS[name](monkeypatch)
    assert column_lineage(CASES[name].frame(shop)) != CASES[name].lineage()


# A law that needs no expected value: what a column does not come from may change, and the column stays.
DOMAINS = {
    "bigint": lambda rng: rng.randrange(4),
    "double": lambda rng: float(rng.randrange(-5, 5)),  # whole, so that a sum is the same in any order
    "string": lambda rng: rng.choice(["a", "b", "web", "shop", None]),
    "struct<a: int, b: string>": lambda rng: (rng.randrange(3), rng.choice("abc")),
    "array<string>": lambda rng: [rng.choice("abc") for _ in range(rng.randrange(3))],
    "map<string, int>": lambda rng: {rng.choice("jkl"): rng.randrange(3)},
}


def values(table: str, column: str, *, changed: bool) -> list:
    rng, dtype, rows = random.Random(f"{table}.{column} {changed}"), COLUMNS[table][column], range(12)
    if dtype == "timestamp":  # no ties, so that a sort has one answer
        return [datetime(2026, 1, 1) + timedelta(days=day) for day in rng.sample(range(40), len(rows))]  # noqa: DTZ001
    return [DOMAINS[dtype](rng) for _ in rows]


@pytest.fixture(scope="session")
def both(spark):
    """Each table with two versions of every column, side by side."""

    def wide(table: str) -> DataFrame:
        columns = [values(table, column, changed=changed) for column in COLUMNS[table] for changed in (False, True)]
        schema = ", ".join(f"{name}_{each} {dtype}" for name, dtype in COLUMNS[table].items() for each in (0, 1))
        return spark.createDataFrame(list(zip(*columns, strict=True)), schema).coalesce(1).localCheckpoint()

    return {table: wide(table) for table in COLUMNS}


def changed(both: dict[str, DataFrame], origins: frozenset[tuple[str, str]]) -> Shop:
    def source(table: str) -> DataFrame:
        columns = (F.col(f"{name}_{int((table, name) in origins)}").alias(name) for name in COLUMNS[table])
        return both[table].select(*columns).alias(table.rpartition(".")[2])

    return Shop(both[TX].sparkSession, source(TX), source(CUST))


def contents(case: Case, shops: list[Shop], column: str) -> list[list[str]]:
    """What the column holds in each shop, found in one job."""
    parts = []
    for number, shop in enumerate(shops):
        shop.as_views()
        parts.append(case.frame(shop).select(F.lit(number), F.col(column).cast("string")))
    found = reduce(DataFrame.union, parts).collect()
    return [sorted(str(value) for each, value in found if each == number) for number in range(len(shops))]


EVERYTHING = pairs("t.* c.*")
LAWFUL = [name for name, case in CASES.items() if case.runs and case.columns and not case.unknown_influences]


@pytest.mark.parametrize("name", LAWFUL)
def test_a_column_does_not_see_what_it_does_not_come_from(sources, both, name):
    sources.as_views()
    lineage = column_lineage(CASES[name].frame(sources))
    column = min(lineage.columns, key=lambda each: len(lineage.columns[each]))
    unseen = EVERYTHING - lineage.columns[column] - lineage.influences
    before, after = contents(CASES[name], [changed(both, NOWHERE), changed(both, unseen)], column)
    assert before == after


@pytest.mark.parametrize(("name", "column", "origin"), [("filter", "at", "t.amount"), ("window", "x", "t.customer_id")])
def test_a_column_sees_what_it_comes_from(both, name, column, origin):
    before, after = contents(CASES[name], [changed(both, NOWHERE), changed(both, pairs(origin))], column)
    assert before != after


@dataclass(frozen=True)
class Trail:
    """A frame and what its maker knows of it, kept by the rules of the docstring and not by the plan."""

    frame: DataFrame
    columns: dict[str, frozenset]
    influences: frozenset = NOWHERE
    order: frozenset = NOWHERE

    def of(self, *names: str) -> frozenset:
        return NOWHERE.union(*(self.columns[name] for name in names))

    def all(self) -> frozenset:
        return self.of(*self.columns)

    def two(self, rng: random.Random) -> list[str]:
        return [rng.choice(list(self.columns)) for _ in range(2)]


def text(*names: str):
    return F.concat_ws("-", *(F.col(name).cast("string") for name in names))


def computed(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    pair = trail.two(rng)
    return replace(
        trail, frame=trail.frame.withColumn(fresh, text(*pair)), columns=trail.columns | {fresh: trail.of(*pair)}
    )


def overwritten(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    target, other = trail.two(rng)
    frame = trail.frame.withColumn(target, F.when(F.col(other).isNull(), "none").otherwise(text(target)))
    return replace(trail, frame=frame, columns=trail.columns | {target: trail.of(target, other)})


def filtered(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    name, _ = trail.two(rng)
    return replace(
        trail, frame=trail.frame.where(F.col(name).isNotNull()), influences=trail.influences | trail.of(name)
    )


def selected(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    kept = rng.sample(list(trail.columns), k=max(2, len(trail.columns) - 1))
    old, *rest = kept
    frame = trail.frame.select(F.col(old).alias(fresh), *rest)
    return replace(trail, frame=frame, columns={fresh: trail.of(old), **{name: trail.of(name) for name in rest}})


def joined(trail: Trail, rng: random.Random, fresh: str, shop: Shop) -> Trail:
    key, _ = trail.two(rng)
    cust = shop.cust.select(F.col("name").alias(f"{fresh}_key"), F.col("country").alias(fresh))
    frame = trail.frame.join(cust, F.col(key).cast("string") == F.col(f"{fresh}_key"), rng.choice(["inner", "left"]))
    return replace(
        trail,
        frame=frame.drop(f"{fresh}_key"),
        columns=trail.columns | {fresh: pairs("c.country")},
        influences=trail.influences | trail.of(key) | pairs("c.name"),
    )


def joined_to_itself(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    key, other = trail.two(rng)
    groups = trail.frame.groupBy(key).agg(F.max(text(other)).alias(fresh))
    return replace(
        trail,
        frame=trail.frame.join(groups, key),
        columns={key: trail.of(key)} | trail.columns | {fresh: trail.of(other)},
        influences=trail.influences | trail.of(key) | trail.order,
    )


def grouped(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    key, other = trail.two(rng)
    return Trail(
        trail.frame.groupBy(F.col(key).alias("key")).agg(F.max(text(other)).alias(fresh), F.count("*").alias("n")),
        {"key": trail.of(key), fresh: trail.of(other), "n": NOWHERE},
        trail.influences | trail.order | trail.of(key),
    )


def turned(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    """Above itself, its columns in another order."""
    names = list(trail.columns)
    below = rng.sample(names, k=len(names))
    frame = trail.frame.select(*map(text, names)).union(trail.frame.select(*map(text, below))).toDF(*names)
    return replace(
        trail, frame=frame, columns={name: trail.of(name, other) for name, other in zip(names, below, strict=True)}
    )


def ranked(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    key, other = trail.two(rng)
    rank = F.row_number().over(Window.partitionBy(key).orderBy(other))
    return replace(
        trail, frame=trail.frame.withColumn(fresh, rank), columns=trail.columns | {fresh: trail.of(key, other)}
    )


def ordered(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    name, _ = trail.two(rng)
    return replace(trail, frame=trail.frame.orderBy(name), order=trail.of(name))


def cut(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    return replace(trail, frame=trail.frame.limit(5), influences=trail.influences | trail.order)


def deduplicated(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    keys = sorted(set(trail.two(rng)))
    return replace(
        trail, frame=trail.frame.dropDuplicates(keys), influences=trail.influences | trail.order | trail.of(*keys)
    )


def common(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    """A definition of WITH, used twice."""
    key, other = trail.two(rng)
    trail.frame.createOrReplaceTempView("trail")
    frame = trail.frame.sparkSession.sql(
        f"""with t as (select * from trail)
        select a.*, b.`{other}` as `{fresh}` from t a join t b on a.`{key}` <=> b.`{key}`"""
    )
    return replace(
        trail,
        frame=frame,
        columns=trail.columns | {fresh: trail.of(other)},
        influences=trail.influences | trail.of(key),
    )


def existing(trail: Trail, rng: random.Random, fresh: str, shop: Shop) -> Trail:
    key, _ = trail.two(rng)
    trail.frame.createOrReplaceTempView("trail")
    shop.as_views()
    frame = shop.sql(
        f"select * from trail where exists (select 1 from cust where name = cast(trail.`{key}` as string))"
    )
    return replace(trail, frame=frame, influences=trail.influences | trail.of(key) | pairs("c.name"))


def looked_up(trail: Trail, rng: random.Random, fresh: str, shop: Shop) -> Trail:
    key, _ = trail.two(rng)
    trail.frame.createOrReplaceTempView("trail")
    shop.as_views()
    lookup = f"(select max(country) from cust where name = cast(trail.`{key}` as string)) as `{fresh}`"
    return replace(
        trail,
        frame=shop.sql(f"select *, {lookup} from trail"),
        columns=trail.columns | {fresh: trail.of(key) | pairs("c.name c.country")},
    )


def through_python(trail: Trail, rng: random.Random, fresh: str) -> Trail:
    seen = trail.all()
    return Trail(
        trail.frame.mapInPandas(batches_of_ids, f"{fresh} string, n bigint"),
        {fresh: seen, "n": seen},
        trail.influences | trail.order | seen,
    )


STEPS = [
    computed,
    overwritten,
    filtered,
    selected,
    joined_to_itself,
    grouped,
    turned,
    ranked,
    ordered,
    cut,
    deduplicated,
    common,
]
SHOP_STEPS = [joined, existing, looked_up]


@pytest.mark.parametrize("seed", range(50))
def test_a_chain_of_steps_keeps_the_trail(sources, seed):
    rng = random.Random(seed)
    names = ["customer_id", "amount", "at", "channel"]
    trail = Trail(sources.tx.select(*names), {name: pairs(f"t.{name}") for name in names})
    for number in range(8):
        step = rng.choice([*STEPS, *SHOP_STEPS])
        more = (sources,) if step in SHOP_STEPS else ()
        trail = step(trail, rng, f"x{number}", *more)
    if seed % 5 == 0:
        trail = through_python(trail, rng, "seen")
    assert column_lineage(trail.frame) == Lineage(trail.columns, trail.influences, frozenset())


def test_a_named_source_is_named_like_its_table(sources, tables):
    assert sources.cust.schema == tables.cust.schema
    assert sources.cust.count() == 0
    assert column_lineage(sources.cust.select("cust.name")).columns == {"name": pairs("c.name")}


def test_a_long_chain_is_read_without_recursion(sources):
    frame = sources.tx.select("amount")
    for _ in range(500):
        frame = frame.withColumn("amount", F.col("amount") + 1)
    assert column_lineage(frame).columns == {"amount": pairs("t.amount")}


def test_a_wide_plan_is_read_in_a_moment(sources):
    frame = sources.tx.select(*((F.col("amount") + number).alias(f"x{number}") for number in range(500)))
    began = time.perf_counter()
    lineage = column_lineage(frame)
    assert time.perf_counter() - began < 5  # measured 0.2 s; bench/plan_walker.py has the figures
    assert set(lineage.columns.values()) == {pairs("t.amount")}
    assert len(lineage.columns) == 500


@pytest.mark.parametrize("lost", ["Sample", "Project"])
def test_an_unfamiliar_node_loses_the_trail_and_says_so(sources, monkeypatch, lost):
    monkeypatch.delitem(nodes.RULES, lost)
    frame = sources.tx.select("amount", "at").where("at is not null").sample(0.5)
    assert column_lineage(frame) == Lineage(
        {}, pairs("t.at") if lost == "Sample" else NOWHERE, frozenset({"amount", "at"}), unknown_influences=True
    )


def test_a_node_of_another_library_is_unfamiliar(sources, monkeypatch):
    monkeypatch.setattr(nodes, "SPARK", "io.delta.")
    assert column_lineage(sources.cust.select("name")) == Lineage(
        {}, NOWHERE, frozenset({"name"}), unknown_influences=True
    )


def test_an_unwritten_expression_loses_the_trail(sources, monkeypatch):
    """Spark writes null for lists in lists, as `unpivot` has them."""
    frame = sources.cust.unpivot("customer_id", ["name"], "what", "value")
    with pytest.raises(UnwrittenExpression, match="name"):
        Expressions(frame.sparkSession._jvm).trees(analysed(frame).projections())
    monkeypatch.setitem(nodes.RULES, "Expand", lambda step: Flow({}, step.reads(step.node.projections())))
    assert column_lineage(frame) == Lineage({}, NOWHERE, frozenset(frame.columns), unknown_influences=True)


def test_one_id_in_two_inputs_means_both():
    left, right = Flow({1: pairs("t.amount"), 2: pairs("t.at")}), Flow({1: pairs("c.name")})
    assert (
        beside([left, right]).origins
        == beside([right, left]).origins
        == {1: pairs("t.amount c.name"), 2: pairs("t.at")}
    )


class ConnectFrame:
    """As much of Spark Connect's frame as needs no server."""

    columns = ("name", "country")

    def __getattr__(self, name):
        raise PySparkAttributeError(errorClass="JVM_ATTRIBUTE_NOT_SUPPORTED", messageParameters={"attr_name": name})


def test_a_connect_frame_has_no_plan_here():
    assert column_lineage(ConnectFrame()) == Lineage(
        {}, NOWHERE, frozenset({"name", "country"}), unknown_influences=True
    )
