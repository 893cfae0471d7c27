"""A shop's clicks played as if they came now: whole sessions, one after the other, at a rate of events a second."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop.arrays import Ints, Records
from heirloom.sample_shop.clicks.landing import Landing
from heirloom.sample_shop.clicks.lines import Lines, encoded
from heirloom.sample_shop.clicks.stream import Clicks, in_order
from heirloom.sample_shop.errors import ShopError

A_SECOND = 1_000  # ms
ENTERED = 300  # seconds before the play, from which on sessions are in the shop already
MOST_ENTERED = 500_000  # events that are made for that, and at most one for every second session of the shop


@dataclass(frozen=True)
class Clock:
    """Seconds since 1970, and waiting."""

    now: Callable[[], float] = time.time
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True, kw_only=True)
class Play:
    """Sessions keep their pauses, their faults and their orders; only when each begins is new."""

    clicks: Clicks
    rate: float  # events a second
    clock: Clock = Clock()

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ShopError(f"Clicks cannot be played at {self.rate} a second; give more than 0.")

    def batches(self, *, seconds: float) -> Iterator[Records]:
        """Each second what arrived in it, when it is over; the last batch when the play or the shop's sessions end."""
        begins = self._now()
        ends = begins + seconds * A_SECOND
        for events in in_order(self._begun(begins)):
            due = events[(events["arrived"] >= begins) & (events["arrived"] < ends)]
            second = due["arrived"] // A_SECOND
            for batch in np.split(due, np.flatnonzero(np.diff(second)) + 1) if len(due) else ():
                self._wait_until(int(batch["arrived"][-1]) // A_SECOND * A_SECOND + A_SECOND)
                yield batch
            if len(events) and events["arrived"][-1] >= ends:
                return

    def _begun(self, begins: int) -> Iterator[tuple[int, Records]]:
        """A day's sessions at a time, begun anew at even distances; some are in the shop when the play begins."""
        most = min(MOST_ENTERED, len(self.clicks.sessions) / 2)
        following = begins - A_SECOND * min(ENTERED, most / self.rate)
        for positions, events in self.clicks.days():
            if not positions:
                continue
            first = np.full(len(positions), np.iinfo(np.int64).max)
            np.minimum.at(first, events["session"] - positions.start, events["occurred"])
            step = A_SECOND * len(events) / len(positions) / self.rate
            anew = (following + step * np.argsort(np.argsort(first, kind="stable"))).astype(np.int64)
            following += step * len(positions)
            yield int(following), _moved(events, by=(anew - first)[events["session"] - positions.start])

    def _now(self) -> int:
        """Ms since the shop's first midnight."""
        start = np.datetime64(self.clicks.trade.trading.start, "ms").astype(np.int64)
        return int(self.clock.now() * A_SECOND) - int(start)

    def _wait_until(self, moment: int) -> None:
        while (left := moment - self._now()) > 0:
            self.clock.wait(left / A_SECOND)


def _moved(events: Records, *, by: Ints) -> Records:
    events["occurred"] += by
    events["arrived"] += by
    return events


def play(clicks: Clicks, url: str, *, rate: float, seconds: float = float("inf"), clock: Clock | None = None) -> int:
    """A file a second into `url`; how many lines there were. Live clicks have no truth."""
    landing, lines, written = Landing.at(url), Lines(clicks), 0
    playing = Play(clicks=clicks, rate=rate, clock=clock or Clock())
    for number, batch in enumerate(playing.batches(seconds=seconds)):
        name = f"live-{int(playing.clock.now() * A_SECOND)}-{number:06d}.json"
        landing.put(name, b"".join(map(encoded, lines.of(batch))))
        written += len(batch)
    return written
