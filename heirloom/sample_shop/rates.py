"""What a currency is worth: daily rates to EUR, a random walk for every currency but EUR itself."""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Floats
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.columns import DAY, NUMBER, TEXT, days, labelled
from heirloom.sample_shop.customers import COUNTRIES
from heirloom.sample_shop.seasons import TradingTime

SCHEMA = pa.schema([("day", DAY), ("currency", TEXT), ("rate_to_eur", NUMBER)])

FIRST_RATES = {"EUR": 1.0, "GBP": 1.16, "CHF": 1.04}
VOLATILITY = {"EUR": 0.0, "GBP": 0.004, "CHF": 0.003}  # of a day's logarithm
CURRENCIES = tuple(FIRST_RATES)
COUNTRY_CURRENCY = np.array([CURRENCIES.index({"GB": "GBP", "CH": "CHF"}.get(c, "EUR")) for c in COUNTRIES])


def walked(trading: TradingTime, *, seed: int) -> Floats:
    """One row a day, one column a currency."""
    walks = [_walk(currency, days=trading.days, seed=seed) for currency in CURRENCIES]
    return np.asarray(np.round(np.column_stack(walks), 6), np.float64)


def _walk(currency: str, *, days: int, seed: int) -> Floats:
    steps = VOLATILITY[currency] * chance(seed, of=f"rate {currency}").standard_normal(days)
    return np.asarray(FIRST_RATES[currency] * np.exp(np.cumsum(steps)))


def table(rates: Floats, *, trading: TradingTime) -> pa.Table:
    day = days(np.repeat(trading.dates, len(CURRENCIES)))
    currency = labelled(np.tile(np.arange(len(CURRENCIES)), trading.days), CURRENCIES)
    return pa.table([day, currency, pa.array(rates.ravel())], schema=SCHEMA)
