"""Who is in a campaign's audience, in which arm, and what each did.

The orders stand before any campaign is drawn: `bought` is read from them, and the arm is drawn as Bayes' rule says it
must have been, so that the mail's true uplift holds and yet no order is moved.
"""

from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop import crm
from heirloom.sample_shop.arrays import Flags, Floats, Ints, Records
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.customers import CHANNELS
from heirloom.sample_shop.seasons import MINUTES_A_DAY
from heirloom.sample_shop.trade import Trade

MEMBER = np.dtype(
    [
        ("audience", np.int64),
        ("offer", np.int64),
        ("customer", np.int64),
        ("day", np.int64),
        ("probability", np.float64),  # of the treated arm
        ("untreated", np.float64),  # probability of buying in the control arm
        ("uplift", np.float64),
        *((flag, np.bool_) for flag in ("treated", "sent", "opened", "clicked", "unsubscribed", "bought")),
    ]
)

EVERY, WINDOW = 28, 14  # days; windows never overlap
AUDIENCES = {"new": 0.5, "regular": 0.7, "lapsed": 0.9}  # in turn, and the share of each that is treated
NEW, LAPSED = 60, 120  # days since the first order, since the last one
OFFERS = {"10_percent": 1.5, "free_shipping": 1.25, "newsletter": 1.05}  # and how many times as many buy
TIRED = {"email": 0.7}  # who came by mail is tired of it; others are not
CHANNEL_LIFT = np.array([TIRED.get(channel, 1.0) for channel in CHANNELS])
REACHED, OPENED, OPENED_BY_BUYERS, CLICKED, UNSUBSCRIBED = 0.98, 0.3, 0.6, 0.25, 0.02


@dataclass(frozen=True)
class OrderDays:
    """The day of every order, ordered by customer, then by day."""

    customer: Ints
    day: Ints
    span: int

    @classmethod
    def of(cls, trade: Trade) -> "OrderDays":
        documents = trade.books.documents[trade.sales]
        known = documents[documents["customer"] >= 0]
        known = known[np.argsort(known["customer"], kind="stable")]
        return cls(known["customer"], known["minute"] // MINUTES_A_DAY, trade.trading.days + 1)

    def before(self, day: int, *, customers: Ints) -> Ints:
        """How many orders each customer has before the day."""
        ends = np.searchsorted(self.customer * self.span + self.day, customers * self.span + day)
        return ends - np.searchsorted(self.customer, customers)

    def nth(self, number: Ints, *, customers: Ints) -> Ints:
        """The day of each customer's order of that number, from 0; it must be there."""
        return np.asarray(self.day[np.searchsorted(self.customer, customers) + number])


def mailed(trade: Trade) -> Records:
    """One row a campaign and customer; who unsubscribes is in no later audience."""
    orders, consent = OrderDays.of(trade), crm.consents(len(trade.customers), seed=trade.seed)
    parts = [np.zeros(0, dtype=MEMBER)]
    for campaign, day in enumerate(range(EVERY, trade.trading.days - WINDOW + 1, EVERY)):
        members = _members(orders, consent, campaign=campaign, day=day)
        _answer(members, orders, trade=trade, day=day)
        consent[members["customer"][members["unsubscribed"]]] = False
        parts.append(members)
    return np.concatenate(parts)


def _members(orders: OrderDays, consent: Flags, *, campaign: int, day: int) -> Records:
    """Customers of the day's audience, who consent and have ordered before; every audience gets every offer in turn."""
    audience, offer = campaign % len(AUDIENCES), campaign // len(AUDIENCES) % len(OFFERS)
    willing = np.flatnonzero(consent)
    buyers = willing[orders.before(day, customers=willing) > 0]
    chosen = buyers[_audiences(orders, buyers, day=day) == audience]
    members = np.zeros(len(chosen), dtype=MEMBER)
    members["audience"], members["offer"], members["day"], members["customer"] = audience, offer, day, chosen
    members["probability"] = list(AUDIENCES.values())[audience]
    return members


def _audiences(orders: OrderDays, buyers: Ints, *, day: int) -> Ints:
    first = orders.nth(np.zeros_like(buyers), customers=buyers)
    last = orders.nth(orders.before(day, customers=buyers) - 1, customers=buyers)
    names = list(AUDIENCES)
    kinds = [names.index(name) for name in ("lapsed", "new", "regular")]
    return np.select([day - last > LAPSED, day - first <= NEW], kinds[:2], kinds[2])


def _answer(members: Records, orders: OrderDays, *, trade: Trade, day: int) -> None:
    before, after = (orders.before(one, customers=members["customer"]) for one in (day, day + WINDOW))
    members["bought"] = after > before
    buys = _buying(trade, members["customer"], day=day)
    _lift(members, buys=buys, channel=trade.customers["channel"][members["customer"]])
    rng = chance(trade.seed, of=f"campaign {day}")
    members["treated"] = rng.random(len(members)) < _treated(members, buys=buys)
    _read(members, rng=rng)


def _buying(trade: Trade, customer: Ints, *, day: int) -> Floats:
    """The probability of an order within the window: a Poisson process's, and 0 after the dropout."""
    begins, ends = trade.trading.elapsed[[day, day + WINDOW]]
    alive = trade.active_until[customer] > begins
    return np.where(alive, -np.expm1(-trade.customers["rate"][customer] * (ends - begins)), 0.0)


def _lift(members: Records, *, buys: Floats, channel: Ints) -> None:
    """Split the probability of buying over both arms: their mixture is what the orders were drawn with."""
    treated = members["probability"]
    times = np.array(list(OFFERS.values()))[members["offer"]] * CHANNEL_LIFT[channel]
    most = np.maximum((buys - treated) / (1 - treated), 0.0)  # below it, the treated would buy more than surely
    members["untreated"] = np.clip(buys / (treated * times + 1 - treated), most, 1.0)
    members["uplift"] = (buys - members["untreated"]) / treated


def _treated(members: Records, *, buys: Floats) -> Floats:
    """The probability of the treated arm, given whether the customer bought."""
    if_treated = members["untreated"] + members["uplift"]
    likely = np.where(members["bought"], if_treated, 1 - if_treated)
    overall = np.where(members["bought"], buys, 1 - buys)
    return np.asarray(members["probability"] * likely / overall)


def _read(members: Records, *, rng: np.random.Generator) -> None:
    chances = rng.random((4, len(members)))
    members["sent"] = members["treated"] & (chances[0] < REACHED)
    opens = np.where(members["bought"], OPENED_BY_BUYERS, OPENED)
    members["opened"] = members["sent"] & (chances[1] < opens)
    members["clicked"] = members["opened"] & (chances[2] < CLICKED)
    members["unsubscribed"] = members["opened"] & (chances[3] < UNSUBSCRIBED)
