"""The commands of the README, as a user types them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heirloom.resources import lake
from heirloom.settings import Settings

pytestmark = pytest.mark.faults

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environ(home) -> dict[str, str]:
    return {**os.environ, "HEIRLOOM_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}


@pytest.fixture(scope="module")
def demo(environ) -> str:
    return run("heirloom demo --customers 150 --days 400", environ)


def run(command: str, environ: dict[str, str], *, fails: bool = False) -> str:
    program, *words = command.split()
    done = subprocess.run(
        [str(BIN / program), *words], env=environ, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def snapshots(home: Path) -> dict[str, int]:
    tables = lake(Settings.read({"HEIRLOOM_HOME": str(home)}))
    names = [".".join(name) for name in tables.catalog.list_tables("clv")]
    return {name: tables.table(name).current_snapshot().snapshot_id for name in names}


def test_the_demo_ends_with_an_answer(demo):
    assert "clv/customer_scores" in demo
    assert "gini" in demo
    assert demo.count(" EUR  ") == 10
    assert "shop/transactions > clv/transactions > clv/customer_features > clv/customer_scores" in demo
    assert "make dev" in demo


def test_running_it_again_changes_nothing(demo, home, environ):
    before = snapshots(home)

    again = run("heirloom demo --customers 150 --days 400", environ)

    assert again.count("there already") == 5
    assert snapshots(home) == before


def test_a_range_of_days_is_one_write(demo, home, environ):
    before = len(lake(Settings.read({"HEIRLOOM_HOME": str(home)})).table("clv.transactions").snapshots())

    run(
        "dagster asset materialize -m heirloom.definitions --select clv/transactions "
        "--partition-range 2024-03-01...2024-03-05",
        environ,
    )

    after = len(lake(Settings.read({"HEIRLOOM_HOME": str(home)})).table("clv.transactions").snapshots())
    assert after == before + 1


def test_a_job_runs_without_a_daemon(demo, environ):
    assert "RUN_SUCCESS" in run("dagster job execute -m heirloom.definitions -j train_models", environ)


@pytest.mark.parametrize(
    "command", ["dagster definitions validate -w workspace.yaml", "dg check defs --no-check-yaml", "heirloom lineage"]
)
def test_the_definitions_pass_their_validators(command, environ):
    run(command, environ)


def test_the_contracts_hold_over_whole_tables(demo, environ):
    said = run("heirloom contracts verify", environ)

    assert said.count(" 0 broken") == 5


def test_the_cloud_file_is_valid():
    from dagster_cloud_cli.config.models import load_dagster_cloud_yaml

    found = load_dagster_cloud_yaml((PROJECT / "dagster_cloud.yaml").read_text())

    assert [location.location_name for location in found.locations] == ["heirloom"]


def test_the_demo_recorded_its_runs_and_there_is_nothing_left_to_record(demo, environ):
    assert "runs recorded" in demo
    assert "score_customers" in run("heirloom ledger runs", environ)
    run("heirloom ledger record", environ)
    assert run("heirloom ledger record", environ).endswith("0 runs recorded\n")


@pytest.mark.parametrize("form", ["", " --html"])
def test_a_score_is_certified_with_its_row_and_verified(demo, home, environ, tmp_path, form):
    rows = lake(Settings.read({"HEIRLOOM_HOME": str(home)})).table("clv.customer_scores").scan(limit=1).to_arrow()
    row = rows.to_pylist()[0]
    command = f"certificate clv/customer_scores --partition {row['as_of']} --key customer={row['customer']}{form}"
    (tmp_path / "certificate").write_text(run(f"heirloom {command}", environ))

    assert run(f"heirloom certificate --verify {tmp_path}/certificate", environ).startswith("valid: entry")
    assert str(row["customer"]) in (tmp_path / "certificate").read_text()


def test_a_missing_shop_is_said_in_a_sentence(environ, tmp_path):
    elsewhere = {**environ, "HEIRLOOM_HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path / "dagster")}
    (tmp_path / "dagster").mkdir()

    said = run("dagster job execute -m heirloom.definitions -j train_models", elsewhere, fails=True)

    assert "HEIRLOOM_SHOP" in said
