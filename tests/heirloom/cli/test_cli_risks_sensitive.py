"""`heirloom risks --sensitive`: personal data from where it is classified to every table, model and report."""

import json

import pytest
from click.testing import CliRunner

from heirloom.cli import main

LOCATION = """
import dagster as dg
from governance.risk import assessed, resolves


def columns(*names, **personal):
    listed = [dg.TableColumn(name, tags={"pii": personal[name]} if name in personal else {}) for name in names]
    return {"dagster/column_schema": dg.TableSchema(columns=listed)}


def lineage(**made):
    deps = {name: [dg.TableColumnDep(dg.AssetKey(asset), column)] for name, (asset, column) in made.items()}
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}


crm = dg.AssetSpec("crm", metadata=columns("customer_id", "name", "city", name="name", customer_id="identifier"))
mart = dg.AssetSpec("mart", deps=[crm], kinds={"table"}, metadata={
    **columns("who", "label"), **lineage(who=("crm", "customer_id"), label=("crm", "name"))})
mart = resolves("privacy.pii_exposure", proof="mart:hashed", note="hashed with a key", columns=("who",))(mart)
mail = dg.AssetSpec("mail", deps=[mart], kinds={"csv"})


@dg.asset_check(asset="mart")
def hashed(): ...


defs = dg.Definitions(assets=[crm, mart, mail], asset_checks=[hashed])
"""


@pytest.fixture(autouse=True)
def _location(tmp_path):
    (tmp_path / "personal.py").write_text(LOCATION)


def run(*words, code=0):
    done = CliRunner().invoke(main, ["risks", "--sensitive", "-f", "personal.py", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_the_answer_comes_first_then_each_column_and_then_what_only_looks_like_it():
    assert [" ".join(line.split()) for line in run().stdout.splitlines()] == [
        "Personal data: 2 columns of 1 asset; it reaches 2 assets, of these 1 business output (mail).",
        "",
        "crm.customer_id: identifier",
        "mart on who 1 away table ended at mart (claim): hashed with a key",
        "mail on the whole (assumed) 2 away csv ended at mart (claim): hashed with a key",
        "",
        "crm.name: name",
        "mart on label 1 away table without a class there: label",
        "mail on the whole (assumed) 2 away csv",
        "",
        "1 column without a class by name may be personal data:",
        "crm.city location?",
    ]


def test_it_is_asked_by_asset():
    assert "crm.city" not in run("mail").stdout
    told = json.loads(run("mail", "--json").stdout)
    assert [(one["column"], [holder["asset"] for holder in one["holders"]]) for one in told["columns"]] == [
        ("customer_id", ["mail"]),
        ("name", ["mail"]),
    ]


def test_json_names_class_route_fate_and_proposals():
    told = json.loads(run("--json").stdout)
    assert told["proposed"] == [{"asset": "crm", "column": "city", "class": "location"}]
    first = told["columns"][0]
    assert (first["asset"], first["column"], first["class"]) == ("crm", "customer_id", "identifier")
    assert first["holders"][0] == {
        "asset": "mart",
        "column": "who",
        "via": "column",
        "distance": 1,
        "route": ["crm", "mart"],
        "columns": ["customer_id", "who"],
        "kinds": ["table"],
        "output": False,
        "classified": None,
        "ended_at": "mart",
        "evidence": "claim",
        "note": "hashed with a key",
    }


def test_a_reviewed_file_clears_what_only_looks_like_it(tmp_path):
    (tmp_path / "cleared.yaml").write_text("crm:\n  city: Of the branch, not of the customer.\n")
    assert "may be personal data" not in run("--cleared", "cleared.yaml").stdout
    (tmp_path / "cleared.yaml").write_text("crm:\n  cty: x\n")
    assert "'cty' is no column of crm. Did you mean 'city'?" in run("--cleared", "cleared.yaml", code=1).stderr


def test_where_nothing_is_classified_it_says_so(tmp_path):
    (tmp_path / "personal.py").write_text("import dagster as dg\ndefs = dg.Definitions(assets=[dg.AssetSpec('a')])\n")
    assert run().stdout == "No column is classified as personal data.\n"


@pytest.mark.parametrize("words", [("--down",), ("--why",), ("--risk", "privacy.pii_exposure"), ("--owner", "x")])
def test_it_takes_no_other_question(words):
    assert "--sensitive asks by asset only." in run(*words, code=2).stderr


def test_our_own_location_names_who_holds_what():
    done = CliRunner().invoke(main, ["risks", "--sensitive", "--json"], catch_exceptions=False)
    told = {(one["asset"], one["column"]): one for one in json.loads(done.stdout)["columns"]}
    assert [holder["asset"] for holder in told["shop/customers", "email"]["holders"]] == []
    reached = {holder["asset"] for holder in told["shop/customers", "name"]["holders"]}
    assert reached == {"clv/customers", "clv/value_report"}
    ended = {holder["ended_at"] for holder in told["shop/customers", "customer_id"]["holders"]}
    assert ended == {"clv/customers"}
