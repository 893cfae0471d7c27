"""The gate on assets, made red by each cause in real runs, and green again."""

import datetime as dt
import logging
from importlib import import_module

import dagster as dg
import pytest
from risk_graphs import REGISTER
from risk_runs import check_key, executed_steps, failed_steps, latest, report, run, run_checks

from governance.risk import RiskError, assessed, carries, governed, inherit, resolves
from governance.risk.findings import UNREADABLE
from lakehouse.read_gate import GATES, gated, require_open

GATE = "clv/scores:risk_within_appetite"
DATES = "clv/scores:nothing_overdue"
RAW = dg.AssetKey(["shop", "crm"])
POLICY = """\
clv/scores:
  critical: accepted
  high: accepted or proven
  medium: any
  not_assessed: refuse
  unreadable: refuse
  overdue: refuse
"""
ENTRY = """\
- who: ann
  what: privacy.pii
  where: clv/scores
  until: 2027-03-31
  why: needed
  ticket: T-1
"""
DAY = dt.date(2027, 3, 1)


class Memory(dg.IOManager):
    """Asks the read gate before it hands anything out, as the tables of the lake do."""

    def handle_output(self, context, obj) -> None: ...

    def load_input(self, context) -> int:
        require_open(context)
        return 1


class Location:
    """raw -> table -> scores (governed) -> report, with what a test says of each."""

    def __init__(self, folder, raw, *, table=None, checks=(), days=None):
        self.folder, self.today, self.says = folder, DAY, {"hashed": True}
        self.raw, self.mark, self.checks, self.days = raw, table or assessed(), checks, days
        self.write("policy", POLICY)
        self.write("acceptances", "[]")

    def write(self, name, text):
        (self.folder / f"{name}.yaml").write_text(text)

    def bare(self):
        @self.mark
        @dg.asset(key=["clv", "table"], deps=[RAW])
        def table() -> int:
            return 1

        @assessed()
        @dg.asset(
            key=["clv", "scores"],
            group_name="clv/scores",
            ins={"t": dg.AssetIn(["clv", "table"])},
            partitions_def=self.days,
        )
        def scores(t) -> int:
            return 1

        @assessed()
        @dg.asset(key=["clv", "report"], ins={"s": dg.AssetIn(["clv", "scores"])})
        def report(s) -> int:
            return 1

        @dg.asset_check(asset=["clv", "table"])
        def hashed() -> dg.AssetCheckResult:
            if self.says["hashed"] is None:
                raise ConnectionError("no table")
            return dg.AssetCheckResult(
                passed=self.says["hashed"], description="as said", metadata={"share": 0.07, "threshold": 0.05}
            )

        return dg.Definitions(
            assets=[self.raw, table, scores, report], asset_checks=[hashed, *self.checks],
            resources={"io_manager": Memory()},
        )  # fmt: skip

    @property
    def defs(self):
        files = {"policy": self.folder / "policy.yaml", "acceptances": self.folder / "acceptances.yaml"}
        watched = governed(self.bare(), register=REGISTER, today=lambda: self.today, **files)
        return inherit(gated(watched), register=REGISTER)


@pytest.fixture
def location(tmp_path):
    return lambda *args, **fields: Location(tmp_path, *args, **fields)


def crm(severity="high", **fields):
    return carries("privacy.pii", note="names", severity=severity, **fields)(dg.AssetSpec(RAW))


def red(instance, name=GATE):
    evaluation = latest(instance, name)
    assert evaluation.passed is False
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    return evaluation


def green(instance, name=GATE):
    evaluation = latest(instance, name)
    assert evaluation.passed is True, evaluation.description
    return evaluation


def test_a_high_risk_that_nobody_accepted_stops_what_comes_after_in_the_same_run(location, instance):
    result = run(location(crm()).defs, instance)
    assert not result.success
    assert failed_steps(result) == {"clv__scores_risk_within_appetite"}
    assert "clv__scores" in executed_steps(result)
    assert "clv__report" not in executed_steps(result)
    said = red(instance)
    assert said.description == (
        "Beyond the appetite of clv/scores. privacy.pii (high) from shop/crm by shop/crm > clv/table > clv/scores: "
        "nothing is done about it; high must be accepted or proven"
    )
    numbers = {label: value.value for label, value in said.metadata.items() if label != "risks"}
    assert numbers == {"open": 1, "accepted": 0, "proven": 0, "refused": 1, "gaps": 0}
    assert said.metadata["risks"].value.splitlines()[2] == (
        "| privacy.pii | high | shop/crm | all | open | refused: high | shop/crm > clv/table > clv/scores |"
    )


def test_accepted_it_is_green_and_says_by_whom(location, instance):
    here = location(crm())
    here.write("acceptances", ENTRY)
    assert run(here.defs, instance).success
    assert green(instance).description == "1 findings, all within the appetite of clv/scores"
    assert "| accepted by ann until 2027-03-31 | allowed |" in green(instance).metadata["risks"].value


@pytest.mark.parametrize(("proof", "said"), [(None, "nothing is done"), ("clv/table:hashed", "proven: as said")])
def test_critical_must_be_accepted_a_proof_is_not_enough(location, instance, proof, said):
    here = location(crm("critical", proof=proof))
    run(here.defs, instance)
    assert said in red(instance).description
    assert "critical must be accepted" in red(instance).description
    here.write("acceptances", ENTRY)
    assert run(here.defs, instance).success


def test_a_proof_holds_breaks_and_is_mended(location, instance):
    here = location(crm(mitigation="hashed", proof="clv/table:hashed"))
    assert run(here.defs, instance).success
    assert green(instance).metadata["proven"].value == 1
    here.says["hashed"] = False
    run(here.defs, instance)
    assert "its proof is clv/table:hashed, broken: as said (share 0.07, threshold 0.05)" in red(instance).description
    here.says["hashed"] = True
    assert run(here.defs, instance).success
    green(instance)


def test_a_proof_that_was_not_run_since_is_stale_and_red(location, instance):
    here = location(crm(mitigation="hashed", proof="clv/table:hashed"))
    assert run(here.defs, instance).success
    assert run(here.defs, instance, "clv/table", checks=False).success
    run_checks(here.defs, instance, GATE)
    assert "clv/table:hashed, stale: it was not evaluated since its asset was last made" in red(instance).description


def test_a_claim_is_not_a_proof(location, instance):
    run(location(crm(mitigation="talked about it")).defs, instance)
    assert "its mitigation (talked about it) names no check that proves it" in red(instance).description


def test_an_acceptance_past_its_date_is_red_and_renewed_it_is_green(location, instance):
    here = location(crm())
    here.write("acceptances", ENTRY)
    here.today = dt.date(2027, 3, 31)
    assert run(here.defs, instance).success
    here.today = dt.date(2027, 4, 1)
    run(here.defs, instance)
    said = red(instance).description
    assert "its acceptance at" in said
    assert "acceptances.yaml:1 does not hold: ann signed until 2027-03-31" in said
    here.write("acceptances", ENTRY.replace("2027-03-31", "2027-09-30"))
    assert run(here.defs, instance).success
    green(instance)


def test_an_acceptance_that_nobody_signed_is_none(location, instance):
    here = location(crm())
    here.write("acceptances", ENTRY.replace("- who: ann\n ", "-"))
    run(here.defs, instance)
    assert "acceptances.yaml:1 does not hold: nobody signed" in red(instance).description


def test_what_nobody_assessed_is_red_until_somebody_does(location, instance):
    here = location(dg.AssetSpec(RAW))
    run(here.defs, instance)
    assert "nobody assessed shop/crm: say with @carries or @assessed" in red(instance).description
    assert red(instance).metadata["gaps"].value == 1
    here.raw = assessed()(here.raw)
    assert run(here.defs, instance).success
    assert green(instance).description == "0 findings, all within the appetite of clv/scores"


def test_what_could_not_be_read_is_red(location, instance):
    here = location(assessed()(dg.AssetSpec(RAW, metadata={UNREADABLE: "the catalogue is down"})))
    run(here.defs, instance)
    assert "what shop/crm carries could not be read (the catalogue is down)" in red(instance).description
    here.raw = assessed()(dg.AssetSpec(RAW))
    assert run(here.defs, instance).success


@pytest.mark.parametrize("what", ["get_asset_check_execution_history", "fetch_materializations"])
def test_a_store_that_cannot_be_read_is_red_and_never_green(location, instance, monkeypatch, what):
    here = location(crm(mitigation="hashed", proof="clv/table:hashed"))
    assert run(here.defs, instance).success

    def gone(*_args, **_kwargs):
        raise ConnectionError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(instance.event_log_storage, what, gone)
        assert not run_checks(here.defs, instance, GATE).success
    said = red(instance).description
    assert said.startswith("Refused, as nothing is known: clv/table:hashed cannot be read from the event log")
    assert "the database is gone" in said
    assert run_checks(here.defs, instance, GATE).success
    green(instance)


def test_an_error_that_nobody_foresaw_leaves_no_green(location, instance, monkeypatch):
    here = location(crm())
    here.write("acceptances", ENTRY)

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("governance.risk.gates.judged", broken)
    result = run(here.defs, instance)
    assert not result.success
    assert "clv__report" not in executed_steps(result)
    record = instance.get_latest_asset_check_evaluation_record(check_key(GATE))
    assert record.event.asset_check_evaluation is None


def test_a_review_past_its_date_is_red_however_small_the_risk(location, instance):
    here = location(crm("low", review_by=DAY - dt.timedelta(days=1)))
    run(here.defs, instance)
    assert "its review was due on 2027-02-28: look at it again" in red(instance).description
    here.raw = crm("low", review_by=DAY)
    assert run(here.defs, instance).success


def test_a_resolution_counts_while_its_proof_holds(location, instance):
    here = location(crm("critical"), table=resolves("privacy.pii", proof="clv/table:hashed", note="hmac"))
    assert run(here.defs, instance).success
    here.says["hashed"] = False
    run(here.defs, instance)
    said = red(instance).description
    assert "clv/table would end it, but the proof is clv/table:hashed, broken: as said" in said


def test_an_edge_that_passes_nothing_counts_while_its_proof_holds(location, instance):
    closed = resolves("privacy.pii", proof="clv/table:hashed", note="hmac", parent="shop/crm")
    here = location(crm("critical"), table=closed)
    assert run(here.defs, instance).success
    green(instance)
    here.says["hashed"] = False
    run(here.defs, instance)
    assert "clv/table would end it, but the proof is clv/table:hashed, broken" in red(instance).description


def test_a_finding_is_red_in_its_period_and_green_outside(location, instance, caplog):
    here = location(crm("critical", valid_from=DAY, valid_until=DAY + dt.timedelta(days=1)))
    run(here.defs, instance)
    red(instance)
    here.today = DAY + dt.timedelta(days=2)
    with caplog.at_level(logging.WARNING):
        assert run(here.defs, instance).success
    assert "privacy.pii on shop/crm counts no more: valid until 2027-03-02: names" in caplog.text
    here.today = DAY - dt.timedelta(days=1)
    assert run_checks(here.defs, instance, GATE).success
    green(instance)
    here.today = DAY
    run_checks(here.defs, instance, GATE)
    red(instance)


def test_a_finding_that_a_check_opens_is_red_while_it_fails(location, instance):
    here = location(crm("critical", opened_by="clv/table:hashed"))
    assert run(here.defs, instance).success
    here.says["hashed"] = False
    run(here.defs, instance)
    said = "opened by clv/table:hashed, broken: as said (share 0.07, threshold 0.05)"
    assert said in red(instance).description


def test_a_finding_whose_check_never_said_is_open(location, instance):
    here = location(crm("critical", opened_by="clv/table:hashed"))
    assert run(here.defs, instance, "clv/table", checks=False).success
    run_checks(here.defs, instance, GATE)
    assert "opened by clv/table:hashed, stale: it was never evaluated" in red(instance).description


def test_a_run_of_the_governed_asset_alone_sees_what_is_far_above_it(location, instance):
    here = location(crm())
    run(here.defs, instance, "clv/table")
    assert not run(here.defs, instance, "clv/scores").success
    assert "shop/crm > clv/table > clv/scores" in red(instance).description


def test_only_checks_that_concern_the_asset_are_asked(location, instance, monkeypatch):
    @dg.asset_check(asset=["clv", "report"])
    def far() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    here = location(assessed()(dg.AssetSpec(RAW)), checks=[far])
    bare = here.bare
    note = carries("model.churn", note="n", proof="clv/report:far")
    here.bare = lambda: bare().permissive_map_resolved_asset_specs(
        func=lambda spec: note(spec) if spec.key.path[-1] == "report" else spec, selection=None
    )
    monkeypatch.setattr(instance.event_log_storage, "get_asset_check_execution_history", None)
    assert run_checks(here.defs, instance, GATE).success


@pytest.mark.parametrize("first", ["gate first", "gate last"])
def test_a_proof_of_the_same_asset_and_run_is_waited_for(location, instance, monkeypatch, first):
    @dg.asset_check(asset=["clv", "scores"])
    def calibrated() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    gates = import_module("governance.risk.gates")
    monkeypatch.setattr(gates, "WAITS", (0.2, 0.2))
    if first == "gate first":
        monkeypatch.setattr(gates, "_AFTER_OTHER_CHECKS", {"dagster/priority": "1"})
    here = location(crm(mitigation="calibrated", proof="clv/scores:calibrated"), checks=[calibrated])
    result = run(here.defs, instance)
    assert result.success
    retried = [event.step_key for event in result.all_events if event.is_step_up_for_retry]
    assert retried == (["clv__scores_risk_within_appetite"] if first == "gate first" else [])


def test_a_proof_that_never_comes_is_not_waited_for_without_end(location, instance, monkeypatch):
    monkeypatch.setattr(import_module("governance.risk.gates"), "WAITS", (0, 0))
    here = location(crm(mitigation="hashed", proof="clv/table:hashed"))
    here.says["hashed"] = None
    result = run(here.defs, instance)
    assert sum(event.is_step_up_for_retry for event in result.all_events) == 2
    assert "clv/table:hashed, stale: it was never evaluated" in red(instance).description


def test_a_later_run_does_not_read_what_the_gate_refused(location, instance):
    here = location(crm())
    run(here.defs, instance)
    later = run(here.defs, instance, "clv/report")
    assert failed_steps(later) == {"clv__report"}
    (failure,) = (event.step_failure_data for event in later.all_events if event.is_step_failure)
    assert "clv/scores must not be read: its gate risk_within_appetite failed: Beyond" in str(failure.error)
    here.write("acceptances", ENTRY)
    assert run_checks(here.defs, instance, GATE).success
    assert run(here.defs, instance, "clv/report").success


def test_a_run_without_the_gate_leaves_a_version_that_nobody_reads(location, instance):
    here = location(crm())
    here.write("acceptances", ENTRY)
    assert run(here.defs, instance).success
    assert run(here.defs, instance, "clv/scores", checks=False).success
    assert not run(here.defs, instance, "clv/report").success


def test_the_nightly_review_closes_what_passed_when_it_was_made(location, instance):
    here = location(crm())
    here.write("acceptances", ENTRY)
    assert run(here.defs, instance).success
    assert run(here.defs, instance, "clv/report").success
    here.today = dt.date(2027, 4, 1)
    review = here.defs.resolve_job_def("review_risks").execute_in_process(instance=instance, raise_on_error=False)
    assert not review.success
    red(instance, DATES)
    assert not run(here.defs, instance, "clv/report").success
    assert here.defs.resolve_schedule_def("review_risks_nightly").cron_schedule == "30 0 * * *"


def test_partitions_are_gated_too(location, instance):
    here = location(crm(), days=dg.StaticPartitionsDefinition(["a", "b"]))
    assert run(here.defs, instance, "clv/table").success
    run(here.defs, instance, "clv/scores", partition_key="a")
    red(instance)
    assert not run(here.defs, instance, "clv/report").success
    here.write("acceptances", ENTRY)
    for day in ("a", "b"):
        assert run(here.defs, instance, "clv/scores", partition_key=day).success
    assert run(here.defs, instance, "clv/report").success


def test_who_loads_a_governed_asset_finds_its_gate_on_the_spec(location):
    specs = {spec.key.to_user_string(): spec for spec in location(crm()).defs.resolve_all_asset_specs()}
    gates = {key: spec.metadata.get(GATES) for key, spec in specs.items()}
    assert gates == {"clv/scores": ["risk_within_appetite"], "clv/report": None, "clv/table": None, "shop/crm": None}


@pytest.mark.parametrize(
    ("day", "passed", "severity"),
    [("2027-03-16", True, "WARN"), ("2027-03-17", False, "WARN"), ("2027-03-31", False, "WARN"),
     ("2027-04-01", False, "ERROR")],
)  # fmt: skip
def test_dates_warn_before_and_are_red_after(location, instance, day, passed, severity):
    here = location(crm("low"))
    here.write("acceptances", ENTRY)
    here.today = dt.date.fromisoformat(day)
    assert run(here.defs, instance).success
    said = latest(instance, DATES)
    assert (said.passed, said.severity.name) == (passed, severity)
    assert said.metadata["overdue"].value == (severity == "ERROR" and not passed)
    assert passed or "ann: " in said.description


def test_loading_tells_what_is_due_and_does_not_fail(location, caplog):
    here = location(crm(review_by=dt.date(2020, 1, 1)))
    here.write("acceptances", ENTRY.replace("ann", "bob") + ENTRY.replace("where: clv/scores", "where: clv/report"))
    here.today = dt.date(2030, 1, 1)
    with caplog.at_level(logging.WARNING):
        dg.Definitions.validate_loadable(here.defs)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "privacy.pii on clv/scores is accepted by bob, until 2027-03-31" in record.getMessage()
    assert "privacy.pii on shop/crm is to be reviewed by 2020-01-01" in record.getMessage()


def test_loading_tells_of_an_acceptance_that_speaks_of_nothing(location, caplog):
    here = location(assessed()(dg.AssetSpec(RAW)))
    here.write("acceptances", ENTRY)
    assert here.defs
    assert "clv/scores has no privacy.pii that this speaks of" in caplog.text


def test_a_quiet_day_tells_nothing(location, caplog):
    here = location(crm())
    here.write("acceptances", ENTRY)
    assert here.defs
    assert caplog.records == []


def test_files_that_do_not_fit_the_definitions_stop_loading(location):
    here = location(crm())
    here.write("policy", POLICY.replace("clv/scores", "clv/scors"))
    with pytest.raises(
        RiskError, match=r"policy\.yaml:1: no asset is in group 'clv/scors'\. Did you mean 'clv/scores'"
    ):
        _ = here.defs
    here.write("policy", POLICY)
    here.write("acceptances", ENTRY.replace("clv/scores", "clv/scors"))
    with pytest.raises(RiskError, match=r"acceptances\.yaml:3: no asset 'clv/scors'\. Did you mean 'clv/scores'"):
        _ = here.defs


def test_a_long_refusal_names_the_worst_and_the_table_has_all(location, instance):
    raw = dg.AssetSpec(RAW)
    for number in range(60):
        severity = "critical" if number == 59 else "high"
        raw = carries("privacy.pii", note=f"n|{number}", severity=severity)(raw)
    run(location(raw).defs, instance)
    said = red(instance)
    assert said.description.startswith("Beyond the appetite of clv/scores. privacy.pii (critical)")
    assert said.description.endswith("55 more, see the table")
    assert said.metadata["risks"].value.splitlines()[-1] == "10 more."
    assert said.metadata["refused"].value == 60


def test_the_table_has_first_what_is_refused(location, instance):
    here = location(carries("quality.codes", note="remapped", severity="high")(crm("critical")))
    here.write("acceptances", ENTRY)
    run(here.defs, instance)
    rows = red(instance).metadata["risks"].value.splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| quality.codes", "| privacy.pii"]


def test_a_rejected_attempt_on_a_proof_leaves_the_gate_green(location, instance):
    here = location(crm(mitigation="hashed", proof="clv/table:hashed"))
    assert run(here.defs, instance).success
    report(instance, "clv/table:hashed", passed=False, description="attempt refused")
    assert run_checks(here.defs, instance, GATE).success


def test_an_external_asset_of_a_governed_group_has_its_gate_where_it_is_asked_for(tmp_path, instance):
    (tmp_path / "p.yaml").write_text(POLICY.replace("clv/scores", "exports"))
    (tmp_path / "a.yaml").write_text("[]")
    spec = carries("privacy.pii", note="n")(dg.AssetSpec(["crm", "audience"], group_name="exports"))
    files = {"policy": tmp_path / "p.yaml", "acceptances": tmp_path / "a.yaml"}
    defs = governed(dg.Definitions(assets=[spec]), register=REGISTER, **files)
    assert not run_checks(defs, instance, "crm/audience:risk_within_appetite").success


def test_a_policy_for_no_group_adds_nothing(tmp_path):
    (tmp_path / "p.yaml").write_text("{}")
    (tmp_path / "a.yaml").write_text("[]")
    files = {"policy": tmp_path / "p.yaml", "acceptances": tmp_path / "a.yaml"}
    defs = governed(dg.Definitions(assets=[dg.AssetSpec("x")]), register=REGISTER, **files)
    assert not defs.resolve_asset_graph().asset_check_keys
