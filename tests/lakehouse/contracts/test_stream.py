"""Streams on the run's one session: files land, each is a micro-batch, and the query ends when all are read."""

import json
import os

import pytest
from contract_files import column, contract, on_violation, predicate

from lakehouse import publish as publishing
from lakehouse.checkpoint import Checkpoint, CheckpointRefused
from lakehouse.contracts.batches import Verdicts, by_run, latest_good, version, worst
from lakehouse.contracts.replay import Replay
from lakehouse.contracts.sink import Sink, StreamStopped
from lakehouse.contracts.strategies import bad_in_a_row, rejected_share
from lakehouse.contracts.stream import Input, Stream
from lakehouse.errors import ContractError, LakehouseError, SchemaMismatch
from lakehouse.marker import AlreadyPublished, Marker
from lakehouse.writing import Door

ANY_SHARE = {"customProperties": [{"property": "rejectedShare", "value": 1}]}
A = column("a", "bigint", required=True, quality=[predicate("small", "a < 100")])
WHO = column("who", "string", classification="personal.name")


class Feed:
    """A folder where files land, and the stream that reads it into a table."""

    def __init__(self, engine, contract, folder):
        self.engine, self.lake, self.contract, self.folder = engine, engine.lake, contract, folder
        self.landing, self.files = folder / "landing", 0
        self.landing.mkdir()

    def land(self, *values, **fields):
        path = self.landing / f"{self.files}.json"
        path.write_text("\n".join(json.dumps({"a": value, **fields}) for value in values))
        os.utime(path, (1e9 + self.files,) * 2)
        self.files += 1

    def stream(self, *, checkpoint="checkpoint", **fields):
        folder = self.folder / checkpoint
        return Stream(**{"contract": self.contract, "lake": self.lake, "checkpoint": folder} | fields)

    def input(self, schema="a bigint", **fields):
        reader = self.engine.session.readStream.schema(schema).option("maxFilesPerTrigger", 1)
        return Input(frame=reader.json(str(self.landing)), version="landing", **fields)

    def run(self, *, schema="a bigint", **fields):
        with self.stream(**fields).start(self.input(schema)) as running:
            running.wait()

    @property
    def rows(self):
        return sorted(self.lake.table(self.contract.id).scan().to_arrow()["a"].to_pylist())

    @property
    def rejects(self):
        name = f"{self.contract.id}__quarantine"
        if not self.lake.catalog.table_exists(name):
            return []
        found = self.lake.table(name).scan().to_arrow().to_pylist()
        values = [json.loads(one["row"])["a"] for one in found]
        known = [value if value is None else int(value) for value in values]
        return sorted(zip(known, [one["batch"] for one in found], strict=True), key=str)

    @property
    def told(self):
        return Verdicts(self.lake, self.contract.id).all()

    @property
    def words(self):
        return [(one.batch, one.word) for one in self.told]


@pytest.fixture
def feed(disk_engine, package, tmp_path):
    return Feed(disk_engine, contract(tmp_path, f"{package}.feed", [A], **ANY_SHARE), tmp_path)


def test_each_row_is_valid_or_in_quarantine_and_each_batch_has_its_verdict(feed):
    feed.land(1, 2, 300)
    feed.land(4, 5)
    batches = []
    feed.run(on_batch=batches.append, run_id="run 1")

    assert (feed.rows, feed.rejects) == ([1, 2, 4, 5], [(300, 0)])
    assert [one.metrics for one in batches] == [
        {"row_count": 3, "violations.a_not_null": 0, "violations.small": 1},
        {"row_count": 2, "violations.a_not_null": 0, "violations.small": 0},
    ]
    assert [(one.batch, one.word, one.valid, one.rejected) for one in feed.told] == [(0, "warn", 2, 1), (1, "ok", 2, 0)]
    assert {(one.contract, one.input, one.run_id) for one in feed.told} == {
        (feed.contract.reference, "landing", "run 1")
    }
    assert all(one.seconds > 0 and one.lag_seconds is None for one in feed.told)
    rejected = feed.lake.table(f"{feed.contract.id}__quarantine").scan().to_arrow().to_pylist()[0]
    assert (rejected["reasons"], rejected["contract"], rejected["run_id"]) == (
        ["small"],
        feed.contract.reference,
        "run 1",
    )
    assert rejected["rejected_at"]


def test_a_later_run_goes_on_where_the_first_ended(feed):
    feed.land(1)
    feed.run(run_id="one")
    feed.land(2)
    feed.run(run_id="two")
    assert feed.rows == [1, 2]
    assert [(run, len(found)) for run, found in by_run(feed.told)] == [("one", 1), ("two", 1)]


def test_versions_are_snapshots_with_their_batches_and_stay_readable(feed):
    feed.land(1)
    feed.land(200, 2)
    feed.run()
    first, second = feed.told
    whole = version(feed.told, table=feed.contract.id)
    assert str(whole) == f"lake.{feed.contract.id}@{second.snapshot}#0-1"
    assert worst(feed.told) == "warn"
    then = latest_good(feed.told, table=feed.contract.id, as_of=first.ended_at)
    assert (then.snapshot, then.last) == (first.snapshot, 0)
    assert latest_good(feed.told, table=feed.contract.id, as_of=second.snapshot).last == 1
    assert feed.lake.table(feed.contract.id).scan(snapshot_id=then.snapshot).to_arrow()["a"].to_pylist() == [1]
    with pytest.raises(LakehouseError, match="has no version of a stream as of 7"):
        latest_good(feed.told, table=feed.contract.id, as_of=7)


def test_enforced_a_bad_batch_stops_the_stream_before_anything_of_it_is_published(feed):
    feed.land(1)
    feed.land(2, 300, 400)
    feed.land(5)
    sentence = (
        rf"batch 1 of lake\.{feed.contract.id} was not published: 2 of 3 rows violate small "
        rf"\({feed.contract.reference}\), for example: a=[34]00 breaks small; a=[34]00 breaks small\. The stream has"
    )
    for _ in range(2):
        with pytest.raises(StreamStopped, match=sentence):
            feed.run(enforce=True)
        assert (feed.rows, feed.rejects) == ([1], [])
    assert feed.words == [(0, "ok"), (1, "block"), (1, "block")]
    feed.run()
    assert (feed.rows, feed.rejects) == ([1, 2, 5], [(300, 1), (400, 1)])


def test_examples_show_no_personal_data(disk_engine, package, tmp_path):
    rule = predicate("grown", "a > 17 or who = ''")
    feed = Feed(disk_engine, contract(tmp_path, f"{package}.feed", [A, WHO], quality=[rule]), tmp_path)
    feed.land(3, who="Ada Lovelace")
    with pytest.raises(StreamStopped, match=r"for example: a=3, who=\*\*\* breaks grown") as stopped:
        feed.run(enforce=True, schema="a bigint, who string")
    assert "Ada" not in str(stopped.value) + feed.told[0].reason


def test_what_the_contract_blocks_stops_the_stream_also_where_nothing_is_enforced(feed, tmp_path):
    blocking = column("a", "bigint", quality=[predicate("no_seven", "a <> 7", **on_violation("block"))])
    feed.contract = contract(tmp_path, feed.contract.id, [blocking])
    feed.land(7, 8)
    with pytest.raises(StreamStopped, match="1 of 2 rows violate no_seven"):
        feed.run()
    assert feed.rows == []


STRATEGIES = {
    "bad batches": (bad_in_a_row(2), "2 batches in a row had rejected rows, the last: 1 of 2 rows violate small"),
    "share": (rejected_share(0.3, after=4), "2 of the run's 4 rows are rejected, more than 30.0%"),
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_stops_the_stream_when_it_has_seen_enough(feed, name):
    strategy, why = STRATEGIES[name]
    feed.land(1, 200)
    feed.land(3, 400)
    with pytest.raises(StreamStopped, match=f"batch 1 of .* was not published: {why}"):
        feed.run(strategies=(strategy,))
    assert (feed.rows, feed.rejects, feed.words) == ([1], [(200, 0)], [(0, "warn"), (1, "block")])


def test_a_missing_column_stops_before_anything_is_made(feed):
    with pytest.raises(
        SchemaMismatch, match=rf"{feed.contract.reference} refuses .*: column 'a' \(bigint\) is missing"
    ):
        feed.stream().start(feed.input("b bigint"))
    assert not feed.lake.catalog.table_exists(feed.contract.id)
    assert [(one.batch, one.word, one.snapshot) for one in feed.told] == [(None, "block", None)]
    assert "column 'a' (bigint) is missing" in feed.told[0].reason


def test_the_inputs_own_contract_is_asked_first(feed, tmp_path, package):
    theirs = contract(tmp_path, f"{package}.theirs", [column("other", "bigint")])
    with pytest.raises(SchemaMismatch, match=rf"{theirs.reference} refuses the frame: column 'other'"):
        feed.stream().start(feed.input(contract=theirs))


def test_a_rule_that_cannot_be_enforced_stops_before_anything_is_made(feed, tmp_path):
    feed.contract = contract(tmp_path, feed.contract.id, [A], quality=[predicate("odd", "nope > 1")])
    with pytest.raises(ContractError, match="rule 'odd' cannot be enforced"):
        feed.stream().start(feed.input())
    assert not feed.lake.catalog.table_exists(feed.contract.id)


def test_an_empty_batch_writes_nothing(feed):
    feed.land()
    feed.run()
    assert (feed.rows, feed.told) == ([], [])
    assert len(feed.lake.table(feed.contract.id).snapshots()) == 1


def test_a_new_checkpoint_on_an_old_table_is_refused_with_the_way_out(feed):
    feed.land(1)
    feed.run()
    old = Checkpoint.at(feed.folder / "checkpoint", table=feed.contract.id).id
    with pytest.raises(
        CheckpointRefused, match=rf"is fed by checkpoint {old}, which came to batch 0; .*succeeds {old}"
    ):
        feed.run(checkpoint="other")
    assert feed.rows == [1]
    feed.run(checkpoint="other", succeeds=old)
    assert feed.rows == [1, 1]
    with pytest.raises(CheckpointRefused, match="is fed by checkpoint"):
        feed.run()


def test_a_checkpoint_of_another_table_is_refused(feed, tmp_path, package):
    feed.land(1)
    feed.run()
    other = contract(tmp_path, f"{package}.other", [A])
    with pytest.raises(CheckpointRefused, match=rf"feeds lake\.{feed.contract.id}, not lake\.{other.id}"):
        feed.run(contract=other)


def test_a_checkpoint_whose_table_is_gone_is_refused(feed):
    feed.land(1)
    feed.run()
    feed.lake.catalog.drop_table(feed.contract.id)
    with pytest.raises(CheckpointRefused, match=r"has fed a table .* that is gone"):
        feed.run()


def test_a_checkpoint_that_was_not_made_here_is_refused(feed):
    (feed.folder / "checkpoint" / "offsets").mkdir(parents=True)
    with pytest.raises(CheckpointRefused, match="holds the checkpoint of a query that was not started here"):
        feed.run()


def test_two_writers_on_one_checkpoint_are_refused(feed):
    feed.land(1)
    refused = pytest.raises(CheckpointRefused, match="another stream is at work with checkpoint")
    with feed.stream().start(feed.input(), every="1 second"), refused:
        feed.run()
    feed.run()
    assert feed.rows == [1]


def test_where_no_lock_holds_the_second_publication_is_refused(feed):
    marker, session = Marker(source="shared", number=4), feed.engine.session
    door = Door(contract=feed.contract, lake=feed.lake, scope=None, run_id="one", marker=marker)
    door.write(session.createDataFrame([(1,), (200,)], "a bigint"))
    with pytest.raises(AlreadyPublished, match="holds write 4 of shared already: another writer is at work"):
        door.write(session.createDataFrame([(1,), (200,)], "a bigint"))
    assert (feed.rows, feed.rejects) == ([1], [(200, 4)])


def test_rows_of_a_stream_come_beside_those_that_land_meanwhile(feed, monkeypatch):
    from lakehouse import writing

    session, publish, left = feed.engine.session, writing.publish, [2]

    def door(number, source):
        marker = Marker(source=source, number=number)
        return Door(contract=feed.contract, lake=feed.lake, scope=None, run_id=source, marker=marker)

    def late(staged):
        if left:
            door(left.pop(), "other").write(session.createDataFrame([(20,), (21,)], "a bigint"))
        return publish(staged)

    monkeypatch.setattr(writing, "publish", late)
    door(0, "mine").write(session.createDataFrame([(1,)], "a bigint"))
    assert feed.rows == [1, 20, 21]
    table = feed.lake.table(feed.contract.id)
    assert [Marker.newest(table, source=one).number for one in ("mine", "other", "none")] == [0, 2, -1]


class Torn(RuntimeError):
    """What happens at a seam."""


def tear(*_, **__):
    raise Torn("pulled out")


def torn_after(function):
    def called(*args, **fields):
        function(*args, **fields)
        tear()

    return called


def second(function):
    calls = []

    def called(*args, **fields):
        calls.append(args)
        return tear() if len(calls) == 2 else function(*args, **fields)

    return called


SEAMS = {
    "the start": lambda patch: patch.setattr(Sink, "_write", tear),
    "staging rows": lambda patch: patch.setattr(publishing, "_write", tear),
    "staging rejects": lambda patch: patch.setattr(publishing, "_write", second(publishing._write)),
    "publishing rejects": lambda patch: patch.setattr(publishing, "_swap", tear),
    "between rejects and rows": lambda patch: patch.setattr(publishing, "_swap", second(publishing._swap)),
    "telling the verdict": lambda patch: patch.setattr(Verdicts, "append", tear),
    "the verdict is told": lambda patch: patch.setattr(Verdicts, "append", torn_after(Verdicts.append)),
}


@pytest.mark.parametrize("seam", SEAMS)
def test_torn_at_any_seam_a_batch_is_there_once_after_the_restart(feed, monkeypatch, seam):
    feed.land(1, 200)
    feed.land(3, 400)
    with monkeypatch.context() as patch:
        SEAMS[seam](patch)
        with pytest.raises(Torn, match="pulled out"):
            feed.run()
    feed.run()
    assert (feed.rows, feed.rejects) == ([1, 3], [(200, 0), (400, 1)])
    assert feed.words == [(0, "warn"), (1, "warn")]
    assert all(one.snapshot for one in feed.told)


def test_a_contract_mended_between_two_attempts_leaves_no_reject_of_the_first(feed, monkeypatch, tmp_path):
    feed.land(1, 200)
    with monkeypatch.context() as patch:
        SEAMS["between rejects and rows"](patch)
        with pytest.raises(Torn, match="pulled out"):
            feed.run()
    assert (feed.rows, feed.rejects) == ([], [(200, 0)])
    feed.contract = contract(tmp_path, feed.contract.id, [column("a", "bigint")], version="1.1.0")
    feed.run()
    assert (feed.rows, feed.rejects) == ([1, 200], [])


def mended(feed, limit):
    columns = [column("a", "bigint", required=True, quality=[predicate("small", f"a < {limit}")])]
    return contract(feed.folder, feed.contract.id, columns, version="1.1.0")


def replay(feed, contract, **fields):
    return Replay(contract=contract, lake=feed.lake, session=feed.engine.session, **fields).run()


@pytest.fixture
def rejected(feed):
    feed.land(1, 200, None)
    feed.land(2, 400)
    feed.run()
    return feed


def test_rows_leave_the_quarantine_once_the_contract_is_mended(rejected):
    batch = replay(rejected, mended(rejected, 300))
    assert (batch.word, batch.valid, batch.rejected, batch.source, batch.batch) == ("warn", 1, 2, "replay", 0)
    assert rejected.rows == [1, 2, 200]
    assert [a for a, _ in rejected.rejects] == [400, None]
    replay(rejected, mended(rejected, 500))
    assert rejected.rows == [1, 2, 200, 400]
    assert [one.batch for one in rejected.told if one.source == "replay"] == [0, 1]


def test_rows_can_be_mended_on_their_way(rejected):
    from pyspark.sql import functions as F  # noqa: N812

    replay(rejected, rejected.contract, fix=lambda rows: rows.withColumn("a", F.expr("coalesce(a, 0) % 100")))
    assert (rejected.rows, rejected.rejects) == ([0, 0, 0, 1, 2], [])


def test_where_no_row_is_good_by_now_nothing_changes(rejected):
    before = rejected.lake.table(rejected.contract.id).current_snapshot().snapshot_id
    batch = replay(rejected, rejected.contract)
    assert (batch.word, batch.reason) == ("block", "none of the 3 rows in quarantine is good by now")
    assert rejected.lake.table(rejected.contract.id).current_snapshot().snapshot_id == before
    assert len(rejected.rejects) == 3


def test_without_a_quarantine_there_is_nothing_to_replay(feed):
    feed.land(1)
    feed.run()
    assert replay(feed, feed.contract) is None


def test_the_rejects_of_a_batch_that_is_not_published_are_not_replayed(feed, monkeypatch):
    feed.land(1, 200)
    with monkeypatch.context() as patch:
        SEAMS["between rejects and rows"](patch)
        with pytest.raises(Torn, match="pulled out"):
            feed.run()
    assert replay(feed, mended(feed, 300)) is None
    feed.run()
    replay(feed, mended(feed, 300))
    assert (feed.rows, feed.rejects) == ([1, 200], [])


@pytest.mark.parametrize("seam", ["between rejects and rows", "clearing", "telling the verdict"])
def test_a_replay_torn_at_any_seam_brings_each_row_once(rejected, monkeypatch, seam):
    seams = SEAMS | {"clearing": lambda patch: patch.setattr("lakehouse.quarantine.Quarantine.clear", tear)}
    with monkeypatch.context() as patch:
        seams[seam](patch)
        with pytest.raises(Torn, match="pulled out"):
            replay(rejected, mended(rejected, 300))
    replay(rejected, mended(rejected, 300))
    assert rejected.rows == [1, 2, 200]
    assert [a for a, _ in rejected.rejects] == [400, None]


def test_the_lag_is_the_age_of_the_newest_row(disk_engine, package, tmp_path):
    columns = [A, column("at", "timestamp")]
    feed = Feed(disk_engine, contract(tmp_path, f"{package}.feed", columns), tmp_path)
    feed.land(1, at="2026-01-01T00:00:00Z")
    feed.run(clock="at", schema="a bigint, at timestamp")
    (batch,) = feed.told
    assert batch.lag_seconds == pytest.approx(batch.ended_at.timestamp() - 1767225600, abs=30)
