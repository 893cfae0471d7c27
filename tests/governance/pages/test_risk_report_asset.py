"""The report as an asset, on an instance of its own."""

import json
from datetime import date

import dagster as dg
import pytest
from risk_pages import embedded

from governance.risk import CATALOGUE, Register, carries, inherit
from governance.risk_report import COVERS, KEY, with_risk_report
from lakehouse.files import ReportIOManager, Store

POLICY = "out: {critical: accepted, high: accepted, medium: any, not_assessed: any, unreadable: refuse, overdue: any}"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def location(folder, *, more=(), severity="high", today=date(2026, 11, 1)):
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "acceptances.yaml").write_text("[]")

    @dg.asset_check(asset=dg.AssetKey("orders"))
    def converted() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    orders = carries(
        "quality.currency", note="Kronor.", severity=severity, mitigation="Converted.", proof="orders:converted"
    )(dg.AssetSpec("orders"))
    scores = dg.AssetSpec("scores", deps=["orders"], group_name="out")
    store = Store(str(folder / "files"))
    defs = dg.Definitions(
        assets=[orders, scores, *more],
        asset_checks=[converted],
        resources={"model_store": store, "io_manager": ReportIOManager(store)},
        executor=dg.in_process_executor,
    )
    register = Register.read(CATALOGUE)
    told = with_risk_report(
        defs,
        name="shop",
        register=register,
        policy=folder / "policy.yaml",
        acceptances=folder / "acceptances.yaml",
        owners=["team:risk"],
        today=lambda: today,
    )
    return inherit(told, register=register)


def made(defs, instance, job="report_risks"):
    return defs.resolve_job_def(job).execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)


def data(folder):
    return embedded(Store(str(folder / "files")).get("governance/risk_report")[1]["index.html"].decode())


def covers(instance):
    record = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(KEY, COVERS))
    return record.event.asset_check_evaluation


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def test_the_report_is_a_page_and_its_figures(tmp_path, instance):
    assert made(location(tmp_path), instance).success

    metadata = instance.get_latest_materialization_event(KEY).asset_materialization.metadata
    assert {name: metadata[name].value for name in ("assets", "findings", "beyond")} == {
        "assets": 2,
        "findings": 1,
        "beyond": 1,
    }
    assert metadata["heirloom/report"].value.endswith("/index.html")
    assert covers(instance).passed


def test_it_asks_the_event_log(tmp_path, instance):
    defs = location(tmp_path)
    made(defs, instance)
    assert [one["state"] for one in data(tmp_path)["findings"]] == ["stale"]

    check = dg.define_asset_job("check", dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("orders"), "converted")))
    made(dg.Definitions.merge(defs, dg.Definitions(jobs=[check])), instance, job="check")
    made(defs, instance)
    assert [one["state"] for one in data(tmp_path)["findings"]] == ["proven"]


def test_the_next_report_says_what_changed(tmp_path, instance):
    made(location(tmp_path), instance)
    assert data(tmp_path)["changes"]["since"] is None

    made(location(tmp_path, severity="critical"), instance)
    rows = data(tmp_path)["changes"]["rows"]
    assert [(row["what"], row["asset"], row["before"], row["after"]) for row in rows] == [
        ("worsened", "scores", "high", "critical")
    ]


def test_a_report_that_does_not_know_of_an_asset_is_red(tmp_path, instance):
    made(location(tmp_path), instance)
    later = location(tmp_path, more=[dg.AssetSpec("mailing")])
    job = dg.define_asset_job("check", dg.AssetSelection.checks(dg.AssetCheckKey(KEY, COVERS)))
    made(dg.Definitions.merge(later, dg.Definitions(jobs=[job])), instance, job="check")

    assert not covers(instance).passed
    assert covers(instance).description == "not told of: mailing; make the report anew"


def test_a_last_report_that_was_damaged_is_said_and_does_not_stop_the_next(tmp_path, instance):
    made(location(tmp_path), instance)
    [kept] = (tmp_path / "files").glob("governance/risk_report/*/known.json.gz")
    kept.write_bytes(b"{}")

    assert made(location(tmp_path), instance).success
    assert "known.json.gz" in data(tmp_path)["changes"]["lost"]


def test_a_store_that_cannot_be_read_fails_the_report(tmp_path, instance):
    made(location(tmp_path), instance)
    pointer = tmp_path / "files" / "governance" / "risk_report" / "current.json"
    pointer.unlink()
    pointer.mkdir()

    assert not made(location(tmp_path), instance).success


def test_the_report_is_assessed_and_no_part_of_itself(tmp_path, instance):
    defs = location(tmp_path)
    spec = next(spec for spec in defs.resolve_all_asset_specs() if spec.key == KEY)
    made(defs, instance)

    assert spec.tags["risk_state"] == "clean"
    assert KEY.to_user_string() not in json.dumps(data(tmp_path)["assets"])
