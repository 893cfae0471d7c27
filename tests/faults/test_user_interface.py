"""The Dagster UI on what the demo makes, in a real browser."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from loopback import free_port

pytestmark = pytest.mark.faults

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("ui")
    (home / "dagster.yaml").write_text((PROJECT / "deploy" / "dagster.yaml").read_text())
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "dagster_webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "DAGSTER_HOME": str(home), "HEIRLOOM_HOME": str(home)},
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield _when_up(f"http://127.0.0.1:{port}")
    server.terminate()
    server.wait(30)


def _when_up(address: str) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/server_info", timeout=5):
                return address
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(address)


def _seen(address: str, path: str, *, folder: Path) -> str:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    assert browser, "chromium is missing: apt-get install chromium"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--window-size=1500,1000"]
    patience = ["--virtual-time-budget=20000", "--timeout=30000", "--dump-dom"]
    page = subprocess.run(
        [browser, *flags, *patience, f"{address}{path}"], capture_output=True, text=True, check=True, timeout=120
    )
    return page.stdout


def test_the_score_shows_what_it_inherits(address, tmp_path):
    page = _seen(address, "/assets/clv/customer_scores?view=overview", folder=tmp_path)

    for word in ("inherited/definition.tax_included", "high", "risk_state", "p_buy_again", "clv/scores", "Iceberg"):
        assert word in page, word


def test_the_checks_are_named_like_their_rules(address, tmp_path):
    page = _seen(address, "/assets/clv/transactions?view=checks", folder=tmp_path)

    assert "amount_eur_finite" in page
    assert "column_lineage" in page
