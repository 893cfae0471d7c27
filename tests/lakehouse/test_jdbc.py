import sqlite3
from contextlib import closing
from datetime import date, datetime

import dagster as dg
import pytest
from contract_files import column, contract
from locations import Location, daily, failure
from pyspark.sql import DataFrame

from lakehouse.errors import LakehouseError, LakeUnavailable
from lakehouse.jdbc import TABLE, JdbcSource
from lakehouse.lake import Lake
from lakehouse.spark import Spark

SHOP = """
    create table orders (id integer, customer text, price real, count integer, at timestamp, vip boolean);
    insert into orders values
        (1, 'é', 1.5, 1099511627776, '2026-01-05 00:00:00', 1), (2, null, null, null, '2026-01-05 23:59:59', 0),
        (3, 'x', -0.5, -1, '2026-01-06 00:00:00', null);
"""
DRIVER = "HEIRLOOM_SHOP"


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP)
    return path


@pytest.fixture
def source(disk_engine, shop):
    return JdbcSource(disk_engine, f"sqlite:///{shop}", setting=DRIVER)


def test_a_table_is_read_with_its_types(source):
    frame = source.read("orders")
    assert dict(frame.dtypes) == {
        "id": "bigint", "customer": "string", "price": "double", "count": "bigint", "at": "timestamp", "vip": "boolean",
    }  # fmt: skip
    assert frame.count() == 3


def test_a_number_that_does_not_fit_into_an_int_arrives_as_it_is(source):
    assert source.read("orders").where("id = 1").first()["count"] == 2**40


def test_the_source_is_never_written(source, shop):
    with pytest.raises(Exception, match=r"readonly|read-only|READONLY"):
        source.read("orders").limit(1).write.format("jdbc").options(**source._options(), dbtable="orders").mode(
            "append"
        ).save()


@pytest.mark.parametrize(("url", "table", "why"), [
    ("sqlite:////nowhere/shop.db", "orders", "'/nowhere' does not exist"),
    ("sqlite:///{shop}.gone", "orders", "Unable to open the database file"),
    ("sqlite:///{shop}", "ordres", "no such table: ordres"),
])  # fmt: skip
def test_what_is_missing_is_named_with_its_setting(disk_engine, shop, url, table, why):
    url = url.format(shop=shop)
    sentence = rf"table {table} of the source database cannot be read \(HEIRLOOM_SHOP={url}\): .*{why}.*then run again"
    with pytest.raises(LakeUnavailable, match=sentence):
        JdbcSource(disk_engine, url, setting=DRIVER).read(table)


def test_another_database_is_refused_with_examples(disk_engine):
    source = JdbcSource(disk_engine, "mysql://me:secret@db/shop", setting=DRIVER)
    with pytest.raises(LakehouseError, match=r"HEIRLOOM_SHOP=mysql://me:\*\*\*@db/shop is no database known here: use"):
        source.read("orders")


def test_a_password_is_never_shown(disk_engine):
    source = JdbcSource(disk_engine, "postgresql://me:se%40cret@127.0.0.1:1/shop", setting=DRIVER)
    assert "cret" not in repr(source)
    with pytest.raises(LakeUnavailable, match=r"HEIRLOOM_SHOP=postgresql://me:\*\*\*@127.0.0.1:1/shop") as refused:
        source.read("orders")
    causes = [str(refused.value), str(refused.value.__cause__)]
    assert not any(word in text for text in causes for word in ("se%40cret", "se@cret"))
    assert source._options()["password"] == "se@cret"


def test_a_postgresql_address_without_a_port_has_the_usual_one():
    source = JdbcSource(Spark(lake=Lake(catalog_url="", warehouse="")), "postgresql://me@db/shop", setting=DRIVER)
    assert source._options()["url"] == "jdbc:postgresql://db:5432/shop"


@pytest.fixture
def build(disk_engine, instance, package, tmp_path, source):
    def build(seen=None, *, metadata=None, checks=()):
        told = {"dagster/io_manager_key": "shop", "partition_expr": "at", TABLE: "orders", **(metadata or {})}
        orders = dg.AssetSpec(
            ["shop", "sold"], partitions_def=daily, metadata={key: value for key, value in told.items() if value}
        )

        @dg.asset(key=[package, "landed"], partitions_def=daily, ins={"lines": dg.AssetIn(["shop", "sold"])})
        def landed(context: dg.AssetExecutionContext, lines: DataFrame) -> DataFrame:
            if seen is not None:
                seen.append(lines._jdf.queryExecution().executedPlan().toString())
            return lines.selectExpr("to_date(at) as day", "id")

        columns = [column("day", "date", partitioned=True), column("id", "int")]
        return Location(
            disk_engine, instance, package, [orders, landed], [contract(tmp_path, f"{package}.landed", columns)],
            checks=checks, resources={"shop": source},
        )  # fmt: skip

    return build


def test_a_day_is_asked_for_where_the_rows_are(build):
    location = build(seen := [])
    result = location.run("landed", day="2026-01-05")
    assert result.success, failure(result)
    assert sorted(location.rows("landed")) == [(date(2026, 1, 5), 1), (date(2026, 1, 5), 2)]
    (plan,) = seen
    assert "*GreaterThanOrEqual(at,2026-01-05), *LessThan(at,2026-01-06)]" in plan


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"])
def test_midnight_belongs_to_the_day_it_begins_however_it_is_written(build, shop, form):
    moments = [datetime(2026, 1, day, *time) for day in (5, 6) for time in ((0, 0), (23, 59))]  # noqa: DTZ001
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("delete from orders")
        rows = [(number, moment.strftime(form)) for number, moment in enumerate(moments)]
        connection.executemany("insert into orders (id, at) values (?, ?)", rows)
        connection.commit()
    location = build()
    for day in ("2026-01-05", "2026-01-06"):
        assert location.run("landed", day=day).success
    assert sorted(id_ for _, id_ in location.rows("landed")) == [0, 1, 2, 3]


def test_a_moment_that_is_none_does_not_lose_the_day(build, shop):
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("insert into orders (id, at) values (9, '2026-01-05 25:61')")
        connection.commit()
    location = build()
    assert location.run("landed", day="2026-01-05").success
    assert len(location.rows("landed")) == 2
    assert location.evaluation("landed", "in_partition").description == "1 of 3 rows violate in_partition"


def test_a_partitioned_source_that_does_not_say_by_what_is_refused(build):
    said = failure(build(metadata={"partition_expr": None}).run("landed", day="2026-01-05"))
    assert "shop/sold is partitioned, but its spec does not say by which column: add metadata={'partition_expr'" in said


def test_a_source_behind_a_gate_is_not_read_before_it_passed(build):
    passed = [False]

    @dg.asset_check(asset=["shop", "sold"], blocking=True)
    def complete() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=passed[0], description="half of the day is missing")

    location = build(checks=[complete])
    key = dg.AssetKey(["shop", "sold"])
    assert "its gate complete was never evaluated" in failure(location.run("landed", day="2026-01-05"))
    for passed[0], sentence in ((False, "its gate complete failed: half of the day is missing"), (True, None)):
        found = dg.AssetCheckEvaluation(key, "complete", passed=passed[0], description="half of the day is missing")
        location.instance.report_runless_asset_event(found)
        result = location.run("landed", day="2026-01-05")
        assert result.success if sentence is None else sentence in failure(result)


def test_a_source_is_nobodys_output(source):
    context = dg.build_output_context(asset_key=dg.AssetKey(["shop", "sold"]))
    with pytest.raises(LakehouseError, match="shop/sold belongs to its source system: it is only read here"):
        source.handle_output(context, None)


def test_a_source_that_goes_away_while_it_is_read_is_named_not_the_lake(build, shop):
    location = build()
    (landed,) = [one for one in location.assets if isinstance(one, dg.AssetsDefinition)]

    @dg.asset(key=landed.key, partitions_def=daily, ins={"lines": dg.AssetIn(["shop", "sold"])})
    def torn(lines: DataFrame) -> DataFrame:
        shop.unlink()
        return lines.selectExpr("to_date(at) as day", "id")

    location.assets = [location.assets[0], torn]
    said = failure(location.run("landed", day="2026-01-05"))
    assert (
        f"the source database of the rows for lake.{location.package}.landed cannot be read: [SQLITE_CANTOPEN]" in said
    )
    assert "(HEIRLOOM_SHOP); nothing was published, running again is safe" in said
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript(SHOP)
    location.assets = [location.assets[0], landed]
    assert location.run("landed", day="2026-01-05").success
