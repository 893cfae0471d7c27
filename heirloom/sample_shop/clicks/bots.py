"""Visits of machines: crawlers that say so, scrapers that are too fast, and callers that never stay."""

from typing import NamedTuple

import numpy as np

from heirloom.sample_shop.arrays import Ints, Records
from heirloom.sample_shop.chance import chance, picks
from heirloom.sample_shop.clicks.session import NEVER, NOBODY, NOTHING, NOWHERE, SESSION

A_DAY = 86_400_000  # ms
BOT = 1 << 42  # visitors' numbers from here on
DESKTOP = 0


class Kind(NamedTuple):
    share: float  # of the bots' sessions
    steps: tuple[int, int]
    pause: tuple[int, int]  # ms between two steps
    agent: str


KINDS = {
    "crawler": Kind(0.4, (20, 61), (900, 9_000), "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    "scraper": Kind(0.1, (120, 281), (60, 400), "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"),
    "no_dwell": Kind(0.5, (2, 7), (0, 30), "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36"),
}  # fmt: skip


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
    return rng.integers(low[bots], high[bots])
