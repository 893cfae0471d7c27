"""What a session is drawn with, and how much likelier that makes a purchase: by Bayes' rule, exactly.

Sessions that buy and sessions that do not are drawn each with traits of their own kind; the ratio of the two densities
is what a trait says of the purchase.
"""

from collections.abc import Mapping

import numpy as np

from heirloom.sample_shop.arrays import Flags, Floats, Ints, Records
from heirloom.sample_shop.chance import chance, picks

DEVICES = {"desktop": 0.40, "mobile": 0.52, "tablet": 0.08}  # of the sessions that buy nothing
DEVICE_ODDS = {"desktop": 1.6, "mobile": 0.7, "tablet": 1.1}
SOURCES = {"direct": 0.26, "organic": 0.30, "paid_search": 0.16, "social": 0.12, "email": 0.08, "referral": 0.08}
SOURCE_ODDS = {"direct": 1.4, "organic": 0.9, "paid_search": 0.9, "social": 0.4, "email": 1.9, "referral": 1.0}
INTENT = 1.2  # mean of the buyers' standard normal; the others' is 0


def draw(sessions: Records, *, seed: int) -> None:
    """Device, source and intent, as those have them who buy, or do not."""
    buys = sessions["document"] >= 0
    sessions["device"] = _picked(DEVICES, DEVICE_ODDS, buys=buys, rng=chance(seed, of="session device"))
    sessions["source"] = _picked(SOURCES, SOURCE_ODDS, buys=buys, rng=chance(seed, of="session source"))
    normal = chance(seed, of="session intent").standard_normal(len(sessions))
    sessions["intent"] = normal + np.where(buys, INTENT, 0.0)


def likelier(sessions: Records) -> Floats:
    """How many times the odds of a purchase all three traits make."""
    device, source = _ratios(DEVICES, DEVICE_ODDS), _ratios(SOURCES, SOURCE_ODDS)
    intent = np.exp(INTENT * sessions["intent"] - INTENT**2 / 2)
    return np.asarray(device[sessions["device"]] * source[sessions["source"]] * intent)


def _ratios(shares: Mapping[str, float], odds: Mapping[str, float]) -> Floats:
    mean = sum(shares[name] * odds[name] for name in shares)
    return np.array([odds[name] / mean for name in shares])


def _picked(shares: Mapping[str, float], odds: Mapping[str, float], *, buys: Flags, rng: np.random.Generator) -> Ints:
    ratios = _ratios(shares, odds)
    of_buyers = {name: share * ratio for (name, share), ratio in zip(shares.items(), ratios, strict=True)}
    others = picks(shares, count=len(buys), rng=rng)
    return np.where(buys, picks(of_buyers, count=len(buys), rng=rng), others)
