"""All clicks of a shop: the sessions, expanded day by day into events, in the order they arrive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop.arrays import Records
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.clicks import sessions as visits
from heirloom.sample_shop.clicks.carts import Orders
from heirloom.sample_shop.clicks.event import EVENT
from heirloom.sample_shop.clicks.faults import Faults
from heirloom.sample_shop.clicks.hours import VisitTime, zone_of
from heirloom.sample_shop.clicks.steps import Walk
from heirloom.sample_shop.clicks.timing import timed
from heirloom.sample_shop.shop import Shop
from heirloom.sample_shop.trade import Trade

A_DAY = 86_400_000  # ms


@dataclass(frozen=True)
class Clicks:
    """Sessions are whole in memory, events a day at a time."""

    trade: Trade
    sessions: Records
    faults: Faults

    def days(self) -> Iterator[tuple[range, Records]]:
        """Positions of the sessions that are anchored on each day, and their events as they arrive."""
        orders = Orders.of(self.trade)
        ends = np.searchsorted(self.sessions["anchor"], (1 + np.arange(self.trade.trading.days)) * A_DAY)
        begins = 0
        for day, end in enumerate(ends.tolist()):
            yield range(begins, end), self._events(range(begins, end), orders, day=day)
            begins = end

    def arriving(self) -> Iterator[Records]:
        """A day's arrivals at a time, the last time all that are left."""
        return in_order((day * A_DAY, events) for day, (_, events) in enumerate(self.days()))

    def _events(self, positions: range, orders: Orders, *, day: int) -> Records:
        rng = chance(self.trade.seed, of=f"clicks {day}")
        sessions = self.sessions[positions.start : positions.stop]
        events = timed(Walk(self.trade, orders, sessions, rng).steps(), sessions, rng=rng)
        events["session"] += positions.start
        return self.faults.arrived(events, rng=rng)


def clicked(shop: Shop, *, zone: str = "Europe/Berlin", faults: Faults | None = None) -> Clicks:
    """The shop's clicks: the same ones, byte for byte, from the same shop, zone and faults."""
    stated, time = faults or Faults(), VisitTime(shop.trade.trading, zone_of(zone))
    return Clicks(shop.trade, visits.drawn(shop.trade, time, bot_share=stated.bots), stated)


def in_order(chunks: Iterable[tuple[int, Records]]) -> Iterator[Records]:
    """Events by arrival: with each chunk, what arrives before its time; no later chunk may hold any of that."""
    held = np.zeros(0, dtype=EVENT)
    for horizon, events in chunks:
        held = _by_arrival(np.concatenate([held, events]))
        arrived = int(np.searchsorted(held["arrived"], horizon))
        yield held[:arrived]
        held = held[arrived:]
    yield held


def _by_arrival(events: Records) -> Records:
    return events[np.argsort(events["arrived"], kind="stable")]
