"""`heirloom ledger` and `heirloom certificate`, as typed; on our own definitions, with nothing made and no JVM."""

import json
from datetime import date

import dagster as dg
import pytest
from click.testing import CliRunner, Result

import heirloom.definitions
from heirloom.cli import main
from heirloom.cli.demo import _record
from heirloom.home import instance
from heirloom.ledger import recorder, upstream_risks
from heirloom.settings import read

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CHAMPION = dg.AssetKey(["clv", "value_champion"])


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEIRLOOM_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        patch.setenv("HEIRLOOM_ENV", "test")
        yield home


@pytest.fixture(scope="module")
def reviewed(home) -> str:
    """The nightly review, run; the runs of a location that never recorded before."""
    defs = heirloom.definitions.build_defs(settings=read(), today=lambda: date(2026, 12, 1))
    with instance(read()) as dagster:
        run = defs.resolve_job_def("review_risks").execute_in_process(
            instance=dagster, raise_on_error=False, run_config=QUIET
        )
    return run.run_id


def typed(*words: str, fails: bool = False) -> Result:
    done = CliRunner().invoke(main, words)
    assert (done.exit_code != 0) == fails, done.output
    return done


def test_record_then_runs_then_nothing_more(reviewed):
    assert typed("ledger", "record").output == "1 runs recorded\n"
    assert typed("ledger", "record").output == "0 runs recorded\n"

    said = typed("ledger", "runs").output
    assert reviewed in said
    assert "review_risks" in said


def test_changes_name_what_opened(reviewed):
    typed("ledger", "record")

    said = typed("ledger", "changes").output

    assert f"review_risks {reviewed}" in said
    assert "opened  shop/transactions" in said
    assert "ledger has no run 1" in typed("ledger", "changes", "1", fails=True).output


def test_risks_by_asset_key_and_table_name(reviewed):
    typed("ledger", "record")

    said = typed("ledger", "risks", "lake.clv.customer_scores", "lake.nothing").output

    assert "lake.clv.customer_scores: risks, as recorded" in said
    assert "definition.tax_included" in said
    assert "accepted by maria.keller@shop.example until 2027-12-31" in said
    assert "lake.nothing: not assessed (no asset or table 'lake.nothing' was known then." in said
    before = typed("ledger", "risks", "clv/customer_scores", "--as-of", "2020-01-01").output
    assert "not assessed (nothing had been recorded by 2020-01-01)" in before


def test_in_python_the_same(reviewed):
    typed("ledger", "record")

    found = upstream_risks(["clv/customer_scores", "lake.sales_channel"])

    assert {name: one.state for name, one in found.items()} == {
        "clv/customer_scores": "risks",
        "lake.sales_channel": "not_assessed",
    }


def test_a_certificate_is_issued_and_verified(reviewed, tmp_path):
    released()

    (tmp_path / "c.json").write_text(typed("certificate", "clv/value_champion").output)
    (tmp_path / "c.html").write_text(typed("certificate", "clv/value_champion", "--html").output)

    assert json.loads((tmp_path / "c.json").read_text())["releases"][0]["champion"] == "clv/value_champion"
    for file in ("c.json", "c.html"):
        assert typed("certificate", "--verify", str(tmp_path / file)).output.startswith("valid: entry")
    forged = (tmp_path / "c.json").read_text().replace('"high"', '"low"')
    (tmp_path / "forged.json").write_text(forged)
    assert (
        "altered: risks.listed[0].severity says"
        in typed("certificate", "--verify", str(tmp_path / "forged.json"), fails=True).output
    )


def released() -> None:
    """A run that says it made the champion, as only a run may."""
    with instance(read()) as dagster:
        job = heirloom.definitions.defs.resolve_job_def("train_models")
        run = dagster.create_run_for_job(job)
        event = dg.AssetMaterialization(CHAMPION, metadata={"heirloom/model_version": run.run_id})
        step = "clv__value_champion"
        dagster.report_dagster_event(_made(event, step, run), run.run_id)
        dagster.report_run_failed(run)


def _made(event, step, run):
    from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData

    return DagsterEvent(
        event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
        job_name=run.job_name,
        step_key=step,
        event_specific_data=StepMaterializationData(event),
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("clv/customer_scores", "--partition", "2024-01-08"), "was never materialised for partition 2024-01-08"),
        (("clv/customer_score",), "Did you mean 'clv/customer_scores'"),
        (("clv/customer_scores", "--key", "customer"), "write column=value"),
        ((), "Name an ASSET to certify, or a file with --verify."),
    ],
)
def test_what_cannot_be_certified_is_said(words, why):
    assert why in typed("certificate", *words, fails=True).output


def test_a_ledger_that_cannot_be_written_makes_no_demo_red_but_is_said(reviewed, capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEIRLOOM_CATALOG", f"sqlite:///{tmp_path}/file/catalog.db")
    location = recorder(read(), heirloom.definitions.defs, acceptances=heirloom.definitions.ACCEPTANCES)

    with instance(read()) as dagster:
        _record(location, dagster)

    said = capsys.readouterr()
    assert said.out == ""
    assert "ledger            not written: " in said.err
    assert "heirloom ledger record" in said.err


def test_the_location_records_by_itself():
    sensor = heirloom.definitions.defs.get_repository_def().get_sensor_def("record_runs")

    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
