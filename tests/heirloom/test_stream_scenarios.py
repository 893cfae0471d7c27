"""The three scenarios of `heirloom stream`, each on Spark's rate source for some seconds."""

import json
import re

import pytest
from click.testing import CliRunner

from heirloom.cli import main
from heirloom.stream import SCENARIOS, run_scenario
from heirloom.stream.scenarios import Place
from lakehouse.errors import LakehouseError, SchemaMismatch
from lakehouse.lake import Lake

METRICS = {"row_count", "violations.non_negative_value", "violations.value_not_null"}


@pytest.fixture
def place(engine_for, tmp_path) -> Place:
    lake = Lake(catalog_url=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"{tmp_path}/warehouse")
    return Place(spark=engine_for(lake), checkpoints=tmp_path / "checkpoints")


def rejected(outcome) -> list[int]:
    return [json.loads(row["row"])["value"] for row in outcome.quarantine]


def test_valid_rows_come_through_with_exactly_three_metrics_a_batch(place):
    outcome = run_scenario("valid", seconds=4, enforce=False, place=place)

    assert outcome.micro_batches
    for batch in outcome.micro_batches:
        assert batch.metrics == dict.fromkeys(METRICS, 0) | {"row_count": batch.row_count}
        assert batch.row_count > 0
        assert batch.seconds > 0
        assert batch.lag_seconds > 0
    assert outcome.latest["ok"] is True
    assert list(outcome.rows[0]) == ["timestamp", "value"]
    assert sorted(row["value"] for row in outcome.rows) == list(range(outcome.came))
    assert (outcome.verdict, outcome.quarantine, outcome.accounted) == ("ok", [], True)
    assert re.fullmatch(r"demo\.rate_stream@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", outcome.batches[0].input)
    assert re.fullmatch(r"lake\.demo\.rate@\d+#\d+-\d+", str(outcome.version))
    assert SCENARIOS["valid"].is_as_meant(outcome)


def test_rejects_are_in_quarantine_and_not_in_the_table_while_the_stream_goes_on(place):
    outcome = run_scenario("dq-rejects", seconds=4, place=place)

    assert outcome.stopped is None
    assert all(set(batch.metrics) == METRICS for batch in outcome.micro_batches)
    assert all(value < 0 for value in rejected(outcome))
    assert all(row["value"] >= 0 for row in outcome.rows)
    every = [row["value"] for row in outcome.rows] + [-value for value in rejected(outcome)]
    assert sorted(every) == list(range(outcome.came))
    bad = outcome.latest["streaming_metrics"]["violations.non_negative_value"]
    assert outcome.latest["errors"] == ([f"{bad} negative values detected"] if bad else [])
    assert {tuple(row["reasons"]) for row in outcome.quarantine} == {("non_negative_value",)}
    assert outcome.verdict == "warn"
    said = outcome.text()
    assert f"{len(outcome.rows)} valid + {len(rejected(outcome))} in quarantine = {outcome.came}" in said
    assert SCENARIOS["dq-rejects"].is_as_meant(outcome)


def test_enforced_the_same_rows_stop_the_stream(place):
    outcome = run_scenario("dq-rejects", seconds=4, enforce=True, place=place)

    assert re.search(
        r"rows violate non_negative_value \(demo\.rate@1\.0\.0\), for example: value=-\d+ breaks", str(outcome.stopped)
    )
    assert outcome.batches[-1].word == "block"
    assert outcome.latest["ok"] is False
    assert re.fullmatch(r"\d+ negative values detected", outcome.latest["errors"][0])
    assert (outcome.quarantine, outcome.accounted) == ([], True)
    assert SCENARIOS["dq-rejects"].is_as_meant(outcome)


@pytest.mark.parametrize("enforce", [True, False])
def test_a_lost_column_stops_before_the_first_write(place, enforce):
    outcome = run_scenario("schema-break", seconds=4, enforce=enforce, place=place)

    assert isinstance(outcome.stopped, SchemaMismatch)
    assert "demo.rate@1.0.0 refuses the frame: column 'value' (bigint) is missing" in str(outcome.stopped)
    assert (outcome.rows, outcome.quarantine, outcome.versions, outcome.version) == ([], [], [], None)
    assert outcome.verdict == "block"
    assert not place.lake.catalog.table_exists("demo.rate")
    assert SCENARIOS["schema-break"].is_as_meant(outcome)


def test_a_kept_table_takes_one_run_after_the_other(place):
    first = run_scenario("valid", seconds=2, place=place)
    second = run_scenario("dq-rejects", seconds=2, place=place)
    assert len(second.rows) == len(first.rows) + second.came - len(second.quarantine)


def test_an_unknown_scenario_is_refused_by_name():
    with pytest.raises(LakehouseError, match="no scenario 'nope'; there are valid, dq-rejects, schema-break"):
        run_scenario("nope")


def ran(*words, place, monkeypatch):
    monkeypatch.setattr("heirloom.stream.scenarios.kept", lambda: place)
    return CliRunner().invoke(main, ["stream", *words, "--keep"])


def test_the_command_prints_what_happened_and_exits_0_where_it_ended_as_meant(place, monkeypatch):
    done = ran("schema-break", place=place, monkeypatch=monkeypatch)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("=== schema-break: the column 'value' is gone ===")
    assert "verdict: block. Stopped: demo.rate@1.0.0 refuses" in done.output


def test_the_command_exits_1_where_rows_are_lost(place, monkeypatch):
    monkeypatch.setattr("heirloom.stream.outcome.Outcome.came", 1000)
    done = ran("valid", "--seconds", "1", place=place, monkeypatch=monkeypatch)
    assert done.exit_code == 1
    assert "LOST OR DOUBLED" in done.output
