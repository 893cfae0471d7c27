"""Low, Medium, High: thresholds taken from the values a model was trained on and kept with it.

So a customer's tier depends on the customer and the model, not on who else is scored that day.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

NAMES = ("Low", "Medium", "High")


class TierError(ValueError):
    """Values or thresholds that make no tiers."""


@dataclass(frozen=True, kw_only=True)
class Tiers:
    """Medium lies above the `medium` threshold, High above `high`; a value on a threshold stays below it."""

    medium: float
    high: float

    def __post_init__(self) -> None:
        if not -np.inf < self.medium <= self.high < np.inf:
            raise TierError(f"need finite medium <= high, got {self.medium}, {self.high}; fit the tiers again")

    @classmethod
    def fit(cls, value: ArrayLike, *, quantiles: tuple[float, float] = (0.5, 0.8)) -> Self:
        """Thresholds at two quantiles of `value`, themselves values of customers.

        At most the share 1 - quantile of them lies above, ties or not: all worth the same, all Low.
        """
        low, high = quantiles
        if not 0 < low <= high < 1:
            raise TierError(f"quantiles must rise between 0 and 1, got {quantiles}; the default is (0.5, 0.8)")
        values = _finite(value)
        if not len(values):
            raise TierError("no value to take thresholds from; fit tiers on at least one customer")
        medium, top = np.quantile(values, quantiles, method="inverted_cdf").tolist()
        return cls(medium=medium, high=top)

    def assign(self, value: ArrayLike) -> NDArray[np.str_]:
        return np.array(NAMES)[np.searchsorted([self.medium, self.high], _finite(value), side="left")]


def _finite(value: ArrayLike) -> NDArray[np.float64]:
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise TierError(f"{wrong.sum()} of {values.size} values are not finite; a customer without value has no tier")
    return values
