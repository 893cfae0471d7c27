"""The landing on a real PostgreSQL: the same lines as from the embedded database, or a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heirloom.resources import lake
from heirloom.sample_shop import generate, write
from heirloom.settings import Settings

pytestmark = pytest.mark.faults

PROJECT = Path(__file__).parents[3]
DAYS = "2024-01-01...2024-01-20"


def land(home: Path, shop: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "dagster"), "asset", "materialize", "-m", "heirloom.definitions"]
    environ = {**os.environ, "HEIRLOOM_HOME": str(home), "HEIRLOOM_SHOP": shop, "HEIRLOOM_PSEUDONYM_KEY": "k" * 16}
    environ.pop("DAGSTER_HOME", None)
    words = ["--select", "clv/transactions", "--partition-range", DAYS]
    return subprocess.run([*command, *words], env=environ, cwd=PROJECT, capture_output=True, text=True, check=False)


def landed(home: Path) -> list[dict]:
    table = lake(Settings.read({"HEIRLOOM_HOME": str(home)})).table("clv.transactions").scan().to_arrow()
    return table.sort_by([("invoice", "ascending"), ("line", "ascending")]).to_pylist()


def test_postgresql_and_sqlite_land_the_same_lines(postgresql_url, tmp_path):
    shop = generate(customers=100, days=20, seed=5)
    places = {"sqlite": f"sqlite:///{tmp_path}/shop.db", "postgresql": postgresql_url}
    for url in places.values():
        write(shop, url)

    runs = {name: land(tmp_path / name, url) for name, url in places.items()}

    assert {name: run.returncode for name, run in runs.items()} == {"sqlite": 0, "postgresql": 0}, runs
    assert landed(tmp_path / "postgresql") == landed(tmp_path / "sqlite")
    assert landed(tmp_path / "sqlite")


def test_a_database_that_is_down_is_named_without_its_password(tmp_path):
    run = land(tmp_path, "postgresql://reader:hunter2@127.0.0.1:1/shop")

    said = run.stdout + run.stderr
    assert run.returncode == 1
    assert "HEIRLOOM_SHOP" in said
    assert "hunter2" not in said
