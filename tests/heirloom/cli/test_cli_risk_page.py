"""`heirloom risks --html` on a code location that knows nothing of it."""

import json
import re

import pytest
from click.testing import CliRunner

from heirloom.cli import main

SHOP = """
import dagster as dg
from governance.risk import assessed, carries

orders = carries("quality.currency", note="Kronor among euros.")(dg.AssetSpec("orders"))
mail = assessed()(dg.AssetSpec("mail", deps=[orders], group_name="out"))
defs = dg.Definitions(assets=[orders, mail])
"""
POLICY = "out: {critical: any, high: any, medium: any, not_assessed: refuse, unreadable: refuse, overdue: refuse}"
SIGNED = "- {who: a@b.example, what: quality.currency, where: mail, until: 2099-01-01, why: Known., ticket: T-1}"


@pytest.fixture(autouse=True)
def _location(tmp_path, monkeypatch):
    for name, text in (("shop.py", SHOP), ("policy.yaml", POLICY), ("signed.yaml", SIGNED)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)


def run(*words, code=0):
    done = CliRunner().invoke(main, ["risks", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def written(tmp_path):
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def test_anybody_s_definitions_become_a_page(tmp_path):
    said = run("-f", "shop.py", "--html", "report.html")
    data = written(tmp_path)

    assert said == "report.html: 2 assets. Open it in a browser; it loads nothing from elsewhere.\n"
    assert (data["name"], data["asked"], data["governed"]) == ("shop.py", False, False)
    assert [answer["verdict"] for answer in data["answers"]] == ["risks"]


def test_with_a_policy_and_acceptances_the_page_judges(tmp_path):
    run("-f", "shop.py", "--html", "report.html", "--policy", "policy.yaml", "--acceptances", "signed.yaml")
    [answer] = written(tmp_path)["answers"]

    assert (answer["verdict"], answer["risks"][0]["standing"], answer["risks"][0]["who"]) == (
        "within",
        "accepted",
        "a@b.example",
    )


def test_a_location_that_fails_is_on_the_page_and_fails_the_command(tmp_path):
    (tmp_path / "workspace.yaml").write_text("load_from: [{python_file: shop.py}, {python_file: gone.py}]")
    run("-w", "workspace.yaml", "--html", "report.html", code=1)

    assert list(written(tmp_path)["failed"]) == ["gone.py"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("orders", "--html", "report.html"), "--html writes everything"),
        (("--json", "--html", "report.html"), "--html writes everything"),
        (("--policy", "policy.yaml"), "belong to --html"),
    ],
)
def test_what_does_not_go_together_is_refused(words, said):
    assert said in run("-f", "shop.py", *words, code=2)


def test_a_file_that_cannot_be_written_is_a_sentence():
    assert "no/report.html cannot be written: No such file or directory." in run(
        "-f", "shop.py", "--html", "no/report.html", code=1
    )
