"""What a peer was seen to get wrong, row by row: each has a right answer in a test of ours, which is named here.

The rows are those of two tables of measurements; what is not tested elsewhere is tested in this file.
"""

import ast
from pathlib import Path

import dagster as dg
import pytest
from risk_graphs import REGISTER, asset, found
from risk_runs import report

from governance.risk import RiskError, assessed, carries, evidence, inherit, inheritance, risks_of
from governance.risk.names import Names

TESTS = Path(__file__).parents[2]
# By file: the row, and the test without its "test_".
ROWS = {
    "test_risk_inheritance": {
        "chain of pipelines": "a_chain_keeps_the_risk_of_every_ancestor",
        "diamond inside one run": "the_nearest_route_wins_and_the_longer_ones_are_counted",
        "diamond across runs": "a_diamond_is_one_risk_with_the_least_distance_and_two_routes",
        "never recorded or recorded clean": "never_assessed_differs_from_assessed_with_nothing_found",
        "risk gone in the newest run": "a_risk_that_is_gone_from_the_definitions_is_gone",
        "near and low, far and critical": "a_near_low_risk_does_not_hide_a_far_critical_one",
        "one risk on two columns": "one_id_on_two_columns_of_one_table_stays_two",
        "static and direct with one id": "static_and_direct_with_one_id_keep_their_severity_and_owner",
        "several paths in one read": "all_inputs_count_not_only_the_first",
        "two pipelines in one process": "two_graphs_in_one_process_and_two_threads_do_not_mix",
        "two threads": "two_graphs_in_one_process_and_two_threads_do_not_mix",
        "training to score": "training_data_reaches_the_score_through_the_model",
    },
    "test_risk_joining": {"cycle across runs": "a_loop_across_locations_is_named"},
    "test_risk_definitions": {
        "cycle inside one lineage": "a_loop_is_named",
        "training to score in a code location": "an_external_risk_reaches_the_score_through_the_model_with_its_route",
    },
    "test_risk_names": {"quoted, shortened and dotted names": "the_shorter_name_ends_the_longer"},
    "test_risk_gates": {"unreadable store": "a_store_that_cannot_be_read_is_red_and_never_green"},
    "test_cli_risks_in_time": {
        "missing store": "an_event_log_that_cannot_be_read_is_no_answer",
        "corrupt store": "an_event_log_that_breaks_while_it_is_asked_is_no_answer",
    },
    "test_risk_evidence": {"risk mitigated in a newer run": "the_newest_evaluation_decides"},
    "test_risk_columns": {
        "steps that cannot be followed": "without_lineage_it_is_assumed_for_the_whole_and_stays_so",
        "risk renamed with its column": "a_renamed_column_keeps_its_risk_and_an_unrelated_one_has_none",
    },
    "test_risk_sensitive": {
        "sensitive column renamed": "a_renamed_column_is_still_sensitive_and_says_that_it_has_no_class_there",
        "sensitive column after a cut": "without_lineage_it_is_assumed_and_a_filter_is_an_influence",
    },
    "test_risk_peer_rows": {
        "function that returns its input": "an_asset_that_returns_its_input_passes_everything_on",
        "same table by another path": "a_table_is_the_same_however_its_path_is_written",
        "file or table renamed": "a_renamed_table_that_is_still_read_by_its_old_name_stops_loading",
        "development and production": "what_one_deployment_proved_is_not_proven_in_another",
        "path by option": "two_files_without_a_name_of_their_own_are_two_assets",
        "frames of any library, written in any way": "a_risk_does_not_depend_on_what_an_asset_does_with_its_frames",
    },
}
# Steps of Spark at which the peer lost the trail, and their cases in the tests of column lineage.
CASES = {
    "randomSplit": "random_split",
    "localCheckpoint": "local_checkpoint",
    "mapInPandas": "map_in_pandas",
    "round trip over an RDD": "rdd_round_trip",
    "round trip over pandas": "pandas_round_trip",
    "temporary view": "temp_view",
    "summary": "describe",
}


def source_of(name):
    (path,) = TESTS.rglob(f"{name}.py")
    return path.read_text()


@pytest.mark.parametrize("file", ROWS)
def test_every_row_has_a_test_that_is_there(file):
    there = {node.name for node in ast.walk(ast.parse(source_of(file))) if isinstance(node, ast.FunctionDef)}
    assert {f"test_{name}" for name in ROWS[file].values()} <= there


@pytest.mark.parametrize("step", CASES)
def test_every_step_has_a_case_of_column_lineage(step):
    assert f'"{CASES[step]}": Case(' in source_of("test_lineage")


def test_an_asset_that_returns_its_input_passes_everything_on():
    crm = carries("privacy.pii", note="names", column="name")(dg.AssetSpec("crm"))

    @assessed()
    @dg.asset(deps=[crm])
    def checked() -> None: ...

    mail = assessed()(dg.AssetSpec("mail", deps=[checked]))
    risks = risks_of(dg.Definitions(assets=[crm, checked, mail]), register=REGISTER)
    assert [(one.risk, one.distance) for one in risks["mail"].inherited] == [("privacy.pii", 2)]


@pytest.mark.parametrize(
    "name",
    [
        "lake/sales",
        "./lake/sales",
        "/data/lake/sales",
        "file:///data/lake/sales",
        "/data/lake/../lake/sales",
        "lake.sales",
    ],
)
def test_a_table_is_the_same_however_its_path_is_written(name):
    assert Names([asset("lake/sales"), asset("lake/orders")]).find(name) == "lake/sales"


def test_a_renamed_table_that_is_still_read_by_its_old_name_stops_loading():
    orders = carries("quality.codes", note="n")(dg.AssetSpec(["lake", "orders_v2"]))
    mart = dg.AssetSpec("mart", deps=[dg.AssetKey(["lake", "orders"])])
    with pytest.raises(
        RiskError, match=r"Nobody defines 'lake/orders', which mart depends on\. Did you mean 'lake/ord"
    ):
        inherit(dg.Definitions(assets=[orders, mart]), register=REGISTER)


def test_what_one_deployment_proved_is_not_proven_in_another():
    nodes = {"a": asset("a", external=True, checks=frozenset({"hashed"}), findings=(found(proof="a:hashed"),))}
    with dg.DagsterInstance.ephemeral() as development, dg.DagsterInstance.ephemeral() as production:
        report(development, "a:hashed", passed=True)
        words = [
            inheritance(nodes.values(), register=REGISTER, holds=evidence(instance, nodes))["a"].own[0].evidence
            for instance in (development, production)
        ]
    assert words == ["proven", "stale"]


def test_two_files_without_a_name_of_their_own_are_two_assets():
    risks = inheritance(
        [asset("one", findings=(found(),)), asset("other"), asset("mine", "one"), asset("yours", "other")],
        register=REGISTER,
    )
    assert [risks[key].state for key in ("mine", "yours")] == ["risks", "clean"]


def test_a_risk_does_not_depend_on_what_an_asset_does_with_its_frames():
    """Nothing of a frame is watched: whatever an asset does with it and wherever it writes, its inputs are known."""
    crm = carries("privacy.pii", note="names")(dg.AssetSpec("crm"))

    @assessed()
    @dg.asset(deps=[crm])
    def melted():
        raise AssertionError("asked without a run")

    risks = risks_of(dg.Definitions(assets=[crm, melted]), register=REGISTER)
    assert [one.risk for one in risks["melted"].inherited] == ["privacy.pii"]
