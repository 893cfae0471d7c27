"""`heirloom risks` on conflicts, edges, periods and what the event log says."""

import datetime as dt
import json

import dagster as dg
import pytest
from click.testing import CliRunner

from heirloom.cli import main

LOCATION = """
import dagster as dg
from governance.risk import assessed, carries, inherit, resolves

crm = carries("privacy.pii_exposure", note="Names.", owner="team:crm", severity="critical")(dg.AssetSpec("crm"))
web = carries("privacy.pii_exposure", note="Logins.", owner="team:web")(dg.AssetSpec("web"))
codes = carries("quality.remapped_codes", note="In March.", valid_from="2026-03-01", valid_until="2026-03-31")
crm = codes(crm)


@resolves("privacy.pii_exposure", note="The view masks names.", proof="mart:masked", parent="crm")
@dg.asset(deps=[crm, web])
def mart(): ...


@dg.asset_check(asset=mart)
def masked():
    return dg.AssetCheckResult(passed={passed})


@assessed()
@dg.asset(deps=[mart])
def mail(): ...


defs = dg.Definitions(assets=[crm, web, mart, mail], asset_checks=[masked])
"""


@pytest.fixture
def location(tmp_path):
    def write(*, passed=True):
        (tmp_path / "in_time.py").write_text(LOCATION.replace("{passed}", str(passed)))
        return ("-f", "in_time.py")

    return write


@pytest.fixture
def event_log(tmp_path, monkeypatch):
    home = tmp_path / "dagster_home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home


def said(*words, code=0, command="risks"):
    done = CliRunner().invoke(main, [command, *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def lines(*words, **options):
    return [" ".join(line.split()) for line in said(*words, **options).stdout.splitlines()]


def materialise(*, passed):
    names = {}
    exec(LOCATION.replace("{passed}", str(passed)), names)
    with dg.DagsterInstance.get() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        job = names["defs"].resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(instance=instance, run_config=quiet).success


def test_what_comes_over_a_closed_edge_is_told_apart_from_what_stands(location):
    found = lines("mail", *location(), "--today", "2026-05-15")
    assert found[0].startswith("mail inherits 1 finding, at worst high privacy.pii_exposure from web")
    assert found[1:] == [
        "high privacy.pii_exposure from web on the whole 2 away static open",
        "team:web: Logins.",
        "critical privacy.pii_exposure from crm on the whole 2 away static ended at mart (claim)",
        "team:crm: Names.",
        "high quality.remapped_codes from crm on the whole 2 away static not in force",
        "no owner: In March. (from 2026-03-01, until 2026-03-31)",
    ]


def test_coverage_is_told_by_hop(location):
    found = lines("--risk", "privacy.pii_exposure", "--down", *location())
    assert found[found.index("privacy.pii_exposure from crm, by distance:") :] == [
        "privacy.pii_exposure from crm, by distance:",
        "1 away 0 of 1 asset 0% mart: edge (claim)",
        "2 away 0 of 1 asset 0% mail: edge at mart (claim)",
        "",
        "privacy.pii_exposure from web, by distance:",
        "1 away 1 of 1 asset 100%",
        "2 away 1 of 1 asset 100%",
    ]
    told = json.loads(said("web", "--risk", "privacy.pii_exposure", "--down", "--json", *location()).stdout)
    assert [(one["origin"], [hop["got"] for hop in one["hops"]]) for one in told["coverage"]] == [
        ("web", [["mart"], ["mail"]])
    ]


def test_what_is_over_is_told_and_counts_no_more(location):
    def march(today):
        told = json.loads(said("mail", "--json", "--today", today, *location()).stdout)
        (one,) = [one for one in told["assets"]["mail"]["inherited"] if one["risk"] == "quality.remapped_codes"]
        return one["in_force"], [over["risk"] for over in told["ended"]], told["today"]

    assert march("2026-03-31") == (True, [], "2026-03-31")
    assert march("2026-04-01") == (False, ["quality.remapped_codes"], "2026-04-01")
    assert march("2026-05-01") == (False, [], "2026-05-01")
    overview = said("--today", "2026-04-30", *location()).stdout.splitlines()
    assert overview[-1] == "Over: quality.remapped_codes on crm counts no more: valid until 2026-03-31: In March."


def test_without_a_day_it_is_today(location):
    assert json.loads(said("--json", *location()).stdout)["today"] == dt.datetime.now(dt.UTC).date().isoformat()


@pytest.mark.parametrize(
    ("passed", "word", "sentence"),
    [
        (None, "stale", "mart would end it, but the proof is mart:masked, stale: it was never evaluated"),
        (False, "broken", "mart would end it, but the proof is mart:masked, broken: it failed"),
        (True, "proven", "critical privacy.pii_exposure from crm on the whole 1 away static ended at mart (proven)"),
    ],
)
def test_with_evidence_the_event_log_decides(location, event_log, passed, word, sentence):
    if passed is not None:
        materialise(passed=passed)
    assert sentence in lines("mart", "--evidence", *location(passed=bool(passed)))
    told = json.loads(said("mart", "--evidence", "--json", *location()).stdout)
    assert told["evidence"] is True
    assert [end["evidence"] for end in told["assets"]["mart"]["resolves"]] == [word]


def test_without_it_a_resolution_is_a_claim(location):
    told = json.loads(said("mart", "--json", *location()).stdout)
    assert (told["evidence"], told["assets"]["mart"]["resolves"][0]["evidence"]) == (False, "claim")


def test_an_event_log_that_cannot_be_read_is_no_answer(location, event_log, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "nowhere")
    done = said("--evidence", *location(), code=1)
    assert "The event log in DAGSTER_HOME cannot be read: $DAGSTER_HOME" in done.stderr
    assert done.stdout == ""


def test_an_event_log_that_breaks_while_it_is_asked_is_no_answer(location, event_log):
    said("--evidence", *location())
    for database in event_log.rglob("*.db"):
        database.write_bytes(b"no database " * 1000)
    done = said("--evidence", *location(), code=1)
    assert "cannot be read" in done.stderr
    assert done.stdout == ""


def test_a_proof_that_broke_since_is_less_done_about_it(location, event_log, tmp_path):
    materialise(passed=True)
    (tmp_path / "saved.json").write_text(said("--json", "--evidence", *location()).stdout)
    assert said("saved.json", "--evidence", *location(), command="diff").stdout.startswith("No asset has more risk")
    materialise(passed=False)
    found = lines("saved.json", "--evidence", *location(passed=False), command="diff", code=1)
    assert found[0].startswith("2 assets to answer for since saved.json (2 gained): mail, mart.")
    assert "gained mail critical privacy.pii_exposure crm crm > mart > mail no" in found


def test_an_answer_with_evidence_is_not_compared_with_one_without(location, event_log, tmp_path):
    (tmp_path / "saved.json").write_text(said("--json", *location()).stdout)
    done = said("saved.json", "--evidence", *location(), command="diff", code=1)
    assert "Only one of the two answers asked the event log." in done.stderr
