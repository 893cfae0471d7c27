"""kill -9 anywhere in a micro-batch or a replay: started again, every row is in one place, once."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from streamer import WORK

from lakehouse.checkpoint import Checkpoint
from lakehouse.contracts.batches import Verdicts
from lakehouse.lake import Lake

pytestmark = pytest.mark.faults

STREAMER = Path(__file__).with_name("streamer.py")
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: f.events
version: {version}
status: active
schema:
  - name: events
    properties:
      - {{name: id, logicalType: integer, required: true}}
      - {{name: amount, logicalType: integer, logicalTypeOptions: {{minimum: {minimum}}}}}
customProperties: [{{property: rejectedShare, value: 1}}]
"""
BATCHES, ROWS = 2, 20  # of each file's rows the first two are bad


def land(home: Path) -> None:
    (home / "landing").mkdir()
    for at in range(BATCHES):
        rows = [{"id": at * ROWS + one, "amount": -1 if one < 2 else one} for one in range(ROWS)]
        file = home / "landing" / f"{at}.json"
        file.write_text("\n".join(map(json.dumps, rows)))
        os.utime(file, (at + 1e9, at + 1e9))  # files are read in the order of their times
    (home / "events.yaml").write_text(CONTRACT.format(version="1.0.0", minimum=0))
    (home / "mended").mkdir()
    (home / "mended" / "events.yaml").write_text(CONTRACT.format(version="1.1.0", minimum=-1))


def killed(home: Path, *, place: str, work: str = "stream") -> bool:
    """Whether a process of its own, at this work, died where it should."""
    command = [sys.executable, str(STREAMER), str(home), place, "0", work]
    environ = {**os.environ, "PYTHONPATH": str(STREAMER.parents[2])}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode == -signal.SIGKILL


def lake_of(home: Path) -> Lake:
    return Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")


def valid(home: Path) -> list[int]:
    return sorted(lake_of(home).table("f.events").scan().to_arrow()["id"].to_pylist())


def rejected(home: Path) -> list[int]:
    if not lake_of(home).catalog.table_exists("f.events__quarantine"):
        return []
    rows = lake_of(home).table("f.events__quarantine").scan().to_arrow()["row"].to_pylist()
    return sorted(json.loads(row)["id"] for row in rows)


def told(home: Path) -> list[tuple[int, str, int, int]]:
    found = Verdicts(lake_of(home), "f.events").all()
    return sorted((one.batch, one.word, one.valid, one.rejected) for one in found)


GOOD = [at * ROWS + one for at in range(BATCHES) for one in range(2, ROWS)]
BAD = [at * ROWS + one for at in range(BATCHES) for one in range(2)]
ONE = ROWS - 2

# place: batches in the table, in quarantine and in the verdicts after the kill
SEEN = {
    "start": (0, 0, 0),
    "rows staged": (0, 0, 0),
    "rejects staged": (0, 0, 0),
    "after quarantine": (0, 1, 0),
    "before table": (0, 1, 0),
    "after table": (1, 1, 0),
    "during history": (1, 1, 0),
    "before checkpoint": (1, 1, 1),
}


@pytest.fixture(scope="module")
def finish(engine_for):
    """Do the work whole, in the JVM of this run: another process than the killed ones."""
    return lambda home, work="stream": WORK[work](engine_for(lake_of(home)), home)


@pytest.fixture
def home(tmp_path) -> Path:
    land(tmp_path)
    return tmp_path


@pytest.mark.parametrize("place", SEEN)
def test_a_micro_batch_killed_anywhere_is_there_once(home, place, finish):
    assert killed(home, place=place)
    rows, rejects, verdicts = SEEN[place]
    assert (len(valid(home)), len(rejected(home)), len(told(home))) == (rows * ONE, rejects * 2, verdicts)

    finish(home)

    assert (valid(home), rejected(home)) == (GOOD, BAD)
    assert told(home) == [(at, "warn", ONE, 2) for at in range(BATCHES)]


@pytest.fixture(scope="module")
def streamed(tmp_path_factory, finish) -> Path:
    home = tmp_path_factory.mktemp("streamed")
    land(home)
    finish(home)
    return home


@pytest.fixture
def done(streamed, tmp_path) -> Path:
    """Paths are part of Iceberg's metadata: each test gets the folder moved to where it was, its own."""
    kept = tmp_path / "kept"
    shutil.copytree(streamed, kept)
    yield streamed
    shutil.rmtree(streamed)
    shutil.copytree(kept, streamed)


@pytest.mark.parametrize("place", ["rows staged", "before table", "after table", "before clearing", "during history"])
def test_a_replay_killed_anywhere_brings_each_row_once(done, place, finish):
    assert killed(done, place=place, work="replay")

    finish(done, "replay")

    assert (valid(done), rejected(done)) == (sorted(GOOD + BAD), [])


def test_two_writers_on_one_checkpoint_are_refused(home, finish):
    checkpoint = Checkpoint.at(home / "checkpoint", table="f.events")
    with checkpoint.locked(), pytest.raises(AssertionError, match="another stream is at work with checkpoint"):
        killed(home, place="")
    finish(home)
    assert valid(home) == GOOD
