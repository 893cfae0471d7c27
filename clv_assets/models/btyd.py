"""BG/NBD: how often customers come back, and whether they still do, when they leave without a word.

Fader, Hardie and Lee 2005, "Counting Your Customers the Easy Way", Marketing Science 24(2): its equations.
`x` = repeat purchases, `t_x` = recency (first to last purchase), `T` = age now, all in one unit of time.
What all likelihoods of this package share stands below: columns, distinct rows, the climb to the maximum.
"""
# ruff: noqa: N803, N806 - T is the field's own name

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
LogLikelihood = Callable[[Values], tuple[float, Values]]

_BOUND = np.log(1e4)  # a climb stays within this factor of the neutral parameters
_LIMIT = np.log(1e3)  # beyond this factor the data do not hold a parameter: `at_limit` names it
_FLAT = 3e-6  # the steepest slope per customer that still counts as a maximum
_STARTS = (0.0, -1.5, 1.5, -3.0)
_RESTARTS = 5  # of one climb: forgetting its curvature helps on long ridges
_POLE = 1e-8
_NEXT = 1e-9
_NODES = 32
_BRIDGE = (1 - 1e-4, 1 + 1e-4)


class InputError(ValueError):
    """Customers a model can neither learn from nor score."""


class NotConverged(RuntimeError):
    """A likelihood whose maximum was not reached."""


@dataclass(frozen=True, kw_only=True)
class BgNbd:
    """Purchases at a rate ~ Gamma(r, alpha); after each repeat a customer leaves with chance ~ Beta(a, b).

    `at_limit` names parameters the data do not hold (nobody leaves: `a`); predictions stand, they do not.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: float
    penalty: float = 0.0
    at_limit: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_positive(r=self.r, alpha=self.alpha, a=self.a, b=self.b)

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Values:
        """P(still a customer); 1 for one-time buyers, since this model lets people leave after repeats only.

        So it does not rank customers by their chance to buy again; `p_buy` does.
        """
        return self._p_alive(*_histories(x, t_x, T))

    def p_buy(self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Values:
        """P(at least one purchase within `t`), exact: nobody leaves between two purchases."""
        x, t_x, T, t = _futures(t, x, t_x, T)
        return self._p_alive(x, t_x, T) * -np.expm1(-(self.r + x) * np.log1p(t / (self.alpha + T)))

    def expected_purchases(self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Values:
        """Expected number of purchases within `t` (equation 10)."""
        x, t_x, T, t = _futures(t, x, t_x, T)
        return self._p_alive(x, t_x, T) * self._expected_if_alive(x, t / (self.alpha + T))

    def _p_alive(self, x: Values, t_x: Values, T: Values) -> Values:
        from scipy.special import expit

        alive = np.ones_like(x)
        again = x > 0
        alive[again] = expit(-_log_odds_left((self.r, self.alpha, self.a, self.b), x[again], t_x[again], T[again]))
        return alive

    def _expected_if_alive(self, x: Values, y: Values) -> Values:
        """Equation 10 without its denominator; a straight line bridges 0/0 at a = 1."""
        low, high = _BRIDGE
        if not low < self.a < high:
            return _purchases_if_alive(self.a, self.b + x, self.r + x, y)
        share = (self.a - low) / (high - low)
        below, above = (_purchases_if_alive(a, self.b + x, self.r + x, y) for a in _BRIDGE)
        return below * (1 - share) + above * share


def fit(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    penalty: float = 0.0,
) -> BgNbd:
    """Maximum likelihood; `frequency` counts repeat purchases. Raises `NotConverged` rather than guess.

    `penalty` is taken off the log-likelihood per squared log distance from r = a = b = 1, alpha = mean T: a
    prior of precision 2 * penalty, whatever the unit of time, that fades as customers grow in number.
    """
    (x, t_x, ages), counts = distinct_rows(_histories(frequency, recency, T), weights)
    if not x.any() and penalty <= 0:
        raise InputError(
            "no customer bought twice, so nothing tells how often they return; "
            "give a longer history, or pass penalty > 0 to lean on the neutral parameters"
        )
    neutral = np.array([0.0, np.log(np.average(ages, weights=counts) or 1.0), 0.0, 0.0])
    likelihood, names, customers = _likelihood(x, t_x, ages, counts), ("r", "alpha", "a", "b"), float(counts.sum())
    top, log_likelihood, at_limit = climb(
        likelihood, neutral=neutral, names=names, customers=customers, penalty=penalty
    )
    parameters = dict(zip(names, np.exp(top).tolist(), strict=True))
    evidence = {"log_likelihood": log_likelihood, "customers": customers, "penalty": penalty}
    return BgNbd(**parameters, **evidence, at_limit=at_limit)


def _likelihood(x: Values, t_x: Values, T: Values, weights: Values) -> LogLikelihood:
    """Equation 6 in logarithms with its gradient; terms of x alone are taken once per value of x."""
    values, index = np.unique(x, return_inverse=True)
    counts = np.bincount(index, weights=weights).astype(np.float64)
    again = x > 0
    repeaters = x[again], t_x[again], T[again], weights[again]

    def log_likelihood(log_parameters: Values) -> tuple[float, Values]:
        parameters = np.exp(log_parameters)
        count, by_count = _count_terms(parameters, values, counts)
        age, by_age = _age_terms(parameters, x, T, weights)
        left, by_left = _left_terms(parameters, *repeaters)
        return count + age + left, parameters * (by_count + by_age + by_left)

    return log_likelihood


def _count_terms(parameters: Values, x: Values, weights: Values) -> tuple[float, Values]:
    """Gamma(r+x)/Gamma(r) alpha^r B(a, b+x)/B(a, b)."""
    from scipy.special import gammaln, psi

    r, alpha, a, b = parameters
    terms = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    terms += gammaln(a + b) - gammaln(a + b + x) + gammaln(b + x) - gammaln(b)
    by_r, by_both = psi(r + x) - psi(r) + np.log(alpha), psi(a + b) - psi(a + b + x)
    slopes = [by_r, r / alpha, by_both, by_both + psi(b + x) - psi(b)]
    return total(weights, terms, slopes)


def _age_terms(parameters: Values, x: Values, T: Values, weights: Values) -> tuple[float, Values]:
    """(alpha+T)^-(r+x)."""
    r, alpha, _, _ = parameters
    log_age = np.log(alpha + T)
    return total(weights, -(r + x) * log_age, [-log_age, -(r + x) / (alpha + T), 0.0, 0.0])


def _left_terms(parameters: Values, x: Values, t_x: Values, T: Values, weights: Values) -> tuple[float, Values]:
    """1 + the odds of having left, for repeat buyers."""
    from scipy.special import expit

    r, alpha, a, b = parameters
    odds = _log_odds_left((r, alpha, a, b), x, t_x, T)
    left = expit(odds)
    by_alpha = (r + x) * (1 / (alpha + T) - 1 / (alpha + t_x))
    slopes = [left * _log_silence(alpha, t_x, T), left * by_alpha, left / a, -left / (b + x - 1)]
    return total(weights, np.logaddexp(0.0, odds), slopes)


def _log_odds_left(parameters: tuple[float, float, float, float], x: Values, t_x: Values, T: Values) -> Values:
    """Logarithm of a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x), for repeat buyers."""
    r, alpha, a, b = parameters
    return np.log(a / (b + x - 1)) + (r + x) * _log_silence(alpha, t_x, T)


def _log_silence(alpha: float, t_x: Values, T: Values) -> Values:
    return np.log((alpha + T) / (alpha + t_x))


def _purchases_if_alive(a: float, b: Values, r: Values, y: Values) -> Values:
    """(a+b-1)/(a-1) [1 - (1+y)^-r 2F1(r, b; a+b-1; y/(1+y))]; b and r after the data, y = t/(alpha+T).

    2F1 overflows for frequent buyers. Its Euler transform does so only where `a` is large too, and, near y/(1+y) = 1,
    where r - a is a whole number: there an r next to it is taken.
    """
    purchases = _by_euler(a, b, r, y)
    for nearby, way in ((1 + _NEXT, _by_euler), (1.0, _purchases_by_leaving)):
        lost = ~np.isfinite(purchases)
        if lost.any():
            purchases[lost] = way(a, b[lost], r[lost] * nearby, y[lost])
    return purchases


def _by_euler(a: float, b: Values, r: Values, y: Values) -> Values:
    from scipy.special import hyp2f1

    c = a + b - 1
    c = np.where(np.abs(c) < _POLE, _POLE, c)
    with np.errstate(over="ignore", invalid="ignore"):
        purchases: Values = c / (a - 1) * (1 - (1 + y) ** (1 - a) * hyp2f1(c - r, a - 1, c, y / (1 + y)))
    return purchases


def _purchases_by_leaving(a: float, b: Values, r: Values, y: Values) -> Values:
    """The same as the mean of (1 - (1+yp)^-r)/p over the chance to leave, p ~ Beta(a, b).

    Gauss-Hermite over the normal quantiles of p: for the large `a` that need it, p is all but normal.
    """
    from scipy.special import betaincinv, ndtr

    mean = np.zeros_like(y)
    nodes, shares = np.polynomial.hermite_e.hermegauss(_NODES)
    for quantile, share in zip(ndtr(nodes), shares / shares.sum(), strict=True):
        p = betaincinv(a, b, quantile)
        mean -= share * np.expm1(-r * np.log1p(y * p)) / p
    return mean


def _histories(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Values, Values, Values]:
    x, t_x, T = columns(**{"x (repeat purchases)": x, "t_x (recency)": t_x, "T": T})
    refuse((x < 0) | (x != np.floor(x)), "x (repeat purchases) must be a whole number, 0 or more")
    refuse((t_x < 0) | (t_x > T), "t_x (recency) must lie between 0 and T; is T taken at an older date?")
    refuse(
        (x == 0) != (t_x == 0),
        "t_x (recency) must be 0 for one-time buyers, and only there; count a day once",
    )
    return x, t_x, T


def _futures(t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Values, ...]:
    x, t_x, T = _histories(x, t_x, T)
    futures = columns(x=x, t_x=t_x, T=T, t=t)
    refuse(futures[-1] < 0, "t must be 0 or more: it counts from now on")
    return futures


def columns(**named: ArrayLike) -> tuple[Values, ...]:
    """Finite columns of one length; a scalar stands for every customer."""
    arrays = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)) for name, values in named.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if any(len(shape) > 1 for shape in shapes.values()) or len({*shapes.values()} - {(1,)}) > 1:
        raise InputError(f"columns differ in shape ({shapes}); give one value per customer in each")
    for name, array in arrays.items():
        refuse(~np.isfinite(array), f"{name} must be a finite number; repair or leave out such customers")
    return tuple(np.ascontiguousarray(array) for array in np.broadcast_arrays(*arrays.values()))


def refuse(broken: NDArray[np.bool_], rule: str) -> None:
    if broken.any():
        raise InputError(f"{rule} ({broken.sum()} of {len(broken)} customers, first at row {broken.argmax()})")


def require_positive(**parameters: float) -> None:
    wrong = {name: value for name, value in parameters.items() if not 0 < value < np.inf}
    if wrong:
        raise InputError(f"must be finite and above 0: {wrong}; fit the model again")


def distinct_rows(rows: tuple[Values, ...], weights: ArrayLike | None) -> tuple[tuple[Values, ...], Values]:
    """Each distinct row once with the weight of its copies: a million customers have far fewer histories."""
    (counts,) = columns(weights=np.ones(len(rows[0])) if weights is None else weights)
    if counts.shape != rows[0].shape:
        raise InputError(f"{len(counts)} weights for {len(rows[0])} customers; give one per customer")
    refuse(counts < 0, "weights must be 0 or more")
    counted = counts > 0
    if not counted.any():
        raise InputError("no customer to learn from; give at least one with a weight above 0")
    order = np.lexsort([row[counted] for row in rows])
    rows = tuple(row[counted][order] for row in rows)
    new = np.logical_or.reduce([row[1:] != row[:-1] for row in rows])
    starts = np.flatnonzero(np.concatenate([[True], new]))
    return tuple(row[starts] for row in rows), np.add.reduceat(counts[counted][order], starts)


def total(weights: Values, terms: Values, slopes: Sequence[Values | float]) -> tuple[float, Values]:
    """Sums over customers, without BLAS: its threads are slower here and change the last digits with their number."""
    return float((weights * terms).sum()), np.array([(weights * slope).sum() for slope in slopes])


def climb(
    log_likelihood: LogLikelihood,
    *,
    neutral: Values,
    names: tuple[str, ...],
    customers: float,
    penalty: float,
) -> tuple[Values, float, tuple[str, ...]]:
    """Log parameters at the maximum, the log-likelihood there, names of those at a limit.

    Further starts are tried while no flat spot was found, or only some at a limit; the highest counts.
    """
    if not 0 <= penalty < np.inf:
        raise InputError(f"penalty must be 0 or more, got {penalty}; 0.1 is a light one")
    tops: list[tuple[float, Values]] = []
    for shift in _STARTS:
        found, height, slope = _ascend(log_likelihood, neutral + shift, neutral, customers, penalty)
        flat, inside = slope < _FLAT, (np.abs(found - neutral) < _LIMIT).all()
        tops += [(height, found)] if flat else []
        if flat and inside:
            break
    if not tops:
        raise NotConverged(
            f"no maximum for {', '.join(names)} from {len(_STARTS)} starts, slope {slope:.1e} per customer; "
            "look for customers far from the rest, give a longer history, or pass penalty=0.1"
        )
    _, top = max(tops, key=lambda spot: spot[0])
    far = np.abs(top - neutral) >= _LIMIT
    return top, log_likelihood(top)[0], tuple(np.array(names)[far].tolist())


def _ascend(
    log_likelihood: LogLikelihood, start: Values, neutral: Values, customers: float, penalty: float
) -> tuple[Values, float, float]:
    """Where the climb ended, how high per customer, and the steepest slope left inside the bounds."""
    from scipy.optimize import minimize

    def loss(log_parameters: Values) -> tuple[float, Values]:
        height, slope = log_likelihood(log_parameters)
        offset = log_parameters - neutral
        return (penalty * float((offset**2).sum()) - height) / customers, (2 * penalty * offset - slope) / customers

    low, high = neutral - _BOUND, neutral + _BOUND
    bounds = list(zip(low.tolist(), high.tolist(), strict=True))
    for _ in range(_RESTARTS):
        end = minimize(loss, start, jac=True, method="SLSQP", bounds=bounds, options={"maxiter": 1000, "ftol": 1e-15})
        start, slope = end.x, float(np.abs(np.clip(end.x - end.jac, low, high) - end.x).max())
        if slope < _FLAT:
            break
    return start, -float(end.fun), slope
