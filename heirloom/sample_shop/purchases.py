"""When customers buy and for how much: BG/NBD in trading time, Gamma-Gamma in value, and guests."""

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records, ranks
from heirloom.sample_shop.chance import chance, picks
from heirloom.sample_shop.customers import COUNTRIES, PURCHASE_SHAPE, mean_spends
from heirloom.sample_shop.seasons import TradingTime

PURCHASE = np.dtype(
    [
        ("customer", np.int64),  # -1: a guest
        ("country", np.int64),
        ("moment", np.float64),  # trading time
        ("value", np.float64),  # EUR of goods
        ("last", np.bool_),  # the customer dropped out after it
    ]
)
GUEST = -1
GUEST_SHARE = 0.05


def made(customers: Records, *, trading: TradingTime, seed: int) -> Records:
    """The purchases of every customer, each one's in order of time, then those of the guests."""
    known = np.concatenate([_first(customers), _repeats(customers, trading=trading, seed=seed)])
    known = known[np.lexsort((known["moment"], known["customer"]))]
    scatter = chance(seed, of="purchase value").gamma(PURCHASE_SHAPE, 1 / PURCHASE_SHAPE, size=len(known))
    known["value"] = customers["mean_spend"][known["customer"]] * scatter
    guests = round(len(known) * GUEST_SHARE / (1 - GUEST_SHARE))
    return np.concatenate([known, _by_guests(guests, trading=trading, seed=seed)])


def dropouts(purchases: Records, *, count: int) -> Floats:
    """The moment each customer dropped out; NaN while active."""
    moments = np.full(count, np.nan)
    last = purchases[purchases["last"]]
    moments[last["customer"]] = last["moment"]
    return moments


def _first(customers: Records) -> Records:
    return _purchases(np.arange(len(customers)), customers["country"], customers["joined"])


def _repeats(customers: Records, *, trading: TradingTime, seed: int) -> Records:
    """Poisson purchases up to the end, of which only those up to the customer's dropout happen."""
    span = trading.length - customers["joined"]
    counts = chance(seed, of="purchase count").poisson(customers["rate"] * span)
    lives = chance(seed, of="purchase dropout").geometric(customers["dropout_probability"])
    owner = np.repeat(np.arange(len(customers)), counts)
    moments = customers["joined"][owner] + chance(seed, of="purchase moment").random(len(owner)) * span[owner]
    moments = moments[np.lexsort((moments, owner))]
    nth = ranks(counts)
    repeats = _purchases(owner, customers["country"][owner], moments)
    repeats["last"] = nth == lives[owner]
    return repeats[nth <= lives[owner]]


def _by_guests(count: int, *, trading: TradingTime, seed: int) -> Records:
    rng = chance(seed, of="guests")
    countries = picks(COUNTRIES, count=count, rng=rng)
    guests = _purchases(np.full(count, GUEST), countries, rng.random(count) * trading.length)
    guests["value"] = mean_spends(count, rng=rng) * rng.gamma(PURCHASE_SHAPE, 1 / PURCHASE_SHAPE, size=count)
    return guests


def _purchases(customer: Ints, country: Ints, moment: Floats) -> Records:
    purchases = np.zeros(len(customer), dtype=PURCHASE)
    purchases["customer"], purchases["country"], purchases["moment"] = customer, country, moment
    return purchases
