"""When each step is taken: pauses between steps, laid out around the session's anchor."""

import numpy as np

from heirloom.sample_shop.arrays import Flags, Ints, Records
from heirloom.sample_shop.clicks import bots
from heirloom.sample_shop.clicks.event import EVENT, LOGIN, PURCHASE
from heirloom.sample_shop.clicks.session import FROM_THE_START, LONGEST, PERSON

PAUSE, SPREAD = 20_000, 0.9  # ms, median and spread of the logarithm
SHORTEST_PAUSE, LONGEST_PAUSE = 800, 25 * 60_000  # ms: half an hour would end the session


def timed(steps: Records, sessions: Records, *, rng: np.random.Generator) -> Records:
    """Events of the steps, which are ordered by session; the purchase, or else the last step, is at the anchor."""
    session, everyone = steps["session"], np.arange(len(sessions))
    first, anchor = np.searchsorted(session, everyone), np.searchsorted(session, everyone, side="right") - 1
    events = np.zeros(len(steps), dtype=EVENT)
    for name in ("session", "type", "product", "quantity", "price", "detail"):
        events[name] = steps[name]
    events["nth"] = 1 + np.arange(len(steps)) - first[session]
    passed = np.cumsum(_pauses(events, sessions, rng=rng))
    bought = np.flatnonzero(steps["type"] == PURCHASE)
    anchor[session[bought]] = bought
    events["occurred"] = sessions["anchor"][session] + passed - passed[anchor][session]
    events["signed_in"] = _signed_in(events, sessions)
    return events


def _pauses(events: Records, sessions: Records, *, rng: np.random.Generator) -> Ints:
    """Before each event; none before a session's first. No person's session is longer than it may be."""
    bot = sessions["bot"][events["session"]]
    drawn = PAUSE * np.exp(SPREAD * rng.standard_normal(len(events)))
    persons = np.clip(drawn, SHORTEST_PAUSE, LONGEST_PAUSE)
    pause = np.where(bot == PERSON, persons, bots.between("pause", bots=np.maximum(bot, 0), rng=rng))
    pause[events["nth"] == 1] = 0
    whole = np.bincount(events["session"], pause, minlength=len(sessions))
    shrunk = np.minimum(1.0, (LONGEST - 1) / np.maximum(whole, 1))
    return np.asarray(np.floor(pause * shrunk[events["session"]]), np.int64)


def _signed_in(events: Records, sessions: Records) -> Flags:
    """From the start, or from the login on."""
    login = np.where(sessions["login"] == FROM_THE_START, 0, np.iinfo(np.int64).max)
    logins = events[events["type"] == LOGIN]
    login[logins["session"]] = logins["nth"]
    return np.asarray(events["nth"] >= login[events["session"]])
