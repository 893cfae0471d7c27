"""When people visit: busy hours on the shop's own clock, as hours of UTC, whatever that clock does in March."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from heirloom.sample_shop.arrays import Flags, Floats, Ints
from heirloom.sample_shop.errors import ShopError
from heirloom.sample_shop.seasons import CLOSES, OPENS, TradingTime

HOURS = 24
AN_HOUR = 3_600_000  # ms
AFTER_CHANGE, HASTE = 2, 80  # hours after a change of the clock that pass in a minute and a half
NIGHT, MORNING = (2.2, 1.2, 0.8, 0.6, 0.5, 0.6), (1.2, 2.2, 3.4, 4.4, 5.0, 5.2)
AFTERNOON, EVENING = (5.6, 5.2, 5.0, 5.0, 5.2, 5.6), (6.2, 7.2, 8.0, 7.6, 6.0, 4.0)
LOCAL_DEMAND = np.array((*NIGHT, *MORNING, *AFTERNOON, *EVENING))


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ShopError(f"{name!r} is no time zone; give one as Europe/Berlin or UTC.") from unknown


@dataclass(frozen=True)
class VisitTime:
    """Which part of each UTC day's visits comes in which hour of it."""

    trading: TradingTime
    zone: ZoneInfo

    @cached_property
    def shares(self) -> Floats:
        """One row a day, one column an hour of UTC; a row sums to 1."""
        demand = LOCAL_DEMAND[self._local_hours()].reshape(self.trading.days, HOURS)
        return np.asarray(demand / demand.sum(axis=1, keepdims=True))

    def times(self, moments: Floats, *, rng: np.random.Generator) -> Ints:
        """Ms since the first midnight, on the days of these moments of trading time."""
        clock = np.interp(moments, self.trading.elapsed, np.arange(self.trading.days + 1))
        day = np.minimum(clock.astype(np.int64), self.trading.days - 1)
        reach = np.cumsum(self.shares.ravel())
        hour = np.searchsorted(reach, day + rng.random(len(day)), side="right")
        hour = np.clip(hour, day * HOURS, day * HOURS + HOURS - 1)  # the sums are rounded
        return self._across_changes(hour * AN_HOUR + rng.integers(AN_HOUR, size=len(hour)))

    def likelier(self, times: Ints) -> Floats:
        """How many times the share of an hour's visits its share of the orders is: none while the shop is closed."""
        hour = times // AN_HOUR
        orders = np.where(_opened(hour), 60 / (CLOSES - OPENS), 0.0)
        return np.asarray(orders / self.shares.ravel()[hour])

    def _across_changes(self, times: Ints) -> Ints:
        """Who would end soon after the clock changes ends at once: some sessions cross the change in small shops too.

        While the shop is open this would make a lie of the shares; then it is left out.
        """
        moved = times.copy()
        for hour in np.flatnonzero(np.diff(self._offsets)) + 1:
            soon = (times >= hour * AN_HOUR) & (times < (hour + AFTER_CHANGE) * AN_HOUR)
            if not _opened(hour + np.arange(AFTER_CHANGE)).any():
                moved[soon] = hour * AN_HOUR + (times[soon] - hour * AN_HOUR) // HASTE
        return moved

    @cached_property
    def _offsets(self) -> Floats:
        """The hours from UTC to the shop's clock, hour by hour."""
        first = datetime.combine(self.trading.start, time(), UTC)
        moments = (first + timedelta(hours=hour) for hour in range(self.trading.days * HOURS))
        offsets = (moment.astimezone(self.zone).utcoffset() or timedelta() for moment in moments)
        return np.array([offset / timedelta(hours=1) for offset in offsets])

    def _local_hours(self) -> Ints:
        hours = np.arange(len(self._offsets)) + self._offsets
        return np.asarray(np.floor(hours), np.int64) % HOURS


def _opened(hours: Ints) -> Flags:
    return np.asarray((hours % HOURS >= OPENS // 60) & (hours % HOURS < CLOSES // 60))
