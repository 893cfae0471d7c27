"""Visits of machines: crawlers that say so, scrapers that are too fast, and callers that never stay."""

from typing import NamedTuple

import numpy as np

from heirloom.sample_shop.arrays import Ints, Records
from heirloom.sample_shop.chance import chance, picks
from heirloom.sample_shop.clicks.session import NEVER, NOBODY, NOTHING, NOWHERE, SESSION

A_DAY = 86_400_000  # ms
BOT = 1 << 42  # visitors' numbers from here on
DESKTOP = 0
NO_DWELL = 2  # among the kinds


class Kind(NamedTuple):
    """How a machine visits."""

    share: float  # of the bots' sessions
    steps: tuple[int, int]
    pause: tuple[int, int]  # ms between two steps


KINDS = {
    "crawler": Kind(0.4, (20, 61), (900, 9_000)),
    "scraper": Kind(0.1, (120, 281), (60, 400)),
    "no_dwell": Kind(0.5, (2, 7), (0, 30)),
}


def sessions(people: int, *, share: float, days: int, seed: int) -> Records:
    """At any hour, so many that they are the share of all sessions; each with a cookie of its own."""
    rng = chance(seed, of="bots")
    count = rng.poisson(people * share / (1 - share))
    robots = np.zeros(count, dtype=SESSION)
    robots["anchor"] = rng.integers(days * A_DAY, size=count)
    robots["bot"] = picks({name: kind.share for name, kind in KINDS.items()}, count=count, rng=rng)
    robots["customer"], robots["document"], robots["country"] = NOBODY, NOTHING, NOWHERE
    robots["login"], robots["device"], robots["visitor"] = NEVER, DESKTOP, BOT + np.arange(count)
    return robots


def between(limits: str, *, bots: Ints, rng: np.random.Generator) -> Ints:
    """A number for each bot within its kind's limits: `steps` or `pause`."""
    low, high = np.array([getattr(kind, limits) for kind in KINDS.values()]).T
    return np.asarray(rng.integers(low[bots], high[bots]))
