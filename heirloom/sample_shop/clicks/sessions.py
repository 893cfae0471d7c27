"""Who visits when, and which visits end in an order of the shop; each with its true probability of a purchase.

A session is drawn around its anchor: the purchase, or where nothing is bought, the last step. Orders are given by the
trade. Visits that buy nothing come beside them at a known rate, so the odds of a purchase are known too: of strangers
in proportion to first orders and guests, of customers in proportion to how often each buys while active.
"""

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.clicks import bots, traits, visitors
from heirloom.sample_shop.clicks.hours import VisitTime
from heirloom.sample_shop.clicks.session import (
    FROM_THE_START,
    IN_THE_MIDDLE,
    LONGEST,
    NEVER,
    NOBODY,
    NOTHING,
    PERSON,
    SESSION,
)
from heirloom.sample_shop.trade import Trade

WEB_SHARE = 0.8  # of the orders; the others come by telephone
CUSTOMERS_VISITS, STRANGERS_VISITS = 9, 30  # that buy nothing, for each order of a customer, of a stranger
REMEMBERED, LOGS_IN = 0.5, 0.4  # of customers' visits; of the others that buy nothing
A_MINUTE = 60_000  # ms


def drawn(trade: Trade, time: VisitTime, *, bot_share: float) -> Records:
    """In order of their anchors."""
    people = _by_anchor(np.concatenate([_buying(trade), _customers(trade, time), _strangers(trade, time)]))
    people["bot"] = PERSON
    traits.draw(people, seed=trade.seed)
    people["probability"] = _probabilities(people, time)
    people["login"] = _logins(people, seed=trade.seed)
    visitors.recognise(people, days=trade.trading.days, seed=trade.seed)
    robots = bots.sessions(len(people), share=bot_share, days=trade.trading.days, seed=trade.seed)
    sessions = _by_anchor(np.concatenate([people, robots]))
    return sessions[sessions["anchor"] >= LONGEST]  # others might begin before the shop's first day


def _buying(trade: Trade) -> Records:
    """The orders that are placed on the web; at the first one, a customer is a stranger yet."""
    sales, documents = trade.sales, trade.books.documents
    _, first = np.unique(documents["customer"][sales], return_index=True)
    web = chance(trade.seed, of="web orders").random(len(sales)) < WEB_SHARE
    sessions = np.zeros(len(sales), dtype=SESSION)
    sessions["document"], sessions["customer"] = sales, documents["customer"][sales]
    sessions["country"] = documents["country"][sales]
    sessions["known"] = sessions["customer"] != NOBODY
    sessions["known"][first] = False
    seconds = chance(trade.seed, of="purchase second").integers(A_MINUTE, size=len(sales))
    sessions["anchor"] = documents["minute"][sales] * A_MINUTE + seconds
    return sessions[web]


def _customers(trade: Trade, time: VisitTime) -> Records:
    """Visits of customers that buy nothing, from the first order until the dropout."""
    rng, joined = chance(trade.seed, of="customers' visits"), trade.customers["joined"]
    span = trade.active_until - joined
    counts = rng.poisson(CUSTOMERS_VISITS * trade.customers["rate"] * span)
    owner = np.repeat(np.arange(len(joined)), counts)
    sessions = _looking(time.times(joined[owner] + rng.random(len(owner)) * span[owner], rng=rng))
    sessions["customer"], sessions["country"] = owner, trade.customers["country"][owner]
    sessions["known"] = True
    return sessions


def _strangers(trade: Trade, time: VisitTime) -> Records:
    """Visits of strangers that buy nothing."""
    rng = chance(trade.seed, of="strangers' visits")
    guests = np.count_nonzero(trade.books.documents["customer"][trade.sales] == NOBODY)
    count = rng.poisson(STRANGERS_VISITS * (len(trade.customers) + guests))
    sessions = _looking(time.times(rng.random(count) * trade.trading.length, rng=rng))
    sessions["customer"], sessions["country"] = NOBODY, NOBODY
    return sessions


def _looking(anchors: Ints) -> Records:
    sessions = np.zeros(len(anchors), dtype=SESSION)
    sessions["anchor"], sessions["document"] = anchors, NOTHING
    return sessions


def _by_anchor(sessions: Records) -> Records:
    return sessions[np.argsort(sessions["anchor"], kind="stable")]


def _probabilities(people: Records, time: VisitTime) -> Floats:
    base = np.where(people["known"], WEB_SHARE / CUSTOMERS_VISITS, WEB_SHARE / STRANGERS_VISITS)
    odds = base * traits.likelier(people) * time.likelier(people["anchor"])
    return np.asarray(odds / (1 + odds))


def _logins(people: Records, *, seed: int) -> Ints:
    """Who buys for the first time signs up in the middle; guests and strangers never do."""
    rng, buys = chance(seed, of="session login"), people["document"] != NOTHING
    remembered = people["known"] & (rng.random(len(people)) < REMEMBERED)
    logs_in = (people["customer"] != NOBODY) & (buys | (rng.random(len(people)) < LOGS_IN))
    return np.select([remembered, logs_in], [FROM_THE_START, IN_THE_MIDDLE], NEVER)
