"""A shop's clicks as files, one for each hour or day of arrival, and the truth apart from them."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from heirloom.sample_shop.arrays import Records
from heirloom.sample_shop.clicks import truth
from heirloom.sample_shop.clicks.landing import Landing, truth_of
from heirloom.sample_shop.clicks.lines import Lines, encoded
from heirloom.sample_shop.clicks.stream import A_DAY, Clicks
from heirloom.sample_shop.errors import ShopError

Period = Literal["hour", "day"]
MS = {"hour": A_DAY // 24, "day": A_DAY}
UNIT = {"hour": "h", "day": "D"}
FASTEST = 1  # of gzip's levels


@dataclass(frozen=True)
class Written:
    """How much of a history there was."""

    sessions: int
    lines: int
    files: int

    def __str__(self) -> str:
        return f"{self.lines:,} lines of {self.sessions:,} sessions in {self.files:,} files"


def write(clicks: Clicks, url: str, *, every: Period = "hour", compressed: bool = True) -> Written:
    """Into `url`, and the truth into `url`-truth; running again is enough after a run that was killed."""
    landing, beside, lines = Landing.at(url), Landing.at(truth_of(url)), Lines(clicks)
    _claim(beside, _parquet(truth.sessions(clicks)), url=url)
    counts = []
    for name, events in _periods(clicks, every=every):
        content = b"".join(map(encoded, lines.of(events)))
        beside.put(f"events-{name}.parquet", _parquet(truth.events(events, clicks=clicks)))
        if compressed:
            landing.put(f"clicks-{name}.json.gz", gzip.compress(content, FASTEST, mtime=0))
        else:
            landing.put(f"clicks-{name}.json", content)
        counts.append(len(events))
    return Written(len(clicks.sessions), sum(counts), len(counts))


def _claim(beside: Landing, sessions: bytes, *, url: str) -> None:
    """The truth of the sessions says whose clicks they are: those of two shops would mix."""
    if beside.get("sessions.parquet") not in (None, sessions):
        raise ShopError(
            f"{url} holds the clicks of another shop; give an empty folder, or empty it and {truth_of(url)}."
        )
    beside.put("sessions.parquet", sessions)


def _periods(clicks: Clicks, *, every: Period) -> Iterator[tuple[str, Records]]:
    """A name for each hour or day in which something arrives, and what does."""
    for events in clicks.arriving():
        period = events["arrived"] // MS[every]
        begins = np.flatnonzero(np.diff(period, prepend=-1))
        for arrived in np.split(events, begins[1:]) if len(events) else ():
            yield _name(clicks, int(arrived["arrived"][0]), every=every), arrived


def _name(clicks: Clicks, ms: int, *, every: Period) -> str:
    moment = np.datetime64(clicks.trade.trading.start, "ms") + np.timedelta64(ms, "ms")
    return str(moment.astype(f"datetime64[{UNIT[every]}]"))


def _parquet(table: pa.Table) -> bytes:
    content = BytesIO()
    pq.write_table(table, content)
    return content.getvalue()
