import json
import random
import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from contract_files import column, contract, on_violation, predicate
from pyspark.sql import functions as F  # noqa: N812

from lakehouse import publish as publishing
from lakehouse import writing
from lakehouse.errors import ContractError, LakehouseError, LakeUnavailable, SchemaMismatch
from lakehouse.partitions import Scope
from lakehouse.publish import BRANCH
from lakehouse.quarantine import Quarantine
from lakehouse.writing import Blocked, Door

SCHEMA = "day date, a int"
ONE, TWO, THREE = (date(2026, 1, day) for day in (1, 2, 3))
NO_SHARE = {"customProperties": [{"property": "rejectedShare", "value": 1}]}


def days(first: date, count: int = 1) -> Scope:
    return Scope(first.isoformat(), date.fromordinal(first.toordinal() + count).isoformat())


class Table:
    """One table and what may be asked of it: rows are read without Spark."""

    def __init__(self, engine, contract):
        self.engine, self.lake, self.contract = engine, engine.lake, contract

    def frame(self, rows, schema=SCHEMA):
        return self.engine.session.createDataFrame(rows, schema)

    def door(self, scope=None, *, run_id="run", **fields) -> Door:
        return Door(contract=self.contract, lake=self.lake, scope=scope, run_id=run_id, **fields)

    def write(self, rows, scope=None, *, schema=SCHEMA, **fields):
        return self.door(scope, **fields).write(self.frame(rows, schema))

    def under(self, contract):
        return Table(self.engine, contract)

    @property
    def rows(self):
        return read(self.lake, self.contract.id)

    @property
    def rejects(self):
        """(a, reasons, partition, run) of every row in quarantine."""
        name = f"{self.contract.id}__quarantine"
        if not self.lake.catalog.table_exists(name):
            return []
        found = self.lake.table(name).scan().to_arrow().to_pylist()
        return sorted((json.loads(one["row"])["a"], one["reasons"], one["partition"], one["run_id"]) for one in found)

    @property
    def branches(self):
        names = [self.contract.id, f"{self.contract.id}__quarantine"]
        tables = [self.lake.table(name) for name in names if self.lake.catalog.table_exists(name)]
        return [ref for table in tables for ref in table.refs() if ref != "main"]

    @property
    def snapshots(self):
        return [one.snapshot_id for one in self.lake.table(self.contract.id).snapshots()]


def read(lake, name):
    rows = lake.table(name).scan().to_arrow().to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=str)


@pytest.fixture
def plain(disk_engine, package, tmp_path):
    """A table of whole numbers from 0 on, half of which may be rejected."""
    columns = [column("a", "int", required=True, logicalTypeOptions={"minimum": 0})]
    return Table(disk_engine, contract(tmp_path, f"{package}.plain", columns))


@pytest.fixture
def daily(disk_engine, package, tmp_path):
    columns = [column("day", "date", partitioned=True), column("a", "int", logicalTypeOptions={"minimum": 0})]
    return Table(disk_engine, contract(tmp_path, f"{package}.daily", columns, **NO_SHARE))


def with_rules(table, *quality, **document):
    columns = [column("a", "int", logicalTypeOptions={"minimum": 0})]
    return table.under(contract(table.contract.path.parent, table.contract.id, columns, quality=quality, **document))


def test_a_first_write_and_a_second_replace_the_whole(plain):
    first = plain.write([(1,), (2,)], schema="a int")
    assert (plain.rows, first.total_rows, first.verdict.word) == ([(1,), (2,)], 2, "ok")
    second = plain.write([(3,)], schema="a int")
    assert (plain.rows, second.total_rows) == ([(3,)], 1)
    assert plain.lake.table(plain.contract.id).current_snapshot().snapshot_id == second.snapshot != first.snapshot
    assert plain.branches == []


def test_the_snapshot_says_which_run_wrote_it_by_which_contract(plain):
    plain.write([(1,)], schema="a int", run_id="run 7")
    summary = plain.lake.table(plain.contract.id).current_snapshot().summary.additional_properties
    assert (summary["heirloom.run"], summary["heirloom.contract"]) == ("run 7", plain.contract.reference)


def test_a_day_leaves_the_other_days_and_an_empty_one_is_cleared(daily):
    daily.write([(ONE, 1), (TWO, 2)], days(ONE, 2))
    daily.write([(TWO, 20), (TWO, 21)], days(TWO))
    assert daily.rows == [(ONE, 1), (TWO, 20), (TWO, 21)]
    daily.write([], days(TWO))
    assert daily.rows == [(ONE, 1)]


def test_a_range_is_one_snapshot_and_clears_its_days_without_rows(daily):
    daily.write([(ONE, 1), (TWO, 2), (THREE, 3)], days(ONE, 3))
    before = len(daily.snapshots)
    daily.write([(TWO, 22)], days(ONE, 2))
    assert daily.rows == [(TWO, 22), (THREE, 3)]
    assert len(daily.snapshots) == before + 1


def test_rows_of_other_partitions_are_rejected_not_written(daily):
    written = daily.write([(ONE, 1), (THREE, 3), (None, 4)], days(ONE))
    assert daily.rows == [(ONE, 1)]
    assert daily.rejects == [
        (3, ["in_partition"], "2026-01-01", "run"),
        (4, ["in_partition"], "2026-01-01", "run"),
    ]
    assert (written.verdict.valid, written.verdict.word) == (1, "warn")


def test_the_quarantine_is_replaced_partition_by_partition(daily):
    daily.write([(ONE, -1), (TWO, -2)], days(ONE, 2), run_id="first")
    daily.write([(TWO, -20), (TWO, 2)], days(TWO), run_id="second")
    assert daily.rejects == [
        (-20, ["a_ge_0"], "2026-01-02", "second"),
        (-1, ["a_ge_0"], "2026-01-01", "first"),
    ]
    daily.write([(TWO, 2)], days(TWO), run_id="third")
    assert daily.rejects == [(-1, ["a_ge_0"], "2026-01-01", "first")]


def test_an_unpartitioned_quarantine_is_replaced_whole(plain):
    plain.write([(-1,), (1,), (2,)], schema="a int", run_id="first")
    plain.write([(None,), (1,)], schema="a int", run_id="second")
    assert plain.rejects == [(None, ["a_not_null"], None, "second")]
    plain.write([(1,)], schema="a int")
    assert plain.rejects == []


def test_a_blocked_version_leaves_table_quarantine_and_branches_as_they_were(plain):
    plain.write([(-1,), (1,), (2,)], schema="a int", run_id="good")
    before = (plain.rows, plain.rejects, plain.snapshots)
    sentence = (
        rf"lake\.{plain.contract.id} was not written: rejected_share is 0\.666667 \({plain.contract.reference}\)\. "
        "Readers keep the last good version"
    )
    with pytest.raises(Blocked, match=sentence) as refused:
        plain.write([(-1,), (-2,), (3,)], schema="a int", run_id="bad")
    assert refused.value.verdict.failed == {"a_ge_0": "warn", "rejected_share": "block"}
    assert (plain.rows, plain.rejects) == before[:2]
    assert plain.branches == []


def test_a_row_rule_that_blocks_blocks_on_one_row(plain):
    table = with_rules(plain, predicate("no_seven", "a <> 7", **on_violation("block")))
    with pytest.raises(Blocked, match="1 of 3 rows violate no_seven"):
        table.write([(7,), (8,), (9,)], schema="a int")


TABLE_RULES = {
    "mean": ({"query": "select avg(a) from ${object}", "mustBeBetween": [1, 3]}, [1, 3], [1, 9]),
    "median": ({"query": "select percentile_approx(a, 0.5) from ${object}", "mustBe": 2}, [1, 2, 9], [1, 3, 9]),
    "distinct": ({"query": "select approx_count_distinct(a) from ${object}", "mustBe": 2}, [1, 2, 2], [1, 2, 3]),
    "some": ({"query": "select count(*) from ${object} where a > 1", "mustBeLessThan": 2}, [1, 2], [2, 3]),
    "rows": ({"metric": "rowCount", "mustBeGreaterThan": 1}, [1, 1], [1]),
}


@pytest.mark.parametrize("name", TABLE_RULES)
def test_rules_on_the_table_block_the_version(plain, name):
    words, good, bad = TABLE_RULES[name]
    kind = {"type": "sql"} if "query" in words else {}
    table = with_rules(plain, {"name": "rule", **kind, **words})
    table.write([(value,) for value in good], schema="a int")
    with pytest.raises(Blocked, match="rule is "):
        table.write([(value,) for value in bad], schema="a int")
    assert table.rows == [(value,) for value in sorted(good)]


def test_a_share_of_nulls_is_counted_on_the_rows_that_stay(plain):
    share = {"metric": "nullValues", "unit": "percent", "mustBeLessOrEqualTo": 50}
    columns = [column("a", "int", logicalTypeOptions={"minimum": 0}, quality=[share])]
    table = plain.under(contract(plain.contract.path.parent, plain.contract.id, columns))
    table.write([(1,), (None,), (-1,)], schema="a int")
    with pytest.raises(Blocked, match=r"a_not_null_le_50 is 66\.6667"):
        table.write([(1,), (None,), (None,)], schema="a int")


def test_a_warning_rule_publishes_and_says_so(plain):
    words = {"metric": "rowCount", "mustBeGreaterThan": 5, "severity": "warning"}
    assert with_rules(plain, words).write([(1,)], schema="a int").verdict.failed == {"row_count_gt_5": "warn"}


def test_a_relative_rule_compares_with_the_last_verdict(plain):
    relative = {"customProperties": [{"property": "relativeTo", "value": "last"}]}
    table = with_rules(plain, {"metric": "rowCount", "name": "kept", "mustBeGreaterOrEqualTo": 0.5, **relative})
    last = table.write([(value,) for value in range(4)], schema="a int").verdict
    assert table.write([(1,), (2,)], schema="a int", last=lambda: last).verdict.values["kept"] == 2
    with pytest.raises(Blocked, match="kept is 1"):
        table.write([(1,)], schema="a int", last=lambda: last)


def test_the_rejected_share_is_the_contracts(plain):
    table = with_rules(plain, customProperties=[{"property": "rejectedShare", "value": 0.25}])
    table.write([(-1,), (1,), (2,), (3,)], schema="a int")
    with pytest.raises(Blocked, match=r"rejected_share is 0\.333333"):
        table.write([(-1,), (1,), (2,)], schema="a int")


def test_a_frame_with_other_columns_changes_nothing(daily):
    with pytest.raises(SchemaMismatch, match=r"column 'a' \(int\) is missing; column 'b' is not in the contract"):
        daily.write([(ONE, 1)], days(ONE), schema="day date, b int")
    assert not daily.lake.catalog.table_exists(daily.contract.id)


def test_partitions_of_a_table_without_a_partition_column_are_refused(plain):
    plain.write([(1,)], schema="a int")
    with pytest.raises(ContractError, match=r"plain\.yaml: .*plain is partitioned as an asset, but not as a table"):
        plain.write([(2,)], days(ONE), schema="a int")
    assert plain.rows == [(1,)]


def test_a_rule_that_cannot_be_enforced_makes_no_table(plain):
    table = with_rules(plain, predicate("odd", "nope > 1"))
    with pytest.raises(ContractError, match=r"rule 'odd' cannot be enforced: .*`nope` cannot be resolved"):
        table.write([(1,)], schema="a int")
    assert not plain.lake.catalog.table_exists(plain.contract.id)


def evolved(table, *columns, **document):
    folder = table.contract.path.parent
    return table.under(contract(folder, table.contract.id, columns, version="2.0.0", **document))


DAY, A, B = column("day", "date", partitioned=True), column("a", "int"), column("b", "string")


def test_a_new_optional_column_is_added_and_older_rows_have_none(daily):
    daily.write([(ONE, 1)], days(ONE))
    wider = evolved(daily, DAY, B, A)
    wider.write([(TWO, "x", 2)], days(TWO), schema="day date, b string, a int")
    assert wider.rows == [(ONE, 1, None), (TWO, 2, "x")]


def test_a_blocked_write_leaves_its_new_column_out_of_the_version_that_is_read(daily):
    daily.write([(ONE, 1)], days(ONE))
    wider = evolved(daily, DAY, A, B, quality=[predicate("never", "false", **on_violation("block"))])
    with pytest.raises(Blocked, match="1 of 1 rows violate never"):
        wider.write([(TWO, 2, "x")], days(TWO), schema="day date, a int, b string")
    table = daily.lake.table(daily.contract.id)
    version = table.current_snapshot().snapshot_id
    assert table.scan(snapshot_id=version).to_arrow().column_names == ["day", "a"]
    frame = daily.engine.session.read.option("versionAsOf", version).table(f"lake.{daily.contract.id}")
    assert [tuple(row) for row in frame.collect()] == [(ONE, 1)]


def test_the_column_of_a_blocked_write_is_there_for_the_next(daily):
    daily.write([(ONE, 1)], days(ONE))
    with pytest.raises(Blocked, match="never"):
        evolved(daily, DAY, A, B, quality=[predicate("never", "false", **on_violation("block"))]).write(
            [(TWO, 2, "x")], days(TWO), schema="day date, a int, b string"
        )
    wider = evolved(daily, DAY, A, B)
    wider.write([(TWO, 2, "x")], days(TWO), schema="day date, a int, b string")
    assert wider.rows == [(ONE, 1, None), (TWO, 2, "x")]


REFUSED = {
    "removed": ([DAY], "day date", "column 'a' is gone"),
    "required": (
        [DAY, A, column("b", "int", required=True)],
        "day date, a int, b int",
        "new column 'b' is required, but",
    ),
    "retyped": ([DAY, column("a", "string")], "day date, a string", "column 'a' is int in the table and string in the"),
    "not partitioned": ([column("day", "date"), A], SCHEMA, r"partitioned by \['day'\], the contract says nothing"),
    "repartitioned": (
        [column("day", "date"), column("a", "int", partitioned=True)],
        SCHEMA,
        r"by \['day'\], the contract says \['a'\]",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_change_of_columns_is_refused_with_the_difference(daily, name):
    daily.write([(ONE, 1)], days(ONE))
    columns, schema, difference = REFUSED[name]
    other = evolved(daily, *columns)
    scope = days(ONE) if other.contract.partition == "day" else None
    with pytest.raises(
        SchemaMismatch, match=rf"cannot follow .*@2\.0\.0: .*{difference}.*make a new table and fill it"
    ):
        other.write([], scope, schema=schema)
    assert daily.rows == [(ONE, 1)]
    assert daily.branches == []


def test_a_table_that_was_never_published_is_made_anew(daily):
    blocking = evolved(daily, DAY, A, quality=[predicate("never", "false", **on_violation("block"))])
    with pytest.raises(Blocked, match="never"):
        blocking.write([(ONE, 1)], days(ONE))
    other = evolved(daily, column("a", "string"))
    other.write([("x",)], schema="a string")
    assert other.rows == [("x",)]


class Torn(RuntimeError):
    """What happens at a seam."""


def tear(*_, **__):
    raise Torn("pulled out")


def second(function):
    """`function`, which is torn at its second call."""
    calls = []

    def called(*args, **fields):
        calls.append(args)
        return tear() if len(calls) == 2 else function(*args, **fields)

    return called


SEAMS = {
    "making the table": lambda patch: patch.setattr(writing, "follow", tear),
    "staging rows": lambda patch: patch.setattr(publishing, "_write", tear),
    "counting": lambda patch: patch.setattr("lakehouse.contracts.judge.Judged.counters", tear),
    "deciding": lambda patch: patch.setattr(writing.Verdict, "of", tear),
    "making the quarantine": lambda patch: patch.setattr("lakehouse.quarantine.ensure", tear),
    "staging rejects": lambda patch: patch.setattr(publishing, "_write", second(publishing._write)),
    "looking at old rejects": lambda patch: patch.setattr(Quarantine, "attempts", tear),
    "publishing rejects": lambda patch: patch.setattr(publishing, "_swap", tear),
    "publishing rows": lambda patch: patch.setattr(publishing, "_swap", second(publishing._swap)),
    "clearing old rejects": lambda patch: patch.setattr(Quarantine, "clear", tear),
}


@pytest.mark.parametrize("seam", SEAMS)
def test_torn_at_any_seam_a_table_is_as_before_or_after(daily, monkeypatch, seam):
    daily.write([(ONE, 1), (ONE, -1)], days(ONE), run_id="before")
    with monkeypatch.context() as patch:
        SEAMS[seam](patch)
        with pytest.raises(Torn, match="pulled out"):
            daily.write([(ONE, 10), (ONE, -10)], days(ONE), run_id="after")
    published, kept = daily.rows, {reject[0] for reject in daily.rejects}
    assert published in ([(ONE, 1)], [(ONE, 10)])
    assert kept >= ({-1} if published == [(ONE, 1)] else {-10})
    assert daily.branches == []
    daily.write([(ONE, 10), (ONE, -10)], days(ONE), run_id="again")
    assert daily.rows == [(ONE, 10)]
    assert [reject[0] for reject in daily.rejects] == [-10]
    assert daily.branches == []


def test_torn_in_the_job_itself_the_table_is_as_before(daily):
    daily.write([(ONE, 1)], days(ONE))
    bad = daily.frame([(ONE, 0)]).select("day", F.expr("cast(1 / a as int) as a"))
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        daily.door(days(ONE)).write(bad)
    assert daily.rows == [(ONE, 1)]
    assert daily.branches == []


@contextmanager
def full_disk(session, *, rest: int):
    """Real refusals of the file system: no file that the JVM writes may grow beyond the rest."""
    jvm = int(session._jvm.java.lang.ProcessHandle.current().pid())
    soft, hard = resource.prlimit(jvm, resource.RLIMIT_FSIZE)
    resource.prlimit(jvm, resource.RLIMIT_FSIZE, (rest, hard))
    try:
        yield
    finally:
        resource.prlimit(jvm, resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_the_table_is_as_before_and_running_again_is_enough(plain):
    plain.write([(1,)], schema="a int")
    wide = plain.engine.session.range(200_000).select(F.hash("id").alias("a")).where("a >= 0")

    with (
        full_disk(plain.engine.session, rest=100_000),
        pytest.raises(LakeUnavailable, match=r"cannot be reached: .*File too large.*HEIRLOOM_WAREHOUSE"),
    ):
        plain.door().write(wide)

    assert (plain.rows, plain.branches) == ([(1,)], [])
    plain.door().write(wide)
    assert len(plain.rows) == wide.count()


def test_a_branch_that_cannot_be_dropped_does_not_hide_what_went_wrong(daily, monkeypatch):
    monkeypatch.setattr(publishing, "_swap", tear)
    monkeypatch.setattr(publishing, "drop", lambda _: 1 / 0)
    with pytest.raises(Torn, match="pulled out"):
        daily.write([(ONE, 1)], days(ONE))
    assert [name.startswith(BRANCH) for name in daily.branches] == [True]


def meanwhile(patch, other):
    """`other` is done between staging and publishing, once."""
    publish, left = writing.publish, [other]

    def late(staged):
        while left:
            left.pop()()
        return publish(staged)

    patch.setattr(writing, "publish", late)


def test_two_writers_of_two_partitions_both_land(daily, monkeypatch):
    daily.write([(ONE, 1), (TWO, 2)], days(ONE, 2))
    meanwhile(monkeypatch, lambda: daily.write([(TWO, 20), (TWO, -2)], days(TWO), run_id="other"))
    written = daily.write([(ONE, 10), (ONE, -1)], days(ONE), run_id="mine")
    assert daily.rows == [(ONE, 10), (TWO, 20)]
    assert written.snapshot == daily.lake.table(daily.contract.id).current_snapshot().snapshot_id
    assert written.total_rows == 2
    assert {(reject[0], reject[3]) for reject in daily.rejects} == {(-1, "mine"), (-2, "other")}
    assert daily.branches == []


def test_of_two_writers_of_one_partition_one_wins_whole(daily, monkeypatch):
    daily.write([(ONE, 1)], days(ONE))
    meanwhile(monkeypatch, lambda: daily.write([(ONE, 20), (ONE, 21), (ONE, -2)], days(ONE), run_id="other"))
    daily.write([(ONE, 10), (ONE, 11), (ONE, -1)], days(ONE), run_id="mine")
    assert daily.rows == [(ONE, 10), (ONE, 11)]
    assert -1 in {reject[0] for reject in daily.rejects}
    assert daily.branches == []


def test_of_two_writers_of_a_whole_table_one_wins_whole(plain, monkeypatch):
    plain.write([(1,)], schema="a int")
    meanwhile(monkeypatch, lambda: plain.write([(20,), (21,)], schema="a int"))
    plain.write([(10,)], schema="a int")
    assert plain.rows == [(10,)]
    assert plain.branches == []


def test_a_table_that_never_stands_still_is_given_up_with_nothing_left(daily, monkeypatch):
    from pyiceberg.exceptions import CommitFailedException

    daily.write([(ONE, 1)], days(ONE))
    monkeypatch.setattr(publishing, "_TRIES", 2)
    monkeypatch.setattr(publishing, "_swap", lambda _: (_ for _ in ()).throw(CommitFailedException("moved")))
    with pytest.raises(LakehouseError, match="changed 2 times while it was being published: run again"):
        daily.write([(ONE, 2)], days(ONE))
    monkeypatch.undo()
    assert daily.rows == [(ONE, 1)]
    assert daily.branches == []


def noisy(table, rows: int):
    """Each row is good or bad by chance, anew whenever it is read."""
    chance = F.udf(lambda value: value if random.random() < 0.5 else -value, "int").asNondeterministic()
    return table.frame([(number + 1,) for number in range(rows)], "a int").select(chance("a").alias("a"))


def test_rows_that_change_when_they_are_read_again_are_each_kept_once(plain):
    table = with_rules(plain, customProperties=[{"property": "rejectedShare", "value": 1}])
    written = table.door().write(noisy(table, 64))
    valid, rejected = [row[0] for row in table.rows], [-reject[0] for reject in table.rejects]
    assert sorted(valid + rejected) == list(range(1, 65))
    assert (written.verdict.valid, written.verdict.rejected) == (len(valid), len(rejected))
    assert table.branches == []


def test_rows_that_never_stand_still_are_refused(plain, monkeypatch):
    monkeypatch.setattr("pyspark.sql.classic.dataframe.DataFrame.persist", lambda frame, _: frame)
    table = with_rules(plain, customProperties=[{"property": "rejectedShare", "value": 1}])
    with pytest.raises(LakehouseError, match="the rows changed while they were written, even on a persisted frame"):
        table.door().write(noisy(table, 64))
    assert (table.rows, table.rejects, table.branches) == ([], [], [])


def test_the_persisted_frame_is_let_go(plain):
    table = with_rules(plain, customProperties=[{"property": "rejectedShare", "value": 1}])
    table.door().write(noisy(table, 64))
    assert table.engine.session.sparkContext._jsc.getPersistentRDDs().isEmpty()


def test_a_door_in_another_session_writes_to_the_lake_of_its_frame(s3_engine, package, tmp_path, monkeypatch):
    columns = [column("day", "date", partitioned=True), column("a", "int", logicalTypeOptions={"minimum": 0})]
    table = Table(s3_engine, contract(tmp_path, f"{package}.daily", columns, **NO_SHARE))
    table.write([(ONE, 1), (TWO, 2)], days(ONE, 2))
    meanwhile(monkeypatch, lambda: table.write([(TWO, 20), (TWO, -2)], days(TWO)))
    table.write([(ONE, 10), (ONE, -1)], days(ONE))
    assert table.rows == [(ONE, 10), (TWO, 20)]
    assert [reject[0] for reject in table.rejects] == [-2, -1]
    assert table.branches == []


def test_an_attempt_has_a_name_of_its_own(plain):
    door = plain.door()
    assert replace(door, attempt="x").attempt != door.attempt != plain.door().attempt
