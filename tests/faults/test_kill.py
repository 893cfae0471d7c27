"""kill -9 anywhere in a write: readers see the table before or after it, and running again is enough."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from writer import write

from lakehouse.lake import Lake
from lakehouse.maintenance import forget, leftovers

pytestmark = pytest.mark.faults

WRITER = Path(__file__).with_name("writer.py")
DAY, OTHER = "2026-01-05", "2026-01-06"


def start(home: Path, *, version: int, place: str = "", day: str = DAY) -> subprocess.Popen:
    command = [sys.executable, str(WRITER), str(home), str(version), place, day]
    environ = {**os.environ, "PYTHONPATH": str(WRITER.parents[2])}
    return subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def killed(home: Path, *, place: str) -> bool:
    process = start(home, version=2, place=place)
    _, said = process.communicate(timeout=180)
    assert process.returncode in {0, -signal.SIGKILL}, said
    return process.returncode == -signal.SIGKILL


def lake_of(home: Path) -> Lake:
    return Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")


def read(home: Path) -> dict[str, set[int]]:
    """The versions that each day's rows are of; every row of a day is there, or none."""
    table = lake_of(home).table("f.lines").scan().to_arrow().to_pylist()
    found: dict[str, list[int]] = {}
    for row in table:
        found.setdefault(row["day"].isoformat(), []).append(row["version"])
    assert {len(versions) for versions in found.values()} == {499}
    return {day: set(versions) for day, versions in found.items()}


def rejected_by(home: Path) -> list[str]:
    return lake_of(home).table("f.lines__quarantine").scan().to_arrow()["run_id"].to_pylist()


@pytest.fixture(scope="module")
def finish(engine_for):
    """Write whole, in the JVM of this run: another process than the killed ones."""
    return lambda home, version: write(engine_for(lake_of(home)), home, version=version, place="", day=DAY)


@pytest.fixture(scope="module")
def written(tmp_path_factory, finish) -> Path:
    home = tmp_path_factory.mktemp("written")
    finish(home, 1)
    return home


@pytest.fixture
def home(written, tmp_path) -> Path:
    """Paths are part of Iceberg's metadata: each test gets the folder moved to where it was, its own."""
    kept = tmp_path / "kept"
    shutil.copytree(written, kept)
    yield written
    shutil.rmtree(written)
    shutil.copytree(kept, written)


@pytest.mark.parametrize(
    ("place", "seen"),
    [("in a task", 1), ("written", 1), ("before the quarantine", 1), ("before the table", 1), ("after the table", 2)],
)
def test_readers_see_before_or_after_and_running_again_is_enough(home, place, seen, finish):
    assert killed(home, place=place)

    assert read(home) == {DAY: {seen}}
    assert f"v{seen}" in rejected_by(home)

    finish(home, 2)

    assert read(home) == {DAY: {2}}
    assert rejected_by(home) == ["v2"]


def test_leftovers_are_named_and_can_be_forgotten(home):
    assert killed(home, place="before the table")
    lake = lake_of(home)

    found = list(leftovers(lake))

    assert [one.table for one in found] == ["f.lines"]
    for one in found:
        forget(one, lake=lake)
    assert list(leftovers(lake)) == []
    assert read(home) == {DAY: {1}}


def test_two_processes_writing_different_days_both_land(home):
    writers = [start(home, version=2, day=DAY), start(home, version=3, day=OTHER)]

    for writer in writers:
        _, said = writer.communicate(timeout=180)
        assert writer.returncode == 0, said

    assert read(home) == {DAY: {2}, OTHER: {3}}
    assert sorted(rejected_by(home)) == ["v2", "v3"]


def test_of_two_processes_writing_the_same_day_one_wins_whole(home):
    writers = [start(home, version=version) for version in (2, 3)]

    for writer in writers:
        _, said = writer.communicate(timeout=180)
        assert writer.returncode == 0, said

    (versions,) = read(home).values()
    assert versions in ({2}, {3})
    assert list(leftovers(lake_of(home))) == []
