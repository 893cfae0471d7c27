"""A backfill as the Dagster UI launches it: the daemon takes it, and one run writes the range once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from loopback import free_port

from heirloom.resources import lake
from heirloom.settings import Settings

pytestmark = pytest.mark.faults

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DAYS = [f"2024-02-{day:02}" for day in range(1, 11)]
LAUNCH = """mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) { __typename ... on LaunchBackfillSuccess { backfillId } }
}"""
STATUS = """query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status runs(limit: 9) { status } } }
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("backfill")


@pytest.fixture(scope="module")
def address(home):
    dagster_home = home / "dagster"
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text((PROJECT / "deploy" / "dagster.yaml").read_text())
    environ = {**os.environ, "DAGSTER_HOME": str(dagster_home), "HEIRLOOM_HOME": str(home)}
    shop = ["shop", "--customers", "80", "--days", "60", "--to", f"sqlite:///{home}/shop.db"]
    subprocess.run([BIN / "heirloom", *shop], env=environ, cwd=PROJECT, check=True, capture_output=True)
    port = str(free_port())
    command = [BIN / "dagster", "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", port]
    with (home / "dagster.log").open("w") as log:
        dagster = subprocess.Popen(command, env=environ, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        dagster.terminate()
        try:
            dagster.wait(30)
        finally:
            with_all_it_started(dagster.pid)


def with_all_it_started(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def ask(address: str, query: str, **variables) -> dict:
    body = json.dumps({"query": query, "variables": variables}).encode()
    with urlopen(Request(address, body, {"Content-Type": "application/json"}), timeout=30) as answer:
        return json.load(answer)["data"]


def until(address: str, query: str, *, done, seconds: int, **variables) -> dict:
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = ask(address, query, **variables)
            if done(last):
                return last
        except OSError as error:
            last = error
        time.sleep(1)
    raise TimeoutError(f"{query} after {seconds} s: {last}")


def test_a_range_is_one_run_and_one_version(address, home):
    until(address, "{ version }", done=lambda _: True, seconds=120)
    wanted = {"assetSelection": [{"path": ["clv", "transactions"]}], "partitionNames": DAYS}

    launched = ask(address, LAUNCH, params=wanted)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    ended = until(
        address,
        STATUS,
        id=launched["backfillId"],
        done=lambda found: found["partitionBackfillOrError"]["status"].startswith(("COMPLETED", "FAILED", "CANCELED")),
        seconds=240,
    )["partitionBackfillOrError"]

    assert ended == {"status": "COMPLETED_SUCCESS", "runs": [{"status": "SUCCESS"}]}, (home / "dagster.log").read_text()
    table = lake(Settings.read({"HEIRLOOM_HOME": str(home)})).table("clv.transactions")
    days = {row.isoformat() for row in table.scan(selected_fields=("day",)).to_arrow()["day"].to_pylist()}
    assert days <= set(DAYS)
    assert len(days) > 5
    assert len(table.snapshots()) == 2  # the first, empty one and the backfill's
