"""The words of evidence, each made by real runs and read from the event log."""

import time
from importlib import import_module

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from risk_runs import check_key, report, run, run_checks

from governance.risk import Proof, RiskError, evidence
from governance.risk import graph as risk_graph
from governance.risk.errors import EvidenceUnreadable

SAYS = {"passed": True}
HASHED = "clv/table:hashed"


@dg.asset(key=["clv", "table"])
def table() -> None: ...


@dg.asset_check(asset=["clv", "table"])
def hashed() -> dg.AssetCheckResult:
    if SAYS.get("raises"):
        raise ConnectionError("no table")
    if SAYS.get("meanwhile"):
        SAYS.pop("meanwhile")()
    return dg.AssetCheckResult(
        passed=SAYS["passed"],
        severity=SAYS.get("severity", dg.AssetCheckSeverity.ERROR),
        description=SAYS.get("description"),
        metadata={"share": 0.07, "threshold": 0.05, "rows": 12, "text": "x", "odd": float("nan")},
    )


DEFS = dg.Definitions(assets=[table], asset_checks=[hashed])


@pytest.fixture(autouse=True)
def _says():
    SAYS.clear()
    SAYS["passed"] = True


def proof(instance, defs=DEFS, name=HASHED) -> Proof:
    nodes = {node.key: node for node in risk_graph.nodes_of(defs)}
    return evidence(instance, nodes)(name)


def made(instance, key=("clv", "table"), *, back=0):
    """The target that an evaluation names: the newest materialisation, or one before it."""
    record = instance.fetch_materializations(dg.AssetKey(list(key)), limit=back + 1).records[back]
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
    )


def test_never_evaluated_is_stale(instance):
    assert proof(instance).word == "stale"
    run(DEFS, instance, checks=False)
    assert proof(instance) == Proof("stale", said="it was never evaluated")


def test_passed_for_the_current_version_is_proven_with_its_numbers(instance):
    SAYS["description"] = "all 12 are hashes"
    run(DEFS, instance)
    measured = (("rows", 12.0), ("share", 0.07), ("threshold", 0.05))
    assert proof(instance) == Proof("proven", said="all 12 are hashes", measured=measured)


def test_failed_is_broken_with_its_numbers(instance):
    SAYS["passed"] = False
    run(DEFS, instance)
    assert proof(instance).word == "broken"
    assert ("share", 0.07) in proof(instance).measured


def test_made_anew_without_the_check_is_stale_until_the_check_alone_is_run(instance):
    run(DEFS, instance)
    run(DEFS, instance, checks=False)
    assert proof(instance) == Proof("stale", said="it was not evaluated since its asset was last made")
    run_checks(DEFS, instance, HASHED)
    assert proof(instance).word == "proven"


def test_the_newest_evaluation_decides(instance):
    run(DEFS, instance)
    SAYS["passed"] = False
    run_checks(DEFS, instance, HASHED)
    assert proof(instance).word == "broken"
    run(DEFS, instance, checks=False)
    assert proof(instance).word == "broken"
    SAYS["passed"] = True
    run_checks(DEFS, instance, HASHED)
    assert proof(instance).word == "proven"


def test_a_check_that_raises_has_proven_nothing_for_the_version_it_was_planned_for(instance):
    run(DEFS, instance)
    SAYS["raises"] = True
    result = run(DEFS, instance)
    assert not result.success
    assert proof(instance).word == "stale"
    assert proof(instance).pending == {result.run_id}


def test_many_planned_evaluations_do_not_hide_the_last_one_made(instance, monkeypatch):
    monkeypatch.setattr(import_module("governance.risk.evidence"), "_PAGE", 2)
    run(DEFS, instance)
    SAYS["raises"] = True
    for _ in range(3):
        run_checks(DEFS, instance, HASHED)
    assert proof(instance).word == "proven"


def test_planned_first_and_evaluated_last_is_the_newest(instance):
    run(DEFS, instance)
    SAYS["meanwhile"] = lambda: (run_checks(DEFS, instance, HASHED), SAYS.update(passed=False))
    run_checks(DEFS, instance, HASHED)
    history = instance.event_log_storage.get_asset_check_execution_history(check_key(HASHED), 5)
    assert [record.event.asset_check_evaluation.passed for record in history] == [True, False, True]
    assert proof(instance).word == "broken"


def test_a_refused_attempt_says_nothing_of_the_version_that_stayed(instance):
    run(DEFS, instance)
    report(instance, HASHED, passed=False, description="attempt refused: 3 of 12 rows")
    assert proof(instance).word == "proven"


def test_an_attempt_from_outside_proves_nothing_either(instance):
    run(DEFS, instance, checks=False)
    report(instance, HASHED, passed=True)
    assert proof(instance).word == "stale"


@pytest.mark.parametrize(("passed", "word"), [(True, "proven"), (False, "broken")])
def test_an_outside_evaluation_that_names_its_version_counts(instance, passed, word):
    run(DEFS, instance, checks=False)
    report(instance, HASHED, passed=passed, target=made(instance))
    assert proof(instance).word == word


def test_an_evaluation_of_an_older_version_does_not_undo_one_of_the_current(instance):
    run(DEFS, instance, checks=False)
    run(DEFS, instance)
    report(instance, HASHED, passed=True, target=made(instance, back=1))
    assert proof(instance).word == "proven"


def test_an_evaluation_of_an_older_version_alone_is_stale_whenever_it_was_made(instance):
    run(DEFS, instance, checks=False)
    run(DEFS, instance, checks=False)
    report(instance, HASHED, passed=True, target=made(instance, back=1))
    assert proof(instance).word == "stale"


def test_an_older_version_that_passed_does_not_hide_that_the_current_failed(instance):
    run(DEFS, instance, checks=False)
    SAYS["passed"] = False
    run(DEFS, instance)
    report(instance, HASHED, passed=True, target=made(instance, back=1))
    assert proof(instance).word == "stale"


def test_what_was_wiped_is_not_proven(instance):
    run(DEFS, instance)
    instance.wipe_assets([dg.AssetKey(["clv", "table"])])
    assert proof(instance).word == "stale"


def test_a_check_run_before_its_asset_was_ever_made_proves_nothing(instance):
    run_checks(DEFS, instance, HASHED)
    assert proof(instance).word == "stale"
    run(DEFS, instance, checks=False)
    assert proof(instance).word == "stale"


def test_a_step_that_makes_and_checks_counts_for_the_version_it_made(instance):
    @dg.asset(check_specs=[dg.AssetCheckSpec("inner", asset="own")])
    def own():
        yield dg.AssetCheckResult(passed=SAYS["passed"])
        yield dg.MaterializeResult()

    defs = dg.Definitions(assets=[own])
    for _ in range(2):
        run(defs, instance)
        assert proof(instance, defs, "own:inner").word == "proven"
    SAYS["passed"] = False
    run(defs, instance)
    assert proof(instance, defs, "own:inner").word == "broken"


@pytest.mark.parametrize(
    ("consequence", "severity", "word"),
    [
        (None, "WARN", "broken"),
        ("warn", "WARN", "broken"),
        ("block", "WARN", "broken"),
        ("quarantine", "WARN", "proven"),
        ("quarantine", "ERROR", "broken"),
    ],
)
def test_a_warning_is_a_failure_unless_the_rows_were_taken_out(instance, consequence, severity, word):
    metadata = {"heirloom/consequence": consequence} if consequence else {}

    @dg.asset_check(asset="t", metadata=metadata)
    def rule() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity[severity], description="3 of 12 rows")

    @dg.asset
    def t() -> None: ...

    defs = dg.Definitions(assets=[t], asset_checks=[rule])
    run(defs, instance)
    assert (proof(instance, defs, "t:rule").word, proof(instance, defs, "t:rule").said) == (word, "3 of 12 rows")


@pytest.mark.filterwarnings("ignore::dagster.PreviewWarning")
def test_one_partition_says_nothing_of_the_whole(instance):
    days = dg.StaticPartitionsDefinition(["a", "b"])

    @dg.asset(partitions_def=days)
    def daily() -> None: ...

    @dg.asset_check(asset="daily", partitions_def=days)
    def each() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    @dg.asset_check(asset="daily")
    def whole() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    defs = dg.Definitions(assets=[daily], asset_checks=[each, whole])
    run(defs, instance, partition_key="a")
    assert proof(instance, defs, "daily:each").word == "stale"
    assert proof(instance, defs, "daily:whole").word == "proven"
    run(defs, instance, partition_key="b", checks=False)
    assert proof(instance, defs, "daily:whole").word == "stale"


@dg.asset_check(asset="outside")
def looked() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=SAYS["passed"])


OUTSIDE = dg.Definitions(assets=[dg.AssetSpec("outside")], asset_checks=[looked])


@pytest.mark.parametrize(("passed", "word"), [(True, "proven"), (False, "broken")])
def test_an_external_asset_is_judged_by_its_newest_evaluation(instance, passed, word):
    assert proof(instance, OUTSIDE, "outside:looked").word == "stale"
    SAYS["passed"] = passed
    run_checks(OUTSIDE, instance, "outside:looked")
    assert proof(instance, OUTSIDE, "outside:looked").word == word
    report(instance, "outside:looked", passed=not passed)
    assert {word, proof(instance, OUTSIDE, "outside:looked").word} == {"proven", "broken"}


def test_an_external_asset_that_reports_a_new_version_is_stale(instance):
    report(instance, "outside:looked", passed=True)
    time.sleep(0.01)
    instance.report_runless_asset_event(dg.AssetMaterialization("outside"))
    assert proof(instance, OUTSIDE, "outside:looked").word == "stale"
    time.sleep(0.01)
    report(instance, "outside:looked", passed=True)
    assert proof(instance, OUTSIDE, "outside:looked").word == "proven"


@pytest.mark.parametrize("what", ["get_asset_check_execution_history", "fetch_materializations"])
def test_an_event_log_that_cannot_be_read_is_an_error_and_no_word(instance, monkeypatch, what):
    run(DEFS, instance)

    def gone(*_args, **_kwargs):
        raise ConnectionError("the database is gone")

    monkeypatch.setattr(instance.event_log_storage, what, gone)
    sentence = r"clv/table:hashed cannot be read from the event log: ConnectionError: the database is gone"
    with pytest.raises(EvidenceUnreadable, match=sentence) as raised:
        proof(instance)
    assert isinstance(raised.value, RiskError)


def test_on_disk_it_is_the_same():
    with dg.instance_for_test() as instance:
        run(DEFS, instance)
        assert proof(instance).word == "proven"
        run(DEFS, instance, checks=False)
        assert proof(instance).word == "stale"
