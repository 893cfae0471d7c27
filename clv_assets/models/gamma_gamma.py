"""Gamma-Gamma: what a customer spends per purchase, shrunk towards everyone's mean while purchases are few.

Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025: its equations.
`x` = number of spends that were averaged, `m` = their mean. Which spends is the caller's choice, all
purchases or repeats only; `x` and `m` must tell of the same ones, in `fit` and in `value` alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clv_assets.models.btyd import (
    InputError,
    LogLikelihood,
    Values,
    climb,
    columns,
    distinct_rows,
    refuse,
    require_positive,
    total,
)


@dataclass(frozen=True, kw_only=True)
class GammaGamma:
    """Spends ~ Gamma(p, nu) with nu ~ Gamma(q, v), q > 1 so that the mean spend of all customers exists.

    `left_out` customers had no mean spend above 0 to learn from. `at_limit` names parameters the data do not
    hold (everyone spends the same: `p`); values stand, they do not.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: float
    left_out: float = 0.0
    penalty: float = 0.0
    at_limit: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_positive(**{"p": self.p, "q - 1": self.q - 1, "v": self.v})

    @property
    def mean(self) -> float:
        """Mean spend over all customers (equation 4)."""
        return self.p * self.v / (self.q - 1)

    def value(self, x: ArrayLike, m: ArrayLike) -> Values:
        """Expected mean spend of a customer whose `x` spends averaged `m` (equation 5).

        A mean below 0 (more returned than bought) counts as 0: values are never negative and rise with `m`.
        """
        x, m = _spends(x, m)
        weight = self.p * x + self.q - 1
        return self.p * self.v / weight + self.p * x / weight * np.maximum(m, 0.0)


def fit(
    frequency: ArrayLike, monetary_value: ArrayLike, *, weights: ArrayLike | None = None, penalty: float = 0.0
) -> GammaGamma:
    """Maximum likelihood over customers with a mean spend above 0; the others are counted in `left_out`.

    `penalty` is taken off the log-likelihood per squared log distance from p = q - 1 = 1, v = geometric mean spend.
    """
    x, m = _spends(frequency, monetary_value)
    refuse((x == 0) & (m > 0), "frequency must count the spends behind monetary_value: not 0 where m > 0")
    (x, m), counts = distinct_rows((x, m), weights)
    spent = m > 0
    customers, left_out = float(counts[spent].sum()), float(counts[~spent].sum())
    if not spent.any():
        raise InputError(f"none of {left_out:g} customers has a mean spend above 0; are sales and returns swapped?")
    x, m, counts = x[spent], m[spent], counts[spent]
    neutral = np.array([0.0, 0.0, np.average(np.log(m), weights=counts)])
    top, log_likelihood, at_limit = climb(
        _likelihood(x, m, counts), neutral=neutral, names=("p", "q", "v"), customers=customers, penalty=penalty
    )
    p, above_one, v = np.exp(top).tolist()
    evidence = {"log_likelihood": log_likelihood, "customers": customers, "left_out": left_out, "penalty": penalty}
    return GammaGamma(p=p, q=1 + above_one, v=v, **evidence, at_limit=at_limit)


def _likelihood(x: Values, m: Values, weights: Values) -> LogLikelihood:
    """Equation 1a in logarithms with its gradient by log p, log (q - 1), log v."""
    values, index = np.unique(x, return_inverse=True)
    counts = np.bincount(index, weights=weights).astype(np.float64)

    def log_likelihood(log_parameters: Values) -> tuple[float, Values]:
        p, above_one, v = np.exp(log_parameters)
        count, by_count = _count_terms(p, 1 + above_one, values, counts)
        spend, by_spend = _spend_terms((p, 1 + above_one, v), x, m, weights)
        return count + spend, np.array([p, above_one, v]) * (by_count + by_spend)

    return log_likelihood


def _count_terms(p: float, q: float, x: Values, weights: Values) -> tuple[float, Values]:
    """Gamma(px+q) / (Gamma(px) Gamma(q)), once per value of x."""
    from scipy.special import gammaln, psi

    px = p * x
    slopes: list[Values | float] = [x * (psi(px + q) - psi(px)), psi(px + q) - psi(q), 0.0]
    return total(weights, gammaln(px + q) - gammaln(px) - gammaln(q), slopes)


def _spend_terms(parameters: tuple[float, float, float], x: Values, m: Values, weights: Values) -> tuple[float, Values]:
    """v^q m^(px-1) x^px / (xm+v)^(px+q)."""
    p, q, v = parameters
    log_sum, log_all = np.log(x * m), np.log(x * m + v)
    terms = q * np.log(v) - np.log(m) + p * x * log_sum - (p * x + q) * log_all
    slopes = [x * (log_sum - log_all), np.log(v) - log_all, q / v - (p * x + q) / (x * m + v)]
    return total(weights, terms, slopes)


def _spends(x: ArrayLike, m: ArrayLike) -> tuple[Values, Values]:
    x, m = columns(**{"x (number of spends)": x, "m (monetary_value)": m})
    refuse(x < 0, "x (number of spends) must be 0 or more")
    return x, m
