"""`heirloom contracts history` and `replay`, on what one scenario has left."""

import pytest
from click.testing import CliRunner

from heirloom.cli import main
from heirloom.stream.scenarios import CONTRACTS, Place, run_scenario
from lakehouse.lake import Lake


@pytest.fixture(scope="module")
def place(engine_for, tmp_path_factory) -> Place:
    folder = tmp_path_factory.mktemp("streams")
    lake = Lake(catalog_url=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
    return Place(spark=engine_for(lake), checkpoints=folder)


@pytest.fixture(scope="module")
def outcome(place):
    return run_scenario("dq-rejects", seconds=3, place=place)


@pytest.fixture
def heirloom(place, outcome, monkeypatch):
    monkeypatch.setattr("heirloom.resources.lake", lambda _: place.lake)
    monkeypatch.setattr("heirloom.resources.session", lambda _: place.spark)
    return lambda *words: CliRunner().invoke(main, ["contracts", *words])


def test_the_history_lists_every_batch_and_the_latest_good_version(heirloom, outcome):
    said = heirloom("history", "demo.rate").output
    for batch in outcome.batches:
        assert f"{batch.row_count} rows, {batch.rejected} rejected" in said
    assert said.splitlines()[-1] == f"latest good version: {outcome.versions[-1]}"


def test_an_older_version_is_found_by_its_snapshot_and_can_be_read(heirloom, outcome):
    first = outcome.versions[0]
    said = heirloom("history", "demo.rate", "--as-of", str(first.snapshot), "--rows", "2").output.splitlines()
    assert said[-3] == f"latest good version: {first}"
    assert all(int(line.split("value=")[1]) < outcome.batches[0].row_count for line in said[-2:])


REFUSED = {
    ("history", "demo.nope"): "no stream has written to lake.demo.nope",
    ("history", "demo.rate", "--as-of", "2020-01-01"): "has no version of a stream as of 2020-01-01 00:00:00+00:00",
    ("history", "demo.rate", "--as-of", "then"): "then is neither a snapshot nor a moment",
    ("replay", "demo.nope"): "no contract for demo.nope: name its file with --contract",
    ("replay", "demo.rate", "--set", "value"): "write column=SQL",
    (
        "replay",
        "demo.nope",
        "--contract",
        str(CONTRACTS / "rate.yaml"),
    ): "is the contract of demo.rate, not of demo.nope",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_answered_is_said(heirloom, words):
    done = heirloom(*words)
    assert done.exit_code != 0
    assert REFUSED[words] in " ".join(done.output.split())


def test_a_replay_brings_the_mended_rows_once(heirloom, outcome):
    bad = len(outcome.quarantine)
    assert heirloom("replay", "demo.rate").output.startswith(
        f"nothing was changed: none of the {bad} rows in quarantine is good by now (demo.rate@1.0.0)"
    )
    assert heirloom("replay", "demo.rate", "--set", "value=abs(value)").output == (
        f"{bad} of {bad} rows are in lake.demo.rate now, 0 stay rejected\n"
    )
    assert heirloom("replay", "demo.rate").output == "nothing lies in lake.demo.rate__quarantine\n"
    assert "#replay-0-0" in heirloom("history", "demo.rate").output.splitlines()[-1]
