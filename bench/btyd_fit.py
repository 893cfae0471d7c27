"""Fit of BG/NBD on synthetic customers: ours beside lifetimes' BetaGeoFitter, alternating runs, medians.

python bench/btyd_fit.py [--customers 1000000] [--runs 3]
"""
# ruff: noqa: N803, N806 - T is the field's own name

import argparse
import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from clv_assets.models import btyd

Values = NDArray[np.float64]
TRUTH = {"r": 0.7, "alpha": 60.0, "a": 0.5, "b": 3.0}
HISTORY_DAYS = 730


def shop(customers: int, *, seed: int = 0) -> tuple[Values, Values, Values]:
    """Repeat purchase days, recency and T in whole days, drawn from the model itself."""
    rng = np.random.default_rng(seed)
    T = rng.integers(1, HISTORY_DAYS + 1, customers).astype(float)
    rate = rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"], customers)
    leaving = rng.beta(TRUTH["a"], TRUTH["b"], customers)
    x, t_x, here = np.zeros(customers), np.zeros(customers), np.arange(customers)
    while len(here):
        day = np.ceil(t_x[here] + rng.exponential(1 / rate[here]))
        bought = day <= T[here]
        here, day = here[bought], day[bought]
        x[here], t_x[here] = x[here] + 1, day
        here = here[rng.random(len(here)) > leaving[here]]
    return x, t_x, T


def ours(x: Values, t_x: Values, T: Values) -> tuple[float, ...]:
    model = btyd.fit(x, t_x, T)
    return model.r, model.alpha, model.a, model.b


def lifetimes(x: Values, t_x: Values, T: Values) -> tuple[float, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter

        return tuple(BetaGeoFitter().fit(x, t_x, T).params_)


def seconds(fit: Callable[..., tuple[float, ...]], *data: Values) -> tuple[float, tuple[float, ...]]:
    start = time.perf_counter()
    parameters = fit(*data)
    return time.perf_counter() - start, parameters


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=3)
    options = arguments.parse_args()
    data = shop(options.customers)
    fits = {"heirloom": ours, "lifetimes": lifetimes}
    for fit in fits.values():
        fit(*(column[:1000] for column in data))
    runs = {name: [] for name in fits}
    for _ in range(options.runs):
        for name, fit in fits.items():
            runs[name].append(seconds(fit, *data))
    report(runs, options.customers)


def report(runs: dict[str, list[tuple[float, tuple[float, ...]]]], customers: int) -> None:
    medians = {name: median(took for took, _ in measured) for name, measured in runs.items()}
    print(f"BG/NBD on {customers:,} customers, median of {len(runs['heirloom'])} alternating runs")
    print(f"{'':10} {'seconds':>8} {'ratio':>6}   " + " ".join(f"{name:>8}" for name in TRUTH))
    print(f"{'truth':10} {'':8} {'':6}   " + " ".join(f"{value:8.4f}" for value in TRUTH.values()))
    for name, measured in runs.items():
        parameters = " ".join(f"{value:8.4f}" for value in measured[-1][1])
        print(f"{name:10} {medians[name]:8.2f} {medians[name] / medians['heirloom']:6.1f}   {parameters}")


if __name__ == "__main__":
    main()
