"""`heirloom contracts` on files and revisions: diff, check, publish, pages, adopt, propose."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from heirloom.cli import main

PROJECT = Path(__file__).parents[3]
ORDERS = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.0.0
status: active
description: {purpose: What was sold}
schema:
  - name: orders
    properties:
      - {name: id, logicalType: string, primaryKey: true}
      - {name: amount, logicalType: number, logicalTypeOptions: {minimum: 0}}
"""
OPTIONAL = "      - {name: note, logicalType: string}\n"


def git(*words):
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


def run(*words, code=0):
    done = CliRunner().invoke(main, ["contracts", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a published contract; gives a way to rewrite it."""
    monkeypatch.chdir(tmp_path)

    def write(old="", new="", *, version="1.0.0", more=""):
        text = ORDERS.replace(old, new) if old else ORDERS
        Path("contracts/orders.yaml").write_text(text.replace("1.0.0", version) + more)

    Path("contracts").mkdir()
    write()
    run("publish", "--folder", "contracts")
    git("init", "--initial-branch=main", ".")
    git("add", ".")
    git("commit", "--message=one")
    return write


def check(*words, code=0):
    return run("check", "--folder", "contracts", *words, code=code)


def test_nothing_changed(repository):
    assert check("--base", "main") == check() == "No contract changed.\n"


def test_a_breaking_change_needs_a_major_version(repository):
    repository("minimum: 0", "minimum: 5", version="1.1.0")
    run("publish", "--folder", "contracts")
    said = check("--base", "main", code=1)
    assert "shop.orders@1.1.0 has breaking changes since 1.0.0: it needs a major version, 2.0.0 or later" in said
    assert re.search(r"breaking +shop\.orders +rule amount_ge_0 → amount_ge_5 .* go on +break", said)
    repository("minimum: 0", "minimum: 5", version="2.0.0")
    run("publish", "--folder", "contracts")
    assert check("--base", "main").startswith("The contracts' versions say what changed (1).")


def test_a_compatible_change_needs_a_minor_version(repository):
    repository(more=OPTIONAL, version="1.0.1")
    run("publish", "--folder", "contracts")
    assert "has compatible changes since 1.0.0: it needs a minor version, 1.1.0 or later" in check(
        "--base", "main", code=1
    )
    repository(more=OPTIONAL, version="1.1.0")
    run("publish", "--folder", "contracts")
    assert re.search(r"compatible +shop\.orders +column note +string, optional +go on +break", check("--base", "main"))


def test_a_published_version_stays_as_it_is_also_without_a_base(repository):
    repository("What was sold", "What we sold")
    assert "shop.orders@1.0.0 was published with other content" in check(code=1)
    assert "shop.orders@1.0.0 was published with other content" in run("publish", "--folder", "contracts", code=1)


def test_publishing_anew_over_a_deleted_lock_is_seen_against_the_base(repository):
    repository("What was sold", "What we sold")
    Path("contracts/published.json").unlink()
    run("publish", "--folder", "contracts")
    assert "shop.orders@1.0.0 is not in published.json as it was published" in check("--base", "main", code=1)


def test_a_version_that_is_not_published_is_named(repository):
    repository(version="1.0.1")
    assert "shop.orders@1.0.1 is active and not published: run `heirloom contracts publish`" in check(code=1)


def test_a_contract_does_not_just_go(repository):
    Path("contracts/orders.yaml").unlink()
    assert "shop.orders@1.0.0 is active and its file is gone: retire it in a version first" in check(
        "--base", "main", code=1
    )


def test_a_new_contract_is_compared_with_nothing(repository):
    Path("contracts/lines.yaml").write_text(ORDERS.replace("orders", "lines"))
    run("publish", "--folder", "contracts")
    assert check("--base", "main") == "No contract changed.\n"


def test_a_table_for_a_pull_request(repository):
    repository("minimum: 0", "maximum: 5")
    said = check("--base", "main", "--markdown", code=1).splitlines()
    assert said[0] == "**2 to put right in the contracts.**"
    assert "| class | contract | change | from | to | readers | writers |" in said
    assert "| breaking | shop.orders | rule amount_le_5 |  | `amount` <= 5, else quarantine | go on | break |" in said


def test_diff_of_files_and_revisions(repository):
    Path("old.yaml").write_text(ORDERS)
    repository("logicalType: number, logicalTypeOptions: {minimum: 0}", "logicalType: string", version="1.5.0")
    for words in (
        ("old.yaml", "contracts/orders.yaml"),
        ("HEAD:contracts/orders.yaml", "contracts/orders.yaml"),
        ("contracts/orders.yaml", "--base", "main"),
    ):
        said = run("diff", *words, code=1)
        assert "needs a major version, 2.0.0 or later" in said
        assert re.search(r"breaking +shop\.orders +column amount: type +double +string +break +break", said)
    assert run("diff", "old.yaml", "HEAD:contracts/orders.yaml") == "No contract changed.\n"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("diff", "contracts/orders.yaml"), 2, "Give two contracts, OLD and NEW; or one and --base."),
        (("diff", "nowhere.yaml", "contracts/orders.yaml"), 2, "There is no file nowhere.yaml."),
        (("diff", "HEAD:nowhere.yaml", "contracts/orders.yaml"), 1, "nowhere.yaml at HEAD."),
        (("diff", "nowhere:a.yaml", "contracts/orders.yaml"), 1, "'nowhere' is neither a revision"),
        (("check", "--folder", "contracts", "--base", "nowhere"), 1, "'nowhere' is neither a revision"),
        (("check", "--folder", "contracts", "--base", "--output=x"), 1, "'--output=x' is neither a revision"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(repository, words, code, sentence):
    assert sentence in run(*words, code=code)


def test_a_contract_that_cannot_be_read_at_the_base_is_named_with_its_revision(repository):
    Path("contracts/orders.yaml").write_text("kind: nothing\n")
    git("commit", "--all", "--message=two")
    repository()
    assert "main:contracts/orders.yaml:1: 'apiVersion' is missing" in check("--base", "main", code=1)


def test_pages_are_written_checked_and_forgotten(repository):
    assert run("pages", "--folder", "contracts", "--to", "pages").startswith("1 pages, 1 changed: shop.orders.md")
    text = Path("pages/shop.orders.md").read_text()
    assert "| `amount` | double |  |  |  |" in text
    assert "| `amount_ge_0` | `` `amount` >= 0 `` | quarantine |  |" in text
    Path("pages/shop.gone.md").write_text("old")
    repository("minimum: 0", "minimum: 1")
    words = ("pages", "--folder", "contracts", "--to", "pages")
    assert "2 out of date: shop.gone.md, shop.orders.md" in run(*words, "--check", code=1)
    run(*words)
    assert run(*words, "--check") == "1 pages, 0 out of date: none\n"


def test_the_house_keeps_its_own_contracts_published_and_its_pages_up_to_date(monkeypatch):
    monkeypatch.chdir(PROJECT)
    assert run("check") == "No contract changed.\n"
    assert run("pages", "--check").endswith("0 out of date: none\n")


def test_every_pull_request_is_checked_against_what_it_is_merged_into():
    workflow = yaml.safe_load((PROJECT / ".github/workflows/pull_request.yml").read_text())
    (step,) = [step for step in workflow["jobs"]["changes"]["steps"] if "heirloom contracts" in step.get("run", "")]
    words = re.search(r"heirloom contracts (check [^|]+?) *\|", step["run"])[1].split()
    params = main.get_command(None, "contracts").commands[words[0]].make_context("check", words[1:]).params
    assert (params["base"], params["markdown"], params["folders"]) == ("HEAD^1", True, ())
    assert step["shell"] == "bash"


def test_adopting_prints_a_contract_that_loads(repository):
    Path("theirs.yaml").write_text(
        ORDERS.replace("id: shop.orders", "id: 7f3a").replace("name: orders", "name: Orders")
    )
    text = run("adopt", "theirs.yaml", "--as", "shop.bought")
    Path("contracts/bought.yaml").write_text(text)
    assert "shop.bought@1.0.0 is active and not published" in check(code=1)


def test_adopting_names_what_it_cannot_keep(repository):
    Path("theirs.yaml").write_text(ORDERS.replace("logicalType: number", "logicalType: object"))
    assert "theirs.yaml:11: logicalType 'object' of column 'amount'" in run(
        "adopt", "theirs.yaml", "--as", "shop.orders", code=1
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HEIRLOOM_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    return tmp_path


def report(instance, contract, **counters):
    import dagster as dg

    from lakehouse.contracts.history import VERDICT, report_blocked
    from lakehouse.contracts.verdicts import Counters, Verdict

    verdict = Verdict.of(Counters(**counters), contract)
    if verdict.word == "block":
        report_blocked(instance, dg.AssetKey(contract.key), verdict)
        return
    event = dg.AssetMaterialization(dg.AssetKey(contract.key), metadata={VERDICT: verdict.as_json()})
    instance.report_runless_asset_event(event)


def test_a_draft_comes_from_the_event_log_and_the_quarantine(home):
    import pyarrow as pa

    from heirloom.home import instance
    from heirloom.resources import lake
    from heirloom.settings import read
    from lakehouse.contracts.document import read as contract_in
    from lakehouse.evolution import ensure
    from lakehouse.quarantine import COLUMNS

    contract = contract_in(PROJECT / "clv_assets" / "contracts" / "transactions.yaml")
    with instance(read()) as log:
        report(log, contract, rows=100, rejected=2, violations={"currency_allowed": 2})
        report(log, contract, rows=10, rejected=9, violations={"unit_price_ge_0": 9})
    table = ensure("clv.transactions__quarantine", COLUMNS, partition="partition", lake=lake(read()), said_by="a test")
    rows = [{"row": json.dumps({"currency": "USD"}), "reasons": ["currency_allowed"]}] * 2
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))

    said = run("propose", "clv.transactions")

    assert "# A draft after clv.transactions@1.0.0, from 2 recorded writes and 2 reasons in the quarantine." in said
    assert "# - 1 of 2 writes broke currency_allowed, by 2 rows; 2 rows lie in quarantine for it" in said
    assert '# - Not on the list of currency_allowed: "USD" (2). Does one belong on it?' in said
    assert "# - 1 of 2 writes broke rejected_share" in said
    assert "status: draft" in said
    assert run("propose", "clv.transactions", "--to", str(home / "draft.yaml")).endswith(
        "a draft after clv.transactions@1.0.0\n"
    )


def test_a_draft_does_not_lie_among_contracts_in_force(home):
    folder = PROJECT / "clv_assets" / "contracts"
    assert "Contracts in that folder are enforced" in run(
        "propose", "clv.customers", "--to", str(folder / "x.yaml"), code=1
    )
    assert not (folder / "x.yaml").exists()


def test_a_draft_of_no_contract_names_those_there_are(home):
    assert "no contract for clv.nothing; there are clv.customer_features" in run("propose", "clv.nothing", code=1)
