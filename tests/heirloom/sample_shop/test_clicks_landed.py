"""Clicks as files: their history, and played live."""

import gzip
import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from heirloom.sample_shop import ShopError, generate
from heirloom.sample_shop.clicks import clicked, play, write
from heirloom.sample_shop.clicks.landing import Landing, truth_of
from heirloom.sample_shop.clicks.live import Clock, Play


@pytest.fixture(scope="module")
def clicks():
    return clicked(generate(customers=40, days=8, seed=4))


@pytest.fixture(scope="module")
def landed(clicks, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("history") / "clicks"
    write(clicks, str(folder))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_same_shop_lands_the_same_bytes(clicks, landed, tmp_path):
    again = clicked(generate(customers=40, days=8, seed=4))
    write(again, str(tmp_path / "clicks"))

    assert files(tmp_path / "clicks") == files(landed)
    assert files(tmp_path / "clicks-truth") == files(landed.with_name("clicks-truth"))


def test_a_file_holds_what_arrived_in_its_hour(landed):
    for file in landed.iterdir():
        hour = file.name.removeprefix("clicks-").removesuffix(".json.gz")
        truth = pq.read_table(landed.with_name("clicks-truth") / f"events-{hour}.parquet").to_pylist()
        lines = gzip.decompress(file.read_bytes()).splitlines()

        assert len(lines) == len(truth) > 0
        assert {row["arrived_at"].strftime("%Y-%m-%dT%H") for row in truth} == {hour}
        for line, row in zip(lines, truth, strict=True):
            assert row["broken"] or json.loads(line)["event_id"] == row["event_id"]


def test_hours_days_and_plain_files_hold_the_same_lines(clicks, landed, tmp_path):
    said = write(clicks, str(tmp_path / "daily"), every="day", compressed=False)
    names = sorted(file.name for file in (tmp_path / "daily").iterdir())
    days = b"".join((tmp_path / "daily" / name).read_bytes() for name in names)
    hours = b"".join(gzip.decompress(file.read_bytes()) for file in sorted(landed.iterdir()))

    assert names[0] == "clicks-2024-01-01.json"
    assert days == hours
    assert str(said) == f"{len(days.splitlines()):,} lines of {len(clicks.sessions):,} sessions in {len(names)} files"


def test_no_file_is_left_aside(landed):
    assert not [file for file in landed.iterdir() if file.name.startswith(".")]


def test_a_write_that_was_cut_off_is_made_whole_by_another(clicks, landed, tmp_path, monkeypatch):
    put, written = Landing.put, []

    def full(landing: Landing, name: str, content: bytes) -> None:
        if len(written) > 40:
            raise OSError(28, "No space left on device")
        written.append(name)
        put(landing, name, content)

    monkeypatch.setattr(Landing, "put", full)
    with pytest.raises(OSError, match="No space left"):
        write(clicks, str(tmp_path / "clicks"))
    monkeypatch.undo()
    write(clicks, str(tmp_path / "clicks"))

    assert files(tmp_path / "clicks") == files(landed)


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    landing = Landing.at(str(tmp_path))
    monkeypatch.setattr(Landing, "_write", half)

    with pytest.raises(OSError, match="disk full"):
        landing.put("clicks-2024-01-01.json", b"whole")
    assert [file.name for file in tmp_path.iterdir()] == [".clicks-2024-01-01.json.part"]


def half(landing: Landing, name: str, content: bytes) -> None:
    Path(landing.root, name).write_bytes(content[: len(content) // 2])
    raise OSError(28, "disk full")


def test_the_clicks_of_another_shop_do_not_mix_in(landed):
    other = clicked(generate(customers=40, days=8, seed=5))

    with pytest.raises(ShopError, match=r"holds the clicks of another shop; give an empty folder"):
        write(other, str(landed))


def test_other_places_are_refused(clicks):
    with pytest.raises(ShopError, match=r"Clicks cannot be written to 'ftp'; use a folder or s3://bucket/prefix"):
        write(clicks, "ftp://host/clicks")


@pytest.mark.parametrize(
    ("url", "beside"),
    [("data/clicks/", "data/clicks-truth"), ("s3://b/clicks?scheme=http", "s3://b/clicks-truth?scheme=http")],
)
def test_the_truth_lies_beside(url, beside):
    assert truth_of(url) == beside


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp()

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, wait=self.wait)

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(scope="module")
def large():
    return clicked(generate(customers=600, days=20, seed=4))


def test_played_clicks_arrive_now_at_the_rate(large, tmp_path):
    time = Time()
    begins = time.now
    written = play(large, str(tmp_path), rate=40, seconds=120, clock=time.clock())
    contents = [file.read_bytes() for file in sorted(tmp_path.iterdir(), key=lambda file: file.name[-11:])]

    assert written == sum(content.count(b"\n") for content in contents)
    assert written == pytest.approx(40 * 120, rel=0.25)
    assert time.now == pytest.approx(begins + 120, abs=1.1)
    arrivals = [json.loads(line)["arrived_at"] for content in contents for line in content.splitlines() if ok(line)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= "2026-05-04T12:00:00.000Z"
    assert arrivals[-1] < "2026-05-04T12:02:00.000Z"


def ok(line: bytes) -> bool:
    try:
        return "event_id" in json.loads(line)
    except ValueError:
        return False


def test_nothing_is_played_before_it_arrived_and_each_file_holds_one_second(large):
    time = Time()
    start = large.trade.trading.start
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
    for batch in Play(clicks=large, rate=30, clock=time.clock()).batches(seconds=60):
        assert batch["arrived"][-1] / 1000 + midnight <= time.now
        assert len({ms // 1000 for ms in batch["arrived"].tolist()}) == 1


def test_sessions_keep_their_pauses_when_played(large):
    played = pl.concat(
        [frame(batch) for batch in Play(clicks=large, rate=40, clock=Time().clock()).batches(seconds=900)]
    ).sort("session", "nth")
    history = pl.concat([frame(events) for _, events in large.days()]).sort("session", "nth")
    both = played.unique(["session", "nth"]).join(history.unique(["session", "nth"]), on=["session", "nth"])
    shifts = both.group_by("session").agg(
        shifts=(pl.col("occurred") - pl.col("occurred_right")).n_unique(), events=pl.len()
    )

    assert shifts["shifts"].max() == 1
    assert (shifts["events"] > 3).sum() > 1000


def frame(events) -> pl.DataFrame:
    return pl.DataFrame({name: events[name].copy() for name in ("session", "nth", "occurred")})


def test_a_play_without_end_ends_with_the_shop(tmp_path):
    clicks = clicked(generate(customers=3, days=3, seed=4))
    written = play(clicks, str(tmp_path), rate=1000, clock=Time().clock())

    assert 0 < written <= sum(len(events) for _, events in clicks.days())


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_plays_nothing_is_refused(clicks, tmp_path, rate):
    with pytest.raises(ShopError, match="give more than 0"):
        play(clicks, str(tmp_path), rate=rate)


def test_seconds_follow_each_other_in_the_names(large, tmp_path):
    play(large, str(tmp_path), rate=20, seconds=10, clock=Time().clock())
    numbers = sorted(int(file.stem.split("-")[2]) for file in tmp_path.iterdir())

    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


def test_a_history_lands_on_s3_as_it_does_on_disk(s3, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    place = f"s3://shop/clicks-history?scheme=http&region={s3['region']}&endpoint_override={s3['endpoint'][7:]}"
    few = clicked(generate(customers=3, days=2, seed=4))
    for url in (place, place, str(tmp_path / "clicks")):
        write(few, url, every="day")

    for stored, folder in ((Landing.at(place), "clicks"), (Landing.at(truth_of(place)), "clicks-truth")):
        assert files(tmp_path / folder)
        assert {name: stored.get(name) for name in files(tmp_path / folder)} == files(tmp_path / folder)
