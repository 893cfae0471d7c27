"""Our own gates, on our own policy and acceptances: asked for real, with nothing made and no JVM."""

from datetime import date

import dagster as dg
import pytest

import heirloom.definitions
from governance.risk import CATALOGUE, Register, risks_of
from heirloom.definitions import build_defs
from heirloom.settings import Settings

GOVERNED = {"clv/customer_scores", "clv/value_model", "clv/value_champion", "clv/value_report"}
TAX, NAMES = "definition.tax_included", "privacy.pii_exposure"


def gates(today: date = date(2026, 12, 1)) -> dict[str, dg.AssetCheckEvaluation]:
    """What the nightly job finds on a day."""
    defs = build_defs(settings=Settings.read({}), today=lambda: today)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        defs.resolve_job_def("review_risks").execute_in_process(
            instance=instance, raise_on_error=False, run_config=quiet
        )
        return {
            key.asset_key.to_user_string(): instance.get_latest_asset_check_evaluation_record(key).evaluation
            for key in defs.resolve_asset_graph().asset_check_keys
            if key.name == "risk_within_appetite"
        }


def test_scores_models_and_reports_are_within_the_appetite_as_people_have_signed():
    found = gates()

    assert found.keys() == GOVERNED
    assert {key: one.description for key, one in found.items() if not one.passed} == {}
    assert {key: one.metadata["accepted"].value for key, one in found.items()} == {
        key: 2 if key == "clv/value_report" else 1 for key in GOVERNED
    }


def test_without_a_signature_all_of_them_are_refused_and_say_why(monkeypatch, tmp_path):
    (tmp_path / "acceptances.yaml").write_text("[]")
    monkeypatch.setattr(heirloom.definitions, "ACCEPTANCES", tmp_path / "acceptances.yaml")
    found = gates()

    assert {key for key, one in found.items() if TAX in one.description and not one.passed} == GOVERNED
    assert {key for key, one in found.items() if NAMES in one.description} == {"clv/value_report"}
    assert "shop/transactions > clv/transactions > clv/customer_features > clv/customer_scores" in (
        found["clv/customer_scores"].description
    )


def test_after_the_last_signed_day_all_of_them_are_refused():
    assert not any(one.passed for one in gates(date(2028, 1, 1)).values())


def test_every_asset_and_all_it_is_made_from_was_assessed():
    risks = risks_of(heirloom.definitions.defs, register=Register.read(CATALOGUE))

    assert {key: one.unassessed for key, one in risks.items() if not one.complete} == {}


@pytest.mark.parametrize("key", sorted(GOVERNED))
def test_whoever_reads_a_governed_asset_finds_the_gate(key):
    specs = {spec.key.to_user_string(): spec for spec in heirloom.definitions.defs.resolve_all_asset_specs()}

    assert "risk_within_appetite" in specs[key].metadata["heirloom/gates"]


@pytest.mark.parametrize(
    ("job", "assets"),
    [("train_models", GOVERNED - {"clv/customer_scores"}), ("score_customers", {"clv/customer_scores"})],
)
def test_the_jobs_that_make_them_run_the_gates(job, assets):
    graph = heirloom.definitions.defs.resolve_job_def(job).asset_layer.asset_graph
    names = {key.asset_key.to_user_string() for key in graph.asset_check_keys if key.name == "risk_within_appetite"}

    assert names == assets
