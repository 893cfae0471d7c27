"""The shop's time: which days are busy, and which minute on the clock a moment of trade is."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from heirloom.sample_shop.arrays import Floats, Ints

MINUTES_A_DAY = 24 * 60
OPENS, CLOSES = 6 * 60, 21 * 60  # minutes of the day, UTC
WEEKDAY_DEMAND = np.array([1.08, 1.08, 1.06, 1.06, 1.04, 0.86, 0.82])  # from Monday; mean 1
QUIET, AUTUMN_RISE, PEAK_DAY, PEAK_WIDTH = 0.83, 0.95, 325, 28  # a year's mean is 1


@dataclass(frozen=True)
class TradingTime:
    """Time that runs faster when the shop is busy: an average day lasts 1."""

    start: date
    days: int

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        return np.datetime64(self.start, "D") + np.arange(self.days)

    @cached_property
    def elapsed(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(demand(self.dates))])

    @property
    def length(self) -> float:
        return float(self.elapsed[-1])

    def minutes(self, moments: Floats) -> Ints:
        """Minutes since the start's midnight, within shop hours; later moments never come earlier."""
        clock = np.interp(moments, self.elapsed, np.arange(self.days + 1))
        day = np.minimum(clock.astype(np.int64), self.days - 1)
        return day * MINUTES_A_DAY + minutes_of_day(clock - day)

    def times(self, minutes: Ints) -> npt.NDArray[np.datetime64]:
        return np.datetime64(self.start, "m") + minutes


def minutes_of_day(parts: Floats) -> Ints:
    """Parts of a shop day (0 to 1) as minutes of the day."""
    return np.minimum(OPENS + (parts * (CLOSES - OPENS)).astype(np.int64), CLOSES - 1)


def demand(dates: npt.NDArray[np.datetime64]) -> Floats:
    day_of_year = (dates - dates.astype("datetime64[Y]")).astype(np.int64)
    autumn = np.exp(-0.5 * ((day_of_year - PEAK_DAY) / PEAK_WIDTH) ** 2)
    weekday = (dates.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return np.asarray((QUIET + AUTUMN_RISE * autumn) * WEEKDAY_DEMAND[weekday])
