"""Who the customers are: how often each buys, how soon each drops out, what each spends, where each lives.

The traits differ between customers as in BG/NBD (rate, dropout) and Gamma-Gamma (mean spend).
"""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Floats, Records
from heirloom.sample_shop.chance import chance, picks
from heirloom.sample_shop.columns import TEXT, Column
from heirloom.sample_shop.seasons import TradingTime

CUSTOMER = np.dtype(
    [
        ("rate", np.float64),  # purchases a day while active
        ("dropout_probability", np.float64),  # after each repeat purchase
        ("mean_spend", np.float64),  # EUR of goods a purchase
        ("joined", np.float64),  # trading time
        ("channel", np.int64),
        ("country", np.int64),
        ("company", np.bool_),
    ]
)

CHANNELS = {"organic": 0.34, "paid_search": 0.24, "social": 0.16, "referral": 0.10, "email": 0.16}
CHANNEL_RATE = np.array([1.0, 0.8, 0.7, 1.4, 1.2])
COUNTRIES = {"DE": 0.40, "FR": 0.16, "GB": 0.18, "CH": 0.10, "AT": 0.09, "NL": 0.07}
COMPANY_SHARE, COMPANY_RATE, COMPANY_SPEND = 0.04, 1.6, 3.0

RATE_SHAPE, RATE_SCALE = 0.55, 0.07  # BG/NBD r and 1 / alpha
DROPOUT_ALPHA, DROPOUT_BETA = 0.8, 7.0  # BG/NBD a and b
PURCHASE_SHAPE, SPEND_SHAPE, SPEND_SCALE = 6.0, 4.0, 27.0  # Gamma-Gamma p, q, v


def drawn(count: int, *, trading: TradingTime, seed: int) -> Records:
    customers = np.empty(count, dtype=CUSTOMER)
    customers["joined"] = chance(seed, of="customer joined").random(count) * trading.length
    customers["channel"] = picks(CHANNELS, count=count, rng=chance(seed, of="customer channel"))
    customers["country"] = picks(COUNTRIES, count=count, rng=chance(seed, of="customer country"))
    customers["company"] = chance(seed, of="customer company").random(count) < COMPANY_SHARE
    customers["rate"] = _rates(customers, seed=seed)
    customers["dropout_probability"] = _dropout_probabilities(count, seed=seed)
    spend_factor = np.where(customers["company"], COMPANY_SPEND, 1.0)
    customers["mean_spend"] = mean_spends(count, rng=chance(seed, of="customer spend")) * spend_factor
    return customers


def _rates(customers: Records, *, seed: int) -> Floats:
    base = chance(seed, of="customer rate").gamma(RATE_SHAPE, RATE_SCALE, size=len(customers))
    company_factor = np.where(customers["company"], COMPANY_RATE, 1.0)
    return np.asarray(base * CHANNEL_RATE[customers["channel"]] * company_factor)


def _dropout_probabilities(count: int, *, seed: int) -> Floats:
    drawn = chance(seed, of="customer dropout").beta(DROPOUT_ALPHA, DROPOUT_BETA, size=count)
    return np.maximum(drawn, 1e-9)  # at 0 nobody would ever drop out, and no number of purchases could say so


def mean_spends(count: int, *, rng: np.random.Generator) -> Floats:
    return PURCHASE_SHAPE * SPEND_SCALE / rng.gamma(SPEND_SHAPE, size=count)


def customer_ids(count: int) -> Column:
    return pa.array([f"K{number:06d}" for number in range(1, count + 1)], TEXT)
