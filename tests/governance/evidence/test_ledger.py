"""The ledger: every run that ended, exactly once, whatever happened to it or to whoever recorded it."""

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import pytest
from evidence_shop import COLUMNS, NEXT, QUIET, WEEK, Shop

from governance.evidence import ledger as ledger_module
from governance.evidence.ledger import Ledger
from governance.evidence.recorder import SENSOR, recorded
from governance.evidence.tables import FINDINGS, INHERITED, RUNS, SINKS, VERDICTS
from governance.risk import RiskError, assessed, carries
from lakehouse.errors import LakeUnavailable
from lakehouse.lake import Lake

TABLES = (FINDINGS, INHERITED, SINKS, VERDICTS, RUNS)


def rows_per_run(ledger: Ledger, name: str) -> Counter[str]:
    return Counter(row["run_id"] for row in ledger.rows(name))


def changes(shop: Shop, instance) -> list[tuple[str, str, str]]:
    """Of the newest recording: change, asset and risk."""
    newest = shop.ledger.as_of()
    return [(row["change"], row["asset"], row["risk"]) for row in shop.ledger.changes(newest["run_id"])]


def everything(ledger: Ledger) -> str:
    return str([ledger.rows(name) for name in TABLES])


def test_every_run_that_ended_is_recorded_once(shop, instance):
    runs = [shop.run(instance, "toy/value_model", "toy/value_champion"), shop.run(instance, partition_key=WEEK)]

    assert [shop.record(instance), shop.record(instance)] == [2, 0]
    for name in TABLES:
        assert set(rows_per_run(shop.ledger, name)) == {run.run_id for run in runs}, name
    assert rows_per_run(shop.ledger, RUNS) == {run.run_id: 1 for run in runs}


def test_a_run_says_what_it_was_and_what_stands_against_its_risks(shop, instance):
    shop.run(instance, "toy/value_model", "toy/value_champion")
    run_id = shop.run(instance, partition_key=WEEK).run_id
    shop.record(instance)

    row = shop.ledger.run(run_id)

    assert (row["job"], row["selection"], row["partitions"]) == ("wanted", ["toy/scores"], WEEK)
    assert (row["env"], row["code_version"], row["outcome"]) == ("test", "abc123", "success")
    assert row["time"].tzinfo
    assert row["started"] <= row["ended"] <= row["time"]
    assert row["time"].microsecond or row["ended"].microsecond
    assert (row["risks_open"], row["risks_accepted"], row["risks_mitigated"]) == (1, 1, 0)
    assert (row["health"], row["checks_failed"], row["not_assessed"]) == ("degraded", 0, 0)
    assert (row["sinks"], row["sensitive_columns"]) == (1, 1)


def test_with_nothing_open_a_run_is_healthy(shop, instance):
    shop.mark = assessed()
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    assert shop.ledger.as_of()["health"] == "healthy"


@pytest.mark.parametrize("case", ["a failed check", "an open risk", "not assessed"])
def test_with_anything_wrong_or_unknown_a_run_is_degraded(shop, instance, case):
    shop.mark = assessed()
    if case == "a failed check":
        shop.checks_pass = False
    elif case == "an open risk":
        shop.accept("[]")
    else:
        shop.crm = lambda spec: spec
        shop.accept("[]")
    assert shop.run(instance, partition_key=WEEK).success
    shop.record(instance)

    assert shop.ledger.as_of()["health"] == "degraded"


def test_a_run_that_failed_is_recorded_with_its_steps_and_nothing_of_what_it_said(shop, instance):
    shop.fails = ValueError("row of Jane Planted, jane@planted.example")
    run_id = shop.run(instance, partition_key=WEEK).run_id

    assert shop.record(instance) == 1
    row = shop.ledger.run(run_id)
    assert (row["health"], row["outcome"], row["failed_steps"]) == ("failed", "failure", ["toy__scores"])
    assert "planted" not in everything(shop.ledger).lower()


def test_a_cancelled_run_is_recorded(shop, instance):
    run = started(shop, instance)
    instance.report_run_canceled(run)

    assert shop.record(instance) == 1
    assert (shop.ledger.run(run.run_id)["health"], shop.ledger.run(run.run_id)["outcome"]) == ("failed", "canceled")


def test_a_killed_run_is_recorded_when_dagster_hears_of_it(shop, instance):
    run = started(shop, instance)
    assert shop.record(instance) == 0

    instance.report_run_failed(run, message="the process is gone")

    assert shop.record(instance) == 1
    assert shop.ledger.run(run.run_id)["outcome"] == "failure"
    assert shop.ledger.run(run.run_id)["selection"] == ["toy/scores"]


def started(shop, instance) -> dg.DagsterRun:
    whole = dg.Definitions.merge(
        shop.defs, dg.Definitions(jobs=[dg.define_asset_job("wanted", dg.AssetSelection.assets(["toy", "scores"]))])
    )
    job = whole.resolve_job_def("wanted")
    run = instance.create_run_for_job(job, tags={"dagster/partition": WEEK})
    instance.report_engine_event("begins", run)
    instance.handle_new_event(_start(run))
    return instance.get_run_by_id(run.run_id)


def _start(run: dg.DagsterRun) -> dg.EventLogEntry:
    from dagster._core.events import DagsterEvent, DagsterEventType

    event = DagsterEvent(event_type_value=DagsterEventType.RUN_START.value, job_name=run.job_name)
    return dg.EventLogEntry(
        user_message="", level=20, run_id=run.run_id, timestamp=dt.datetime.now(dt.UTC).timestamp(),
        job_name=run.job_name, dagster_event=event, error_info=None,
    )  # fmt: skip


def test_runs_of_another_location_are_not_ours(shop, instance):
    @dg.asset
    def theirs() -> None: ...

    dg.materialize([theirs], instance=instance, run_config=QUIET)

    assert shop.record(instance) == 0


@pytest.mark.parametrize("commits", range(5))
def test_a_recording_that_was_cut_off_is_completed_by_the_next(shop, instance, monkeypatch, commits):
    run_id = shop.run(instance, partition_key=WEEK).run_id
    append, done = Ledger.append_once, []

    def dies(self, name, rows, *, run_id):
        if len(done) == commits:
            raise KeyboardInterrupt
        done.append(append(self, name, rows, run_id=run_id))
        return done[-1]

    monkeypatch.setattr(Ledger, "append_once", dies)
    with pytest.raises(KeyboardInterrupt):
        shop.record(instance)
    monkeypatch.setattr(Ledger, "append_once", append)
    assert shop.ledger.run(run_id) is None
    written = {name: rows_per_run(shop.ledger, name)[run_id] for name in TABLES[:commits]}

    assert shop.record(instance) == 1
    assert shop.record(instance) == 0
    for name in TABLES:
        count = rows_per_run(shop.ledger, name)[run_id]
        assert count == written.get(name, count), name
        assert len({(row.get("asset"), row.get("fingerprint")) for row in shop.ledger.of_run(name, run_id)}) == count


def test_a_recording_is_one_commit_a_table(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    before = {name: len(shop.lake.table(f"governance.{name}").snapshots()) for name in TABLES}

    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    after = {name: len(shop.lake.table(f"governance.{name}").snapshots()) for name in TABLES}
    assert after == {name: count + 1 for name, count in before.items()}


def test_of_two_recorders_at_once_one_records(shop, instance):
    runs = [shop.run(instance, partition_key=WEEK).run_id for _ in range(3)]
    lakes = [Lake(catalog_url=shop.lake.catalog_url, warehouse=shop.lake.warehouse) for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        recorders = [shop.recorder(Ledger(lake=lake, env="test")) for lake in lakes]
        done = list(pool.map(lambda one: sum(1 for _ in one.catch_up(instance)), recorders))

    assert sum(done) == len(runs)
    for name in TABLES:
        counted = rows_per_run(shop.ledger, name)
        assert len(set(counted.values())) == 1, (name, counted)
    assert rows_per_run(shop.ledger, RUNS) == dict.fromkeys(runs, 1)


def test_what_opened_changed_and_closed_is_told_against_the_run_before(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    assert {change for change, _, _ in changes(shop, instance)} == {"opened"}

    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    assert changes(shop, instance) == []

    shop.mark = carries("model.churn", note="no churn in it", owner="team:clv", severity="critical")
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    assert changes(shop, instance) == [("changed", "toy/scores", "model.churn")]

    shop.mark = assessed()
    shop.accept("[]")
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    assert changes(shop, instance) == [
        ("closed", "toy/scores", "model.churn"),
        ("changed", "toy/scores", "privacy.pii"),
    ]

    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    assert changes(shop, instance) == []


def test_all_that_held_in_a_run_stays_readable(shop, instance):
    first = shop.run(instance, partition_key=WEEK).run_id
    shop.record(instance)
    shop.mark = assessed()
    second = shop.run(instance, partition_key=WEEK).run_id
    shop.record(instance)

    held = {
        run: {(row["asset"], row["risk"]) for row in shop.ledger.of_run(FINDINGS, run) if row["change"] != "closed"}
        for run in (first, second)
    }

    assert held[first] - held[second] == {("toy/scores", "model.churn")}
    assert ("lake/sales_channel", "quality.codes") in held[second]


def test_findings_that_differ_only_in_their_note_are_two(shop, instance):
    plain = shop.mark
    shop.mark = lambda asset: carries("model.churn", note="another")(plain(asset))
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)
    shop.mark = plain
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    assert changes(shop, instance) == [("closed", "toy/scores", "model.churn")]


def test_as_of_reads_the_newest_recording_of_that_moment(shop, instance):
    first = shop.run(instance, partition_key=WEEK).run_id
    shop.record(instance)
    between = dt.datetime.now(dt.UTC)
    second = shop.run(instance, partition_key=WEEK).run_id
    shop.record(instance)

    assert shop.ledger.as_of(between)["run_id"] == first
    assert shop.ledger.as_of(between.date())["run_id"] == second
    assert shop.ledger.as_of(dt.date(2020, 1, 1)) is None
    with pytest.raises(ValueError, match="has no time zone"):
        shop.ledger.as_of(dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_another_environment_is_another_ledger(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    assert Ledger(lake=shop.lake, env="prod").as_of() is None


def test_old_snapshots_go_and_no_row_with_them(shop, monkeypatch):
    monkeypatch.setattr(ledger_module, "_SNAPSHOTS", 3)
    for number in range(9):
        shop.ledger.append_once(RUNS, [{"run_id": str(number), "env": "test"}], run_id=str(number))

    assert len(shop.lake.table("governance.runs").snapshots()) <= 4
    assert {row["run_id"] for row in shop.ledger.rows(RUNS)} == set(map(str, range(9)))


def test_an_append_is_not_laid_anew_on_what_another_writer_brought(shop):
    """Else two recorders would both find nothing and both append."""
    from pyiceberg.exceptions import CommitFailedException

    mine, theirs = shop.ledger.writable(RUNS), shop.ledger.writable(RUNS)
    theirs.append(ledger_module.arrow([{"run_id": "theirs"}], theirs))

    with pytest.raises(CommitFailedException):
        mine.append(ledger_module.arrow([{"run_id": "mine"}], mine))


def test_an_unreachable_lake_is_said_and_the_run_stays_green(shop, instance, tmp_path):
    run = shop.run(instance, partition_key=WEEK)
    (tmp_path / "no_folder").write_text("a file")
    shop.lake = Lake(catalog_url=f"sqlite:///{tmp_path}/no_folder/catalog.db", warehouse=str(tmp_path / "w"))

    with pytest.raises(LakeUnavailable, match="cannot be reached"):
        shop.record(instance)
    assert run.success


def test_an_unreadable_event_log_records_nothing(shop, instance, monkeypatch):
    shop.run(instance, partition_key=WEEK)
    monkeypatch.setattr(type(instance), "get_asset_records", lambda *_: 1 / 0)

    with pytest.raises(Exception, match="event log cannot be read"):
        shop.record(instance)
    assert shop.ledger.rows(RUNS) == []


def test_acceptances_that_cannot_be_read_record_nothing(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.accept("- who: ann")

    with pytest.raises(RiskError, match="an acceptance needs"):
        shop.record(instance)
    assert shop.ledger.rows(RUNS) == []


def tick(shop, instance, cursor=None) -> dg.SensorResult:
    defs = recorded(shop.defs, shop.recorder())
    sensor = defs.get_repository_def().get_sensor_def(SENSOR)
    return sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs))


def test_the_sensor_catches_up_and_then_has_nothing_to_do(shop, instance):
    for _ in range(2):
        shop.run(instance, partition_key=WEEK)

    first = tick(shop, instance)
    shop.run(instance, partition_key=NEXT)
    second = tick(shop, instance, first.cursor)
    third = tick(shop, instance, second.cursor)

    said = [one.skip_message for one in (first, second, third)]
    assert said == ["2 runs recorded", "1 runs recorded", "no run ended since"]
    assert len(shop.ledger.rows(RUNS)) == 3


def test_a_tick_that_cannot_record_is_red(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.accept("- who: ann")

    with pytest.raises(RiskError, match="an acceptance needs"):
        tick(shop, instance)


def test_the_sensor_is_on_from_the_start(shop):
    defs = recorded(shop.defs, shop.recorder())

    sensor = defs.get_repository_def().get_sensor_def(SENSOR)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_a_sink_names_its_columns_with_personal_data(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    sinks = {row["asset"]: row for row in shop.ledger.rows(SINKS)}

    assert (sinks["toy/scores"]["sensitive"], sinks["toy/scores"]["columns_known"]) == (["gender: gender"], True)


@pytest.mark.parametrize(
    ("columns", "sensitive"), [(None, ["any column: name"]), (COLUMNS, ["gender: gender", "any column: name"])]
)
def test_a_sink_of_unknown_lineage_may_hold_whatever_went_in(shop, instance, columns, sensitive):
    shop.name_is, shop.columns = "name", columns
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    sinks = {row["asset"]: row for row in shop.ledger.rows(SINKS)}

    assert (sinks["toy/scores"]["sensitive"], sinks["toy/scores"]["columns_known"]) == (sensitive, columns is not None)
