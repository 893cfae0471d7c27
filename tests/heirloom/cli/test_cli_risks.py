"""`heirloom risks` on code locations that know nothing of it."""

import json

import pytest
from click.testing import CliRunner

from heirloom.cli import main

SHOP = """
import dagster as dg
from governance.risk import assessed, carries

print("noise")


def columns(*names):
    return {"dagster/column_schema": dg.TableSchema(columns=[dg.TableColumn(name) for name in names])}


def lineage(**made):
    deps = {name: [dg.TableColumnDep(dg.AssetKey(asset.split("/")), column)] for name, (asset, column) in made.items()}
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}


orders = dg.AssetSpec(["shop", "orders"], owners=["team:shop"], metadata=columns("price", "customer"))
orders = carries("quality.currency", column="price", note="Kronor among euros.", owner="team:shop",
                 mitigation="Converted at the landing.", mitigation_owner="Jo", review_by="2027-03-31")(orders)
revenue = dg.AssetSpec(["mart", "revenue"], deps=[orders, ["lake", "sales_channel"]], owners=["team:mart"],
                       metadata={**columns("total"), **lineage(total=("shop/orders", "price"))})
report = dg.AssetSpec(["mart", "report"], deps=[revenue])
anything = dg.Definitions(assets=[orders, assessed()(revenue), assessed()(report)])
"""

TOLD = """
lake.sales_channel:
  - risk: shop.remapped
    column: channel
    severity: high
    owner: Data Engineering
    note: Sales-channel codes were remapped in 2026.
"""
TOLD = TOLD.replace("shop.remapped", "quality.our_codes")

REGISTER = """
quality.our_codes: {label: Codes, description: Codes of this shop, severity: low}
quality.currency: {label: Currency, description: Ours, severity: critical}
"""

ARGS = ("-f", "shop.py", "--register", "register.yaml", "--findings", "told.yaml")


@pytest.fixture(autouse=True)
def _location(tmp_path):
    for name, text in (("shop.py", SHOP), ("told.yaml", TOLD), ("register.yaml", REGISTER)):
        (tmp_path / name).write_text(text)


def run(*words, code=0):
    done = CliRunner().invoke(main, ["risks", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_the_answer_comes_first_and_then_a_table():
    said = run(*ARGS).stdout.splitlines()
    assert said[0] == (
        "mart/report inherits critical quality.currency from shop/orders.price; "
        "all 4 assets and what they are made from were assessed."
    )
    assert said[1].split() == ["asset", "state", "own", "inherited", "worst", "inherited", "not", "known"]
    assert said[2].split() == [
        "mart/report",
        "risks",
        "-",
        "2",
        "critical",
        "quality.currency",
        "from",
        "shop/orders.price",
    ]


def test_an_asset_answers_with_route_lengths_owner_note_and_mitigation():
    assert [" ".join(line.split()) for line in run("mart/revenue", *ARGS).stdout.splitlines()] == [
        (
            "mart/revenue inherits 2 findings, at worst critical quality.currency from shop/orders.price; "
            "it and all it is made from were assessed."
        ),
        "critical quality.currency from shop/orders.price on total 1 away static claim",
        "team:shop: Kronor among euros. (review by 2027-03-31)",
        "Jo: Converted at the landing. (a claim, without proof)",
        "high quality.our_codes from lake/sales_channel.channel on the whole (assumed) 1 away static open",
        "Data Engineering: Sales-channel codes were remapped in 2026.",
    ]


def test_a_table_nobody_here_makes_answers_by_any_of_its_names():
    for name in ("lake.sales_channel", '"PROD"."LAKE"."SALES_CHANNEL"', "lake/sales_channel"):
        said = run(name, *ARGS).stdout
        assert "carries 1 finding and inherits nothing known, at worst high quality.our_codes" in said
        assert "on channel" in said
        assert "Data Engineering: Sales-channel codes were remapped in 2026." in said


def test_a_table_that_is_no_asset_here_is_kept_by_its_name(tmp_path):
    (tmp_path / "told.yaml").write_text(TOLD + TOLD.replace("lake.sales_channel", "lake.elsewhere"))
    said = json.loads(run("lake.elsewhere", "--json", *ARGS).stdout)
    (own,) = said["assets"]["lake.elsewhere"]["own"]
    assert (own["kind"], own["column"], own["owner"]) == ("static", "channel", "Data Engineering")


def test_json_has_the_promised_keys_and_nothing_else_on_stdout():
    said = json.loads(run("--json", *ARGS).stdout)
    assert list(said["assets"]) == ["lake/sales_channel", "mart/report", "mart/revenue", "shop/orders"]
    here = said["assets"]["mart/revenue"]
    assert here["state"] == "risks"
    assert here["own"] == []
    inherited = {one["risk"]: one for one in here["inherited"]}
    promised = ("severity", "kind", "distance", "origin", "column", "route", "routes", "mitigated", "state")
    assert {name: inherited["quality.currency"][name] for name in promised} == {
        "severity": "critical",
        "kind": "static",
        "distance": 1,
        "origin": "shop/orders",
        "column": "total",
        "route": ["shop/orders", "mart/revenue"],
        "routes": 1,
        "mitigated": False,
        "state": "claim",
    }


def test_why_draws_the_routes():
    assert run("mart/report", "--why", *ARGS).stdout.splitlines()[1:] == [
        "",
        "critical quality.currency from shop/orders.price: claim",
        "  shop/orders.price",
        "  └─ mart/revenue.total",
        "     └─ mart/report (assumed)",
        "",
        "high quality.our_codes from lake/sales_channel.channel: open",
        "  lake/sales_channel.channel",
        "  └─ mart/revenue (assumed)",
        "     └─ mart/report",
    ]


def test_down_is_the_blast_radius():
    said = run("shop/orders", "--down", *ARGS).stdout.splitlines()
    assert said[0] == (
        "It reaches 2 assets, of these 1 business output (mart/report); "
        "at worst critical quality.currency from shop/orders.price."
    )
    assert [line.split()[0] for line in said[-2:]] == ["mart/report", "mart/revenue"]
    assert "└─ mart/revenue.total" in run("shop/orders", "--down", "--why", *ARGS).stdout
    assert run("mart/report", "--down", *ARGS).stdout == "No finding carried there reaches anybody.\n"
    assert "No finding" in run("shop/orders", "--column", "customer", "--down", *ARGS).stdout


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("--risk", "quality.our_codes"), {"lake/sales_channel", "mart/revenue", "mart/report"}),
        (("--owner", "team:mart"), {"mart/revenue"}),
        (("--owner", "Jo"), {"shop/orders", "mart/revenue", "mart/report"}),
        (("--owner", "Jo", "--down"), {"mart/revenue", "mart/report"}),
        (("shop/orders", "--column", "price"), {"shop/orders"}),
    ],
)
def test_it_is_asked_by_asset_column_owner_and_risk(words, keys):
    assert set(json.loads(run(*words, "--json", *ARGS).stdout)["assets"]) == keys


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("mart/reprot",), "No asset or table 'mart/reprot' is known. Did you mean 'mart/report'?"),
        (("--risk", "quality.our_code"), "No risk is called 'quality.our_code'. Did you mean 'quality.our_codes'?"),
        (("--owner", "team:mrt"), "No owner is called 'team:mrt'. Did you mean 'team:mart'?"),
        (("shop/orders", "--column", "prce"), "No column of shop/orders is called 'prce'. Did you mean 'price'?"),
        (("--column", "price"), "Name the asset that --column belongs to."),
        (("-m", "x"), "Give one of --module, --file and --workspace."),
        (("--nope",), "No such option"),
    ],
)
def test_a_question_about_what_does_not_exist_is_a_usage_error(words, sentence):
    assert sentence in run(*words, *ARGS, code=2).stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-m", "no_such_module_here"), "Code location 'no_such_module_here' could not be loaded: ModuleNotFoundError"),
        (("-m", "json"), "Code location 'json' needs one Definitions; json has none."),
        (("-f", "shop.py"), "quality.our_codes"),
        (("-f", "shop.py", "--findings", "none.yaml"), "none.yaml cannot be read: No such file"),
        (("-f", "shop.py", "--register", "none.yaml"), "none.yaml cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_and_no_answer(tmp_path, words, sentence):
    more = () if "--findings" in words or "-m" in words else ("--findings", "told.yaml")
    done = run(*words, *more, code=1)
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_dependency_that_nobody_defines_is_unreadable_and_named():
    done = run("-f", "shop.py", "--register", "register.yaml")
    assert "of 4 assets 0 not fully assessed, 3 not fully readable" in done.stdout
    assert "Nobody defines 'lake/sales_channel', which mart/revenue depends on." in done.stderr


REPORTS = """
import dagster as dg
from governance.risk import assessed
mail = dg.AssetSpec(["out", "mail"], deps=[["mart", "report"]])
defs = dg.Definitions(assets=[assessed()(mail)])
"""
WORKSPACE = "load_from:\n  - python_file: {relative_path: shop.py, location_name: shop}\n  - python_file: reports.py\n"


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "reports.py").write_text(REPORTS)
    (tmp_path / "workspace.yaml").write_text(WORKSPACE)
    return ("-w", "workspace.yaml", *ARGS[2:])


def test_risks_cross_code_locations(workspace):
    said = json.loads(run("out/mail", "--json", *workspace).stdout)["assets"]["out/mail"]
    assert {one["risk"]: one["route"] for one in said["inherited"]} == {
        "quality.currency": ["shop/orders", "mart/revenue", "mart/report", "out/mail"],
        "quality.our_codes": ["lake/sales_channel", "mart/revenue", "mart/report", "out/mail"],
    }


def test_a_location_that_fails_is_named_and_nothing_that_hangs_on_it_is_clean(tmp_path, workspace):
    (tmp_path / "shop.py").write_text("1 / 0")
    done = run("--json", *workspace, code=1)
    said = json.loads(done.stdout)
    assert {key: here["state"] for key, here in said["assets"].items()} == {
        "lake.sales_channel": "unreadable",
        "mart/report": "unreadable",
        "out/mail": "unreadable",
    }
    assert said["failed"] == {"shop": "Code location 'shop' could not be loaded: ZeroDivisionError: division by zero"}
    assert done.stderr.splitlines()[-1] == said["failed"]["shop"]
    assert said["assets"]["mart/report"]["why"] == "'mart/report' may be made in shop, which could not be loaded."


def test_if_every_location_fails_there_is_no_answer(tmp_path, workspace):
    for name in ("shop.py", "reports.py"):
        (tmp_path / name).write_text("1 / 0")
    done = run(*workspace, code=1)
    assert done.stderr.count("could not be loaded: ZeroDivisionError") == 2
    assert done.stdout == ""


def test_our_own_location_answers_by_table_name():
    said = run("lake.clv.customer_scores").stdout
    assert said.startswith("clv/customer_scores inherits ")
    assert "definition.tax_included" in said


def test_a_chain_as_deep_as_it_likes_is_drawn():
    from governance.risk import Finding, Node, Register, Risk, Severity, inheritance
    from heirloom.cli.risk_tree import tree

    register = Register({"model.x": Risk(id="model.x", label="", description="", severity=Severity.LOW, category="")})
    first = Node(key="t0", findings=(Finding(risk="model.x", note="n"),))
    chain = [first, *(Node(key=f"t{number}", parents=(f"t{number - 1}",)) for number in range(1, 1500))]
    assert sum(1 for _ in tree(inheritance(chain, register=register)["t1499"].inherited)) == 1500
