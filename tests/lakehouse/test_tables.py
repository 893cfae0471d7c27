import json
import os
import re
import subprocess
import sys
import textwrap
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pyarrow as pa
import pytest
from contract_files import column, contract, on_violation, predicate
from locations import Location, countries, daily, failure, weekly
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

import clv_assets
from lakehouse import publish
from lakehouse.contracts.document import contracts_in
from lakehouse.contracts.verdicts import Counters, Verdict
from lakehouse.errors import ContractError
from lakehouse.static_lineage import AS_REVIEWED, TableLineage

SINGLE = {"backfill_policy": dg.BackfillPolicy.single_run()}
DAY, A = column("day", "date", partitioned=True), column("a", "int", logicalTypeOptions={"minimum": 0})
MONDAY = date(2026, 1, 5)

# Dagster says so of backfill policies.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def day(number: int) -> str:
    return (MONDAY + timedelta(days=number)).isoformat()


@pytest.fixture(scope="module")
def instance():
    """One event log for all of this file: every test has asset keys of its own."""
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def build(instance, package, tmp_path):
    """A location of these assets and contracts, by table name."""

    def build(engine, assets, tables, **fields) -> Location:
        contracts = [
            contract(tmp_path, f"{package}.{name}", columns, **words) for name, (columns, words) in tables.items()
        ]
        prefixed = [one.with_attributes(asset_key_replacements=_prefixed(one, package)) for one in assets]
        return Location(engine, instance, package, prefixed, contracts, **fields)

    return build


def _prefixed(asset, package):
    keys = {*asset.keys, *asset.keys_by_input_name.values()}
    return {key: dg.AssetKey([package, *key.path]) for key in keys if len(key.path) == 1}


def numbers(engine, rows, schema="a int"):
    """An asset `numbers` that holds what `rows` holds when it runs."""

    @dg.asset
    def numbers() -> DataFrame:
        return engine.session.createDataFrame(rows, schema)

    return numbers


def visits(engine, rows, **fields):
    """A daily asset `visits`: the rows of the days that are asked for."""

    @dg.asset(**{"partitions_def": daily, **SINGLE, **fields})
    def visits(context: dg.AssetExecutionContext) -> DataFrame:
        keys = context.partition_keys
        found = [(date.fromisoformat(key), a) for key, a in rows if key in keys]
        return engine.session.createDataFrame(found, "day date, a int")

    return visits


NUMBERS = {"numbers": ([A], {})}
VISITS = {"visits": ([DAY, A], {})}


def test_a_table_is_made_and_read_again(engine, build):
    @dg.asset
    def doubled(numbers: DataFrame) -> DataFrame:
        return numbers.select((F.col("a") * 2).alias("a"))

    location = build(engine, [numbers(engine, [(1,), (2,)]), doubled], NUMBERS | {"doubled": ([A], {})})
    assert location.run("numbers").success
    assert location.run("doubled").success
    assert location.rows("doubled") == [(2,), (4,)]
    assert location.engine.lake.table(f"{location.package}.numbers").location().startswith(engine.lake.warehouse)


def test_a_day_and_a_range_of_days(engine, build):
    rows = [(day(n), n) for n in range(4)]
    location = build(engine, [visits(engine, rows)], VISITS)
    assert location.run("visits", day=day(0)).success
    assert location.run("visits", day=day(1), last=day(3)).success
    assert [a for _, a in location.rows("visits")] == [0, 1, 2, 3]


def test_a_range_is_one_write_and_one_snapshot(disk_engine, build, monkeypatch):
    written, write = [], publish._write
    monkeypatch.setattr(publish, "_write", lambda *args: (written.append(1), write(*args))[1])
    location = build(disk_engine, [visits(disk_engine, [(day(n), n) for n in range(40)])], VISITS)
    assert location.run("visits", day=day(0), last=day(39)).success
    snapshots = disk_engine.lake.table(f"{location.package}.visits").snapshots()
    assert (len(written), len(snapshots)) == (1, 2)  # the first is the empty table
    assert len(location.instance.get_materialized_partitions(location.key("visits"))) == 40
    assert len(location.rows("visits")) == 40


def test_weeks_and_countries_are_partitions_too(disk_engine, build):
    @dg.asset(partitions_def=weekly, **SINGLE)
    def weeks(context: dg.AssetExecutionContext) -> DataFrame:
        return disk_engine.session.createDataFrame(
            [(date.fromisoformat(key), n) for n, key in enumerate(context.partition_keys)], "day date, a int"
        )

    @dg.asset(partitions_def=countries)
    def shops(context: dg.AssetExecutionContext) -> DataFrame:
        return disk_engine.session.createDataFrame([(context.partition_key, 1)], "country string, a int")

    @dg.asset(partitions_def=countries)
    def read(context: dg.AssetExecutionContext, shops: pa.Table) -> DataFrame:
        assert set(shops["country"].to_pylist()) == {context.partition_key}
        return disk_engine.session.createDataFrame(shops)

    @dg.asset(partitions_def=countries)
    def read_by_spark(context: dg.AssetExecutionContext, shops: DataFrame) -> DataFrame:
        return shops

    country = column("country", "string", partitioned=True)
    tables = {name: ([country, A], {}) for name in ("shops", "read", "read_by_spark")} | {"weeks": ([DAY, A], {})}
    location = build(disk_engine, [weeks, shops, read, read_by_spark], tables)
    assert location.run("weeks", day=day(0), last=day(14)).success
    for key in countries.get_partition_keys():
        assert location.run("shops", day=key).success
        assert location.run("read", day=key).success
        assert location.run("read_by_spark", day=key).success
    assert sorted(when.isoformat() for when, _ in location.rows("weeks")) == [day(0), day(7), day(14)]
    for name in ("shops", "read", "read_by_spark"):
        assert sorted(key for key, _ in location.rows(name)) == sorted(countries.get_partition_keys())


def summed(name: str, of: str, **fields):
    """A weekly asset: which rows its input had."""

    def body(context: dg.AssetExecutionContext, visits: DataFrame) -> DataFrame:
        first = F.lit(context.partition_key).cast("date").alias("day")
        return visits.agg(first, F.coalesce(F.sum("a"), F.lit(0)).cast("int").alias("a"))

    return dg.asset(body, name=name, partitions_def=weekly, ins={"visits": dg.AssetIn(of, **fields)})


MAPPINGS = {
    "own week": ({}, 2, sum(range(14, 21))),
    "weeks before": ({"partition_mapping": dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)}, 2, 70),
    "everything before": (
        {"partition_mapping": dg.TimeWindowPartitionMapping(start_offset=-999, end_offset=-1)},
        2,
        91,
    ),
    "nothing before": ({"partition_mapping": dg.TimeWindowPartitionMapping(start_offset=-999, end_offset=-1)}, 0, 0),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_an_input_holds_the_partitions_its_mapping_asks_for(disk_engine, build, name):
    mapping, week, expected = MAPPINGS[name]
    rows = [(day(n), n) for n in range(28)]
    weeks = summed("weeks", "visits", **mapping)
    location = build(disk_engine, [visits(disk_engine, rows), weeks], VISITS | {"weeks": ([DAY, A], {})})
    assert location.run("visits", day=day(0), last=day(27)).success
    result = location.run("weeks", day=day(7 * week))
    assert result.success, failure(result)
    assert [a for _, a in location.rows("weeks")] == [expected]


def in_form(form):
    def body(numbers):
        rows = numbers.collect() if form is pl.LazyFrame else numbers
        assert isinstance(numbers, form)
        return rows

    body.__annotations__ = {"numbers": form, "return": pa.Table if form is pa.Table else pl.DataFrame}
    return dg.asset(body, name="copied")


@pytest.mark.parametrize("form", [pa.Table, pl.DataFrame, pl.LazyFrame])
def test_a_consumer_reads_and_returns_the_form_it_says(engine, build, form):
    columns = [
        column("text", "string"),
        column("moment", "timestamp"),
        column("share", "double"),
        column("price", "decimal(12,2)"),
        column("tags", "array<string>"),
        column("day", "date"),
    ]
    row = ("é", pa.scalar(1, pa.timestamp("us")).as_py(), 0.5, None, ["a", None], MONDAY)
    schema = "text string, moment timestamp, share double, price decimal(12,2), tags array<string>, day date"
    location = build(
        engine, [numbers(engine, [row], schema), in_form(form)], {"numbers": (columns, {}), "copied": (columns, {})}
    )
    assert location.run("numbers").success
    result = location.run("copied")
    assert result.success, failure(result)
    assert location.rows("copied") == location.rows("numbers")


WITHOUT_JVM = """
    import sys

    import dagster as dg
    import pyarrow as pa
    from pyspark import SparkContext

    from lakehouse.contracts.document import read
    from lakehouse.lake import Lake
    from lakehouse.spark import Spark
    from lakehouse.tables import SparkTableIOManager

    catalog, warehouse, path, package = sys.argv[1:]
    from pathlib import Path

    contract = read(Path(path))
    spark = Spark(lake=Lake(catalog_url=catalog, warehouse=warehouse))
    kept = dg.AssetSpec([package, "numbers"], metadata={"dagster/io_manager_key": "lake"})

    @dg.asset(ins={"numbers": dg.AssetIn([package, "numbers"])})
    def total(numbers: pa.Table) -> None:
        print("sum", sum(numbers["a"].to_pylist()))

    done = dg.materialize(
        [kept, total], resources={"lake": SparkTableIOManager(spark, {contract.key: contract})}, selection=[total],
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert done.success
    assert SparkContext._gateway is None
    assert "session" not in vars(spark)
"""


def test_a_process_without_java_reads_a_table(disk_engine, build, tmp_path):
    location = build(disk_engine, [numbers(disk_engine, [(1,), (2,)])], NUMBERS)
    assert location.run("numbers").success
    script = tmp_path / "reads.py"
    script.write_text(textwrap.dedent(WITHOUT_JVM))
    lake, (told,) = disk_engine.lake, location.contracts
    found = subprocess.run(
        [sys.executable, script, lake.catalog_url, lake.warehouse, told.path, location.package],
        env={"PATH": "/nowhere", "HOME": os.environ["HOME"], "DAGSTER_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "sum 3" in found.stdout, found.stderr


def test_every_write_leaves_its_evidence_in_2_kb(disk_engine, build):
    location = build(disk_engine, [visits(disk_engine, [(day(0), 1), (day(0), -1), (day(1), 2)])], VISITS)
    location.run("visits", day=day(0), last=day(1))
    location.run("visits", day=day(0))
    made, table = location.made("visits"), disk_engine.lake.table(f"{location.package}.visits")
    evidence = {name: value.value for name, value in made.metadata.items()}
    current = table.current_snapshot().snapshot_id
    (told,) = location.contracts
    assert evidence.keys() >= {"heirloom/seconds", "heirloom/lineage"}
    assert evidence["dagster/row_count"] == 2
    assert evidence["dagster/partition_row_count"] == 1
    assert evidence["heirloom/snapshot"] == made.tags["dagster/data_version"] == str(current)
    assert evidence["heirloom/contract"] == f"{told.reference} {told.digest}"
    assert json.loads(evidence["heirloom/verdict"])["violations"] == {"a_ge_0": 1}
    assert len(json.dumps(evidence)) < 2000


def test_a_range_says_nothing_of_one_partition(disk_engine, build):
    location = build(disk_engine, [visits(disk_engine, [(day(0), 1), (day(1), 2)])], VISITS)
    location.run("visits", day=day(0), last=day(1))
    assert "dagster/partition_row_count" not in location.made("visits").metadata
    assert location.made("visits").metadata["dagster/row_count"].value == 2


def test_the_widest_contract_of_the_house_leaves_less_than_2_kb(tmp_path):
    for told in contracts_in(Path(clv_assets.__file__).parent / "contracts").values():
        some = dict.fromkeys([rule.name for rule in told.row_rules][:20], 1_000_000)
        assert len(Verdict.of(Counters(rows=10**9, rejected=10**6, violations=some), told).as_json()) < 1700


def test_every_check_is_evaluated(disk_engine, build):
    quality = [{"metric": "rowCount", "mustBeGreaterThan": 0}, predicate("odd", "a % 2 = 1", severity="warning")]
    location = build(disk_engine, [numbers(disk_engine, [(1,)])], {"numbers": ([A], {"quality": quality})})
    assert location.run("numbers").success
    expected = {key.name for key in location.defs.resolve_asset_graph().asset_check_keys}
    assert expected == {"schema", "types", "a_ge_0", "row_count_gt_0", "odd", "rejected_share"}
    assert {name: location.evaluation("numbers", name).passed for name in expected} == dict.fromkeys(expected, True)


ALLOWED = [{"metric": "invalidValues", "arguments": {"validValues": [1]}, "mustBe": 0}]
# One column for each kind of rule on a row, and a row that breaks it.
ROW_RULES = {
    "whole": (column("whole", "int"), "x", "types"),
    "known": (column("known", "string", required=True), None, "known_not_null"),
    "small": (column("small", "int", logicalTypeOptions={"maximum": 5}), "6", "small_le_5"),
    "share": (column("share", "double"), "Infinity", "share_finite"),
    "lower": (column("lower", "string", logicalTypeOptions={"pattern": "^[0-9a-z]+$"}), "B", "lower_matches"),
    "short": (column("short", "string", logicalTypeOptions={"maxLength": 2}), "long", "short_length_le_2"),
    "listed": (column("listed", "int", quality=ALLOWED), "2", "listed_allowed"),
    "once": (column("once", "int", unique=True), "1", "once_unique"),
    "key": (column("key", "int", primaryKey=True), "1", "primary_key"),
    "even": (column("even", "int", quality=[predicate("is_one", "even = 1")]), "2", "is_one"),
    "warned": (column("warned", "int", quality=[predicate("is_two", "warned = 2", severity="warning")]), "1", "is_two"),
}
# What blocks a version: further words of the contract, the asset's rows, and the check.
BLOCKING = {
    "row": ({"quality": [predicate("even", "a % 2 = 0", **on_violation("block"))]}, ["1", "2"], "even"),
    "rows": ({"quality": [{"metric": "rowCount", "mustBeGreaterThan": 1}]}, ["1"], "row_count_gt_1"),
    "mean": (
        {"quality": [{"name": "mean", "type": "sql", "query": "select avg(a) from ${object}", "mustBe": 2}]},
        ["1"],
        "mean",
    ),
    "share": ({}, ["x"], "rejected_share"),
    "columns": ({"columns": [column("b", "int")]}, ["1"], "schema"),
}


@pytest.fixture(scope="module")
def reddened(disk_engine, tmp_path_factory):
    """A good row, and for each kind of rule one that breaks it and no other."""
    names = list(ROW_RULES)
    unlike = {"once": 0, "key": 0}

    def row(number: int, **broken):
        good = {name: str(100 + number) if name in unlike else "1" for name in names}
        return tuple((good | broken)[name] for name in names)

    rows = [row(0, once="1", key="1", warned="2")]
    rows += [row(n, **{"warned": "2", name: ROW_RULES[name][1]}) for n, name in enumerate(names, 1)]
    told = contract(
        tmp_path_factory.mktemp("contracts"),
        "reddened.numbers",
        [words for words, _, _ in ROW_RULES.values()],
        customProperties=[{"property": "rejectedShare", "value": 1}],
    )
    source = numbers(disk_engine, rows, ", ".join(f"{name} string" for name in names))
    with dg.DagsterInstance.ephemeral() as instance:
        asset = source.with_attributes(asset_key_replacements=_prefixed(source, "reddened"))
        location = Location(disk_engine, instance, "reddened", [asset], [told])
        assert location.run("numbers").success
        yield location


@pytest.mark.parametrize("name", ROW_RULES)
def test_every_kind_of_rule_on_a_row_turns_its_check_red(reddened, name):
    found = reddened.evaluation("numbers", ROW_RULES[name][2])
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description.startswith("1 of 12 rows violate")


@pytest.mark.parametrize("name", BLOCKING)
def test_what_blocks_a_version_turns_its_check_red(disk_engine, build, name):
    words, values, check = BLOCKING[name]
    columns = words.get("columns", [column("a", "int")])
    source = numbers(disk_engine, [(value,) for value in values], "a string")
    rest = {key: value for key, value in words.items() if key != "columns"}
    location = build(disk_engine, [source], {"numbers": (columns, rest)})
    assert not location.run("numbers").success
    found = location.evaluation("numbers", check)
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_rows_outside_of_their_partitions_turn_a_check_red(disk_engine, build):
    location = build(disk_engine, [visits(disk_engine, [(day(0), 1)])], VISITS)

    @dg.asset(partitions_def=daily, key=location.key("visits"))
    def stray() -> DataFrame:
        return disk_engine.session.createDataFrame([(MONDAY, 1), (MONDAY + timedelta(days=1), 1)], "day date, a int")

    location.assets = [stray]
    assert location.run("visits", day=day(0)).success
    found = location.evaluation("visits", "in_partition")
    assert (found.passed, found.description) == (False, "1 of 2 rows violate in_partition")


def test_a_blocked_attempt_is_red_with_counts_and_readers_keep_the_last_version(disk_engine, build):
    rows = [(1,), (2,)]

    @dg.asset
    def copied(numbers: DataFrame) -> DataFrame:
        return numbers

    location = build(disk_engine, [numbers(disk_engine, rows), copied], NUMBERS | {"copied": ([A], {})})
    assert location.run("numbers").success
    good = location.made("numbers")
    rows[:] = [(-1,), (-2,), (3,)]
    result = location.run("numbers")
    assert not result.success
    assert "was not written: rejected_share is 0.666667" in failure(result)
    red = location.evaluation("numbers", "rejected_share")
    assert (red.passed, red.description) == (False, "attempt refused: rejected_share is 0.666667")
    assert json.loads(red.metadata["heirloom/verdict"].value)["rejected"] == 2
    assert location.evaluation("numbers", "a_ge_0").description == "attempt refused: 2 of 3 rows violate a_ge_0"
    assert location.made("numbers") == good
    assert location.run("copied").success
    assert location.rows("copied") == [(1,), (2,)]


def test_the_next_good_write_turns_a_blocked_check_green(disk_engine, build):
    rows = [(-1,)]
    location = build(disk_engine, [numbers(disk_engine, rows)], NUMBERS)
    assert not location.run("numbers").success
    rows[:] = [(1,)]
    assert location.run("numbers").success
    assert location.evaluation("numbers", "rejected_share").passed


@pytest.mark.parametrize("form", [DataFrame, pa.Table])
def test_a_table_whose_first_write_was_blocked_is_not_read_as_an_empty_one(disk_engine, build, form):
    def copied(numbers):
        return numbers

    copied.__annotations__ = {"numbers": form, "return": form}
    location = build(disk_engine, [numbers(disk_engine, [(-1,)]), dg.asset(copied)], NUMBERS | {"copied": ([A], {})})
    assert not location.run("numbers").success
    assert f"lake.{location.package}.numbers has no version yet: materialise" in failure(location.run("copied"))


def test_a_table_that_was_never_made_says_how_to_make_it(disk_engine, build):
    location = build(disk_engine, [numbers(disk_engine, []), in_form(pa.Table)], NUMBERS | {"copied": ([A], {})})
    sentence = f"does not exist yet: materialise {location.package}/numbers first (dagster asset materialize"
    assert sentence in failure(location.run("copied"))


def test_a_new_column_of_a_blocked_write_is_not_read(disk_engine, build, tmp_path):
    rows = [(1,)]
    location = build(disk_engine, [numbers(disk_engine, rows), in_form(pa.Table)], NUMBERS | {"copied": ([A], {})})
    assert location.run("numbers").success
    wider = contract(tmp_path, f"{location.package}.numbers", [A, column("b", "int")], version="2.0.0")
    location.contracts = [wider, location.contracts[1]]
    location.assets = [_renamed(numbers(disk_engine, [(-1, 1)], "a int, b int"), location), location.assets[1]]
    assert not location.run("numbers").success
    assert location.run("copied").success
    assert location.rows("copied") == [(1,)]


def _renamed(asset, location):
    return asset.with_attributes(asset_key_replacements=_prefixed(asset, location.package))


def test_a_check_looks_at_every_current_partition(disk_engine, build):
    rows = [(day(0), -1), (day(0), 1), (day(1), 1)]
    location = build(disk_engine, [visits(disk_engine, rows)], VISITS)
    assert location.run("visits", day=day(0)).success
    assert location.run("visits", day=day(1)).success
    found = location.evaluation("visits", "a_ge_0")
    assert (found.passed, found.metadata["violations"].value) == (False, 1)
    rows.remove((day(0), -1))
    assert location.run("visits", day=day(0)).success
    assert location.evaluation("visits", "a_ge_0").description == "holds for 2 rows"


def test_a_check_that_finds_no_verdict_is_red(disk_engine, build):
    location = build(disk_engine, [numbers(disk_engine, [(1,)])], NUMBERS)
    location.check("numbers")
    found = location.evaluation("numbers", "a_ge_0")
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    location.instance.report_runless_asset_event(dg.AssetMaterialization(location.key("numbers")))
    location.check("numbers")
    said = "1 of 1 current writes were not judged by this rule: materialise their partitions again"
    assert location.evaluation("numbers", "a_ge_0").description == said


@pytest.mark.parametrize("quality", [
    [predicate("a_small", "a < 10")],
    [predicate("a_small", "a < 5")],
])  # fmt: skip
def test_a_rule_that_came_or_changed_since_has_not_passed(disk_engine, build, tmp_path, quality):
    before = [predicate("a_small", "a < 100")] if quality[0]["implementation"] == "a < 5" else []
    location = build(disk_engine, [numbers(disk_engine, [(1,)])], {"numbers": ([A], {"quality": before})})
    assert location.run("numbers").success
    location.contracts = [contract(tmp_path, f"{location.package}.numbers", [A], quality=quality)]
    location.check("numbers")
    found = location.evaluation("numbers", "a_small")
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert location.evaluation("numbers", "a_ge_0").passed


def test_an_asset_without_a_contract_is_refused(disk_engine, build):
    location = build(disk_engine, [numbers(disk_engine, [(1,)])], {})
    said = failure(location.run("numbers"))
    assert f"write {location.package}_assets/contracts/numbers.yaml (id: {location.package}.numbers)" in said


@pytest.mark.parametrize("value", [[1], "text", 3, {"a": 1}])
def test_what_is_no_table_is_refused(disk_engine, build, value):
    @dg.asset(name="numbers")
    def odd():
        return value

    said = failure(build(disk_engine, [odd], NUMBERS).run("numbers"))
    assert f"returned {type(value).__name__}: a table asset returns a pyspark DataFrame" in said


def test_a_contract_of_no_asset_is_refused_when_loading(disk_engine, build):
    location = build(disk_engine, [numbers(disk_engine, [])], NUMBERS | {"nubmers": ([A], {})})
    with pytest.raises(ContractError, match=rf"nubmers\.yaml: there is no asset {location.package}/nubmers"):
        _ = location.defs


def test_a_partitioned_asset_without_a_partition_column_is_refused_when_loading(disk_engine, build):
    location = build(disk_engine, [visits(disk_engine, [])], {"visits": ([column("day", "date"), A], {})})
    with pytest.raises(ContractError, match=r"visits\.yaml: .*/visits has partitions, but none of its columns holds"):
        _ = location.defs


def test_partitions_of_an_hour_are_refused(disk_engine, build):
    hourly = dg.HourlyPartitionsDefinition("2026-01-05-00:00", end_date="2026-01-06-00:00")
    source = visits(disk_engine, [], partitions_def=hourly)
    said = failure(build(disk_engine, [source], VISITS).run("visits", day="2026-01-05-03:00"))
    assert "a partition begins at 2026-01-05T03:00:00+00:00: tables are partitioned by whole days" in said


def test_partitions_of_two_dimensions_are_refused(disk_engine, build):
    both = dg.MultiPartitionsDefinition({"day": daily, "country": countries})
    source = visits(disk_engine, [], partitions_def=both, backfill_policy=None)
    said = failure(build(disk_engine, [source], VISITS).run("visits", day=f"AT|{day(0)}"))
    assert "is partitioned by MultiPartitionsDefinition: tables know time windows" in said


def reviewed(location, **columns):
    told = {name: ((f"{location.package}/{asset}", of),) for name, (asset, of) in columns.items()}
    return {f"{location.package}/doubled": TableLineage(columns=told, influences=())}


@pytest.mark.parametrize(
    ("origin", "said"), [("a", AS_REVIEWED), ("b", "a comes from .*numbers.a, reviewed was .*numbers.b")]
)
def test_lineage_is_compared_at_every_write(disk_engine, build, origin, said):
    @dg.asset
    def doubled(numbers: DataFrame) -> DataFrame:
        return numbers.select((F.col("a") * 2).alias("a"))

    columns = [A, column("b", "int")]
    location = build(
        disk_engine,
        [numbers(disk_engine, [(1, 2)], "a int, b int"), doubled],
        {"numbers": (columns, {}), "doubled": ([A], {})},
    )
    location.lineage = reviewed(location, a=("numbers", origin))
    assert location.run("numbers").success
    assert location.run("doubled").success
    found = location.evaluation("doubled", "column_lineage")
    assert found.passed == (origin == "a")
    assert re.search(said, found.description)


def test_lineage_that_no_write_showed_is_red(disk_engine, build):
    location = build(disk_engine, [numbers(disk_engine, [(1,)])], NUMBERS)
    location.lineage = {f"{location.package}/numbers": TableLineage(columns={}, influences=())}
    location.check("numbers")
    found = location.evaluation("numbers", "column_lineage")
    assert (found.passed, found.description) == (False, "no write has been observed")


def gate(location_key, *, passed, severity=dg.AssetCheckSeverity.ERROR):
    """A blocking check `fair` that says what `passed` holds when it runs."""

    @dg.asset_check(asset=location_key, name="fair", blocking=True)
    def fair() -> dg.AssetCheckResult:
        if passed[0] is None:
            raise RuntimeError("the gate broke")
        return dg.AssetCheckResult(passed=passed[0], severity=severity, description="0.3 below 0.5")

    return fair


@pytest.fixture
def guarded(disk_engine, build):
    """`numbers` behind the gate `fair`, and `copied`, which reads it."""

    def guarded(passed, form=DataFrame, **fields):
        def copied(numbers):
            return numbers

        copied.__annotations__ = {"numbers": form, "return": form}
        source = numbers(disk_engine, rows := [(1,)])
        location = build(disk_engine, [source, dg.asset(copied)], NUMBERS | {"copied": ([A], {})})
        location.checks = [gate(location.key("numbers"), passed=passed, **fields)]
        return location, rows

    return guarded


@pytest.mark.parametrize("form", [DataFrame, pa.Table, pl.DataFrame])
def test_a_failed_gate_stops_readers_of_a_later_run(guarded, form):
    location, _ = guarded([False], form)
    assert not location.run("numbers").success
    said = failure(location.run("copied"))
    assert f"{location.package}/numbers must not be read: its gate fair failed: 0.3 below 0.5. Run its checks" in said


def test_a_gate_that_passed_lets_readers_through(guarded):
    location, _ = guarded([True])
    assert location.run("numbers").success
    assert location.run("copied").success


def test_a_gate_that_warns_lets_readers_through(guarded):
    location, _ = guarded([False], severity=dg.AssetCheckSeverity.WARN)
    assert location.run("numbers").success
    assert location.run("copied").success


def test_a_gate_that_was_never_evaluated_is_closed(guarded):
    location, _ = guarded([True])
    location.checks, checks = [], location.checks
    assert location.run("numbers").success
    location.checks = checks
    assert "its gate fair was never evaluated" in failure(location.run("copied"))
    assert location.check("numbers").success
    assert location.run("copied").success


def test_a_gate_that_broke_is_closed(guarded):
    location, _ = guarded([None])
    assert not location.run("numbers").success
    assert "its gate fair was never evaluated" in failure(location.run("copied"))


def test_a_gate_of_the_version_before_is_closed(guarded):
    location, rows = guarded(passed := [True])
    assert location.run("numbers").success
    rows[:], passed[0] = [(2,)], None
    assert not location.run("numbers").success
    assert "its gate fair has not been evaluated since it was last made" in failure(location.run("copied"))


def test_a_blocked_attempt_leaves_the_gate_of_the_current_version_open(guarded):
    location, rows = guarded([True])
    assert location.run("numbers").success
    rows[:] = [(-1,)]
    assert not location.run("numbers").success
    assert location.run("copied").success
    assert location.rows("copied") == [(1,)]


def test_a_gate_may_look_at_what_it_guards_and_at_nothing_else_behind_a_gate(disk_engine, build):
    passed, seen = [False], []

    @dg.asset
    def others(numbers: pa.Table) -> pa.Table:
        return numbers

    location = build(disk_engine, [numbers(disk_engine, [(1,)]), others], NUMBERS | {"others": ([A], {})})

    @dg.asset_check(asset=location.key("numbers"), name="looks", blocking=True)
    def looks(numbers: pa.Table) -> dg.AssetCheckResult:
        seen.append(numbers.num_rows)
        return dg.AssetCheckResult(passed=passed[0])

    @dg.asset_check(asset=location.key("others"), additional_ins={"numbers": dg.AssetIn(location.key("numbers"))})
    def compares(others: pa.Table, numbers: pa.Table) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    location.checks = [looks, compares]
    assert not location.run("numbers").success
    assert seen == [1]
    location.checks, passed[0] = [compares], True
    assert location.run("others").success
    location.checks, passed[0] = [looks, compares], False
    assert not location.check("numbers").success
    assert "its gate looks failed" in failure(location.check("others"))
