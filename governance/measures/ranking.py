"""Does the order of the predictions find the customers who matter? Tied predictions share their place.

So every figure is the same in whatever order customers stand, and the same for any rising transform of a prediction.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from governance.measures.bootstrap import Measure, Values, pairs, ratio, total

_DECILE = 0.1


@Measure
def normalised_gini(actual: Values, predicted: Values, weights: Values) -> Values:
    """Gini of `actual` ordered by `predicted`, over the Gini ordered by itself: 1 perfect, 0 random, -1 reversed.

    By mid-ranks, which for the Lorenz curve means straight lines across ties (Lerman and Yitzhaki 1984).
    """
    found, perfect = (_above_random(actual, by, weights) for by in (predicted, actual))
    return np.clip(ratio(found, perfect), -1.0, 1.0)


@Measure
def spearman(actual: Values, predicted: Values, weights: Values) -> Values:
    """Rank correlation: Pearson's of the mid-ranks."""
    one, other = (centred_midrank(column, weights) for column in (actual, predicted))
    spread = np.sqrt(total(weights, one**2) * total(weights, other**2))
    return np.clip(ratio(total(weights, one * other), spread), -1.0, 1.0)


@Measure
def top_decile_share(actual: Values, predicted: Values, weights: Values) -> Values:
    """Share of all `actual` held by the tenth of customers predicted highest; a tied group across the edge in part."""
    _, order, starts = tied(-predicted)
    mass, amount = (np.add.reduceat(w[..., order], starts, axis=-1) for w in (weights, weights * actual))
    wanted = _DECILE * mass.sum(axis=-1, keepdims=True) - (np.cumsum(mass, axis=-1) - mass)
    taken = np.clip(wanted / np.where(mass > 0, mass, 1.0), 0.0, 1.0)
    return ratio(total(taken, amount), amount.sum(axis=-1))


@dataclass(frozen=True, kw_only=True)
class LorenzCurve:
    """Points from (0, 0) to (1, 1): this share of customers, best predicted first, holds that share of `actual`."""

    customers: Values
    actual: Values


def lorenz_curve(actual: ArrayLike, predicted: ArrayLike) -> LorenzCurve:
    """One point per distinct prediction; shares of a total that is not above 0 are NaN."""
    outcome, prediction = pairs(actual, predicted)
    _, order, starts = tied(-prediction)
    ends = np.concatenate([starts, [len(order)]])
    reached = np.concatenate([[0.0], np.cumsum(outcome[order])])[ends]
    return LorenzCurve(
        customers=ends / len(order),
        actual=reached / reached[-1] if reached[-1] > 0 else np.full(len(ends), np.nan),
    )


def centred_midrank(values: Values, weights: Values) -> Values:
    """Rank among `weights` customers minus the mean rank; ties share the middle of their places."""
    group, order, starts = tied(values)
    mass = np.add.reduceat(weights[..., order], starts, axis=-1)
    reached = np.cumsum(mass, axis=-1)
    ranks: Values = reached - (mass + reached[..., -1:]) / 2
    return ranks[..., group]


def _above_random(actual: Values, by: Values, weights: Values) -> Values:
    return total(weights, actual * centred_midrank(by, weights))


def tied(values: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Each customer's group of equal values, customers by group, and where each group starts."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    return group, np.argsort(group, kind="stable"), np.cumsum(counts) - counts
