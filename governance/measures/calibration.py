"""Do the predictions have the right size? For values and for probabilities."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from governance.measures.bootstrap import Measure, MeasureError, Values, pairs, ratio, total
from governance.measures.ranking import centred_midrank, tied

_BINS = 10


@Measure
def predicted_to_actual(actual: Values, predicted: Values, weights: Values) -> Values:
    """Total predicted over total actual: 1 is right, above is too much."""
    return ratio(total(weights, predicted), total(weights, actual))


@Measure
def rmse(actual: Values, predicted: Values, weights: Values) -> Values:
    """Root of the mean squared error."""
    return np.sqrt(_mean((predicted - actual) ** 2, weights))


@Measure
def mae(actual: Values, predicted: Values, weights: Values) -> Values:
    """Mean absolute error."""
    return _mean(np.abs(predicted - actual), weights)


@Measure
def brier(actual: Values, predicted: Values, weights: Values) -> Values:
    """Mean squared error of a probability (Brier 1950)."""
    _require_probabilities(actual, predicted)
    return _mean((predicted - actual) ** 2, weights)


@Measure
def auc(actual: Values, predicted: Values, weights: Values) -> Values:
    """Chance that a buyer is ranked above a non-buyer, ties counting half (Mann and Whitney 1947)."""
    _require_outcomes(actual)
    buyers, others = total(weights, actual), total(weights, 1 - actual)
    above = total(weights, actual * centred_midrank(predicted, weights))
    return 0.5 + ratio(above, buyers * others)


@Measure
def ece(actual: Values, predicted: Values, weights: Values) -> Values:
    """Expected calibration error over ten bins of equal width (Guo, Pleiss, Sun and Weinberger 2017)."""
    _require_probabilities(actual, predicted)
    bins = np.minimum(predicted * _BINS, _BINS - 1).astype(int)
    _, order, starts = tied(bins)
    gaps = np.add.reduceat((weights * (predicted - actual))[..., order], starts, axis=-1)
    return ratio(np.abs(gaps).sum(axis=-1), weights.sum(axis=-1))


@dataclass(frozen=True, kw_only=True)
class Decile:
    """Customers of one tenth by prediction (1 = lowest): means, and predicted over actual (NaN if actual is 0)."""

    decile: int
    customers: int
    predicted: float
    actual: float
    predicted_to_actual: float


def decile_table(actual: ArrayLike, predicted: ArrayLike) -> list[Decile]:
    """Tied predictions stay in one decile, that of their middle, so a decile may be large, or missing."""
    outcome, prediction = pairs(actual, predicted)
    customers = len(outcome)
    share = 0.5 + centred_midrank(prediction, np.ones(customers)) / customers
    deciles = np.minimum(share * _BINS, _BINS - 1).astype(int) + 1
    return [_decile(number, outcome[deciles == number], prediction[deciles == number]) for number in np.unique(deciles)]


def _decile(number: int, actual: Values, predicted: Values) -> Decile:
    return Decile(
        decile=int(number),
        customers=len(actual),
        predicted=float(predicted.mean()),
        actual=float(actual.mean()),
        predicted_to_actual=predicted_to_actual(actual, predicted),
    )


def _mean(values: Values, weights: Values) -> Values:
    return ratio(total(weights, values), weights.sum(axis=-1))


def _require_outcomes(actual: Values) -> None:
    if not np.isin(actual, (0.0, 1.0)).all():
        raise MeasureError("actual must be 0 or 1 (bought or not); compare amounts with the measures for values")


def _require_probabilities(actual: Values, predicted: Values) -> None:
    _require_outcomes(actual)
    if predicted.min() < 0 or predicted.max() > 1:
        raise MeasureError("predicted must be a probability from 0 to 1; is it a score or a value?")
