"""`heirloom diff` in a repository of its own, against revisions and saved answers."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from heirloom.cli import main

LOCATION = """
import dagster as dg
from governance.risk import assessed, carries
crm = carries("privacy.pii_exposure", column="name", note="Names.", severity="{severity}")(dg.AssetSpec("crm"))
mail = assessed()(dg.AssetSpec("mail", deps=[crm]))
defs = dg.Definitions(assets=[crm, mail{more}])
"""
TOLD = "lake.sales_channel:\n  - {risk: quality.remapped_codes, column: channel, note: a|b}\n"
ACCEPTED = """
- {who: maria@shop.example, what: privacy.pii_exposure, where: %s, until: %s, why: Agreed., ticket: X-1}
"""


def git(*words):
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


@pytest.fixture
def change(tmp_path):
    def change(severity="medium", more=""):
        (tmp_path / "shop_location.py").write_text(LOCATION.format(severity=severity, more=more))

    change()
    return change


@pytest.fixture
def repository(change):
    git("init", "--initial-branch=main", ".")
    git("add", ".")
    git("commit", "--message=one")
    return change


@pytest.fixture
def saved(tmp_path, change):
    done = CliRunner().invoke(main, ["risks", "--json", "-m", "shop_location"])
    (tmp_path / "saved.json").write_text(done.stdout)
    return change


def run(*words, code=0):
    module = () if "-m" in words else ("-m", "shop_location")
    done = CliRunner().invoke(main, ["diff", *words, *module], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_against_a_revision_it_reads_that_revisions_code_and_leaves_nothing_behind(repository):
    assert run("main").stdout == "No asset has more risk to answer for than at main.\n"
    repository(severity="high", more=", dg.AssetSpec('report', deps=[mail])")
    said = run("main", code=1).stdout.splitlines()
    assert said[0] == "3 assets to answer for since main (1 gained, 2 worse): crm, mail, report."
    assert [" ".join(line.split()) for line in said[1:]] == [
        "gained report high privacy.pii_exposure crm.name crm > mail > report no",
        "worse crm (name) medium → high privacy.pii_exposure crm.name crm no",
        "worse mail medium → high privacy.pii_exposure crm.name crm > mail no",
        "not known report not assessed report",
    ]
    listed = subprocess.run(["git", "worktree", "list"], check=True, capture_output=True, text=True).stdout
    assert len(listed.splitlines()) == 1


def test_both_sides_are_asked_for_the_same_day(repository):
    repository(severity='high", valid_from="2026-06-01", valid_until="2026-06-30')
    assert "2 risks gone." in run("main", "--today", "2026-05-31").stdout
    assert "2 assets to answer for" in run("main", "--today", "2026-06-30", code=1).stdout


def test_both_sides_are_judged_by_the_event_log(repository, tmp_path, monkeypatch):
    (tmp_path / "dagster_home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    (tmp_path / "dagster_home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert run("main", "--evidence").stdout == "No asset has more risk to answer for than at main.\n"
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))
    assert "The event log in DAGSTER_HOME cannot be read" in run("main", "--evidence", code=1).stderr


def test_findings_that_the_revision_lacks_are_gained(repository, tmp_path):
    (tmp_path / "told.yaml").write_text(TOLD)
    said = run("HEAD", "--findings", "told.yaml", "--markdown", code=1).stdout
    assert (
        "| gained | lake.sales_channel (channel) | high quality.remapped_codes | lake.sales_channel.channel |" in said
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "'nowhere' is neither a revision of this repository nor a saved file."),
        (("--", "--output=x"), "'--output=x' is neither a revision of this repository nor a saved file."),
        (("main", "-m", "json"), "Code location 'json' was loaded from"),
    ],
)
def test_a_base_that_cannot_be_read_is_a_sentence(repository, words, sentence):
    module = () if "-m" in words else ("-m", "shop_location")
    done = CliRunner().invoke(main, ["diff", *module, *words])
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stdout == ""


def test_outside_a_repository_it_says_so(change):
    assert "not a git repository" in run("main", code=1).stderr


def test_against_a_saved_answer(saved):
    assert run("saved.json").stdout == "No asset has more risk to answer for than at saved.json.\n"
    saved(severity="critical")
    assert "2 assets to answer for since saved.json (2 worse): crm, mail." in run("saved.json", code=1).stdout


def test_what_is_gone_is_said_and_is_no_failure(saved, tmp_path):
    (tmp_path / "shop_location.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    said = run("saved.json").stdout.splitlines()
    assert said[0] == "No asset has more risk to answer for than at saved.json. 2 risks gone."
    assert [line.split()[:2] for line in said[1:]] == [["gone", "crm"], ["gone", "mail"]]


def test_what_somebody_accepts_is_no_failure(saved, tmp_path):
    accepted = tmp_path / "accepted.yaml"
    accepted.write_text(ACCEPTED % ("crm", "2999-01-01") + ACCEPTED % ("mail", "2999-01-01"))
    saved(severity="high")
    said = run("saved.json", "--acceptances", "accepted.yaml", "--markdown").stdout.splitlines()
    assert said[0] == "**No asset has more risk to answer for than at saved.json. All that is worse was accepted.**"
    assert said[2:4] == [
        "| change | asset | risk | from | nearest route | accepted |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    assert said[4] == "| worse | crm (name) | medium → high privacy.pii_exposure | crm.name | crm | yes |"


def test_an_acceptance_that_is_over_or_of_another_asset_does_not_count(saved, tmp_path):
    accepted = tmp_path / "accepted.yaml"
    accepted.write_text(ACCEPTED % ("crm", "2020-01-01") + ACCEPTED % ("mail", "2999-01-01"))
    saved(severity="high")
    said = run("saved.json", "--acceptances", "accepted.yaml", code=1).stdout
    assert said.startswith("1 asset to answer for since saved.json (1 worse): crm.")


def test_no_acceptance_covers_what_nobody_knows(saved, tmp_path):
    (tmp_path / "shop_location.py").write_text("import dagster as dg\ndefs = dg.Definitions([dg.AssetSpec('mail')])\n")
    said = run("saved.json", code=1).stdout
    assert said.startswith("1 asset to answer for since saved.json (1 not known): mail. 2 risks gone.")


def test_a_file_that_is_no_answer_is_a_sentence(change, tmp_path):
    (tmp_path / "bad.json").write_text("{")
    assert "bad.json is no file saved by `heirloom risks --json`: Expecting" in run("bad.json", code=1).stderr
    (tmp_path / "bad.json").write_text("[]")
    assert "This is no answer of `heirloom risks --json`" in run("bad.json", code=1).stderr


def test_a_long_list_is_cut_for_a_pull_request():
    from governance.risk.diff import Change, Thing
    from heirloom.cli.diff_text import as_markdown, as_text

    found = [Change("gained", Thing(f"a{n}", "model.x", "o", None, None), None, "low") for n in range(130)]
    markdown = as_markdown(found, found, base="main")
    assert markdown.count("| gained |") == 100
    assert markdown.endswith("30 more: run `heirloom diff`.")
    assert "a0, a1, a10, a100, a101, a102, a103, a104, 122 more." in markdown
    assert as_text(found, found, base="main").count("\n  gained ") == 130


def test_what_came_by_many_columns_is_one_row():
    from governance.risk.diff import Change, Thing
    from heirloom.cli.diff_text import as_text

    found = [Change("gained", Thing("a", "model.x", "o", None, name), None, "low", ("o", "a")) for name in "xyz"]
    said = as_text(found, found[:2], base="main").splitlines()
    assert said[0] == "1 asset to answer for since main (1 gained): a."
    assert [" ".join(line.split()) for line in said[1:]] == [
        "gained a (x, y) low model.x o o > a no",
        "gained a (z) low model.x o o > a yes",
    ]


def test_the_workflow_asks_what_the_command_understands():
    workflow = yaml.safe_load((Path(__file__).parents[3] / ".github/workflows/pull_request.yml").read_text())
    (step,) = [step for step in workflow["jobs"]["changes"]["steps"] if "heirloom diff" in step.get("run", "")]
    words = re.search(r"heirloom (diff [^|]+?) *\|", step["run"])[1].split()
    command = main.get_command(None, words[0])
    context = command.make_context("diff", words[1:])
    assert (context.params["base"], context.params["markdown"]) == ("HEAD^1", True)
    assert "pipefail" in step["run"] or step["shell"] == "bash"
