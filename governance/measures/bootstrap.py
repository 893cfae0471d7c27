"""What a measure is, and the paired bootstrap: is one prediction better on the same customers, or was it luck?

A resample draws customers with replacement; drawing one three times is giving it the weight 3. So a measure takes
weights whose last axis runs over customers, and one call answers for a whole block of resamples.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]

_CELLS = 2_000_000  # weights held at once


class MeasureError(ValueError):
    """Outcomes and predictions that cannot be compared."""


@dataclass(frozen=True)
class Measure:
    """A figure for `predicted` against `actual`; NaN where it is not defined, an exception where the input is bad."""

    weighted: Callable[[Values, Values, Values], Values]

    def __call__(self, actual: ArrayLike, predicted: ArrayLike) -> float:
        outcome, prediction = pairs(actual, predicted)
        return float(self.weighted(outcome, prediction, np.ones(len(outcome))))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Measure of the prediction minus measure of the reference, with a percentile interval over the resamples.

    `undefined` resamples had no such measure (all customers alike) and are not in the interval.
    """

    estimate: float
    lower: float
    upper: float
    confidence: float
    resamples: int
    undefined: int


def paired_difference(  # noqa: PLR0913 - what is compared, and how often
    measure: Measure,
    actual: ArrayLike,
    predicted: ArrayLike,
    *,
    reference: ArrayLike,
    seed: int,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> Difference:
    """Both predictions are measured on the same drawn customers, so what they share cancels (Efron 1979)."""
    if resamples < 1 or not 0 < confidence < 1:
        raise MeasureError(f"need resamples >= 1 and 0 < confidence < 1, got {resamples} and {confidence}")
    outcome, prediction = pairs(actual, predicted)
    _, baseline = pairs(actual, reference)

    def difference(weights: Values) -> Values:
        return measure.weighted(outcome, prediction, weights) - measure.weighted(outcome, baseline, weights)

    drawn = np.concatenate([difference(weights) for weights in _draws(len(outcome), resamples, seed)])
    defined = drawn[np.isfinite(drawn)]
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(defined, [tail, 1 - tail]) if len(defined) else (np.nan, np.nan)
    return Difference(
        estimate=float(difference(np.ones(len(outcome)))),
        lower=float(lower),
        upper=float(upper),
        confidence=confidence,
        resamples=resamples,
        undefined=len(drawn) - len(defined),
    )


def pairs(actual: ArrayLike, predicted: ArrayLike) -> tuple[Values, Values]:
    """Two finite columns of one length, at least one customer."""
    outcome, prediction = np.asarray(actual, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if outcome.ndim != 1 or outcome.shape != prediction.shape:
        raise MeasureError(f"{outcome.shape} actual and {prediction.shape} predicted; give one of each per customer")
    if not len(outcome):
        raise MeasureError("no customer to measure; does the slice or the window hold anyone?")
    for name, column in (("actual", outcome), ("predicted", prediction)):
        wrong = ~np.isfinite(column)
        if wrong.any():
            raise MeasureError(f"{wrong.sum()} of {len(wrong)} {name} values are not finite, first at {wrong.argmax()}")
    return outcome, prediction


def total(weights: Values, values: Values) -> Values:
    """Weighted sum over customers, without BLAS: its threads change the last digits with their number."""
    return np.asarray((weights * values).sum(axis=-1))


def ratio(part: Values, whole: Values) -> Values:
    """Part by whole, NaN where the whole is 0."""
    defined = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=defined, where=whole != 0)
    return defined


def _draws(customers: int, resamples: int, seed: int) -> Iterator[Values]:
    """How often each resample drew each customer, in blocks of resamples."""
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // customers)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = rng.integers(customers, size=(rows, customers)) + customers * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * customers)
        yield counts.reshape(rows, customers).astype(np.float64)
