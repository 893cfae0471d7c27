"""CDNOW, 1/10 sample, calibrated to 1997-09-30 in weeks: published parameters, and lifetimes as an oracle.

The figures are those of Fader, Hardie and Lee 2005 and Fader and Hardie 2013, as CLVTools' tests cite them.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from clv_assets.models import btyd, gamma_gamma

CALIBRATED_TO = np.datetime64("1997-09-30")


@dataclass(frozen=True)
class Customers:
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    mean_repeat_spend: np.ndarray


@pytest.fixture(scope="module")
def cdnow() -> Customers:
    package = Path(find_spec("lifetimes").origin).parent
    lines = np.loadtxt(package / "datasets" / "CDNOW_sample.txt", dtype=str)
    day = np.array([f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in lines[:, 2]], dtype="datetime64[D]")
    known = day <= CALIBRATED_TO
    customer, amount, day = lines[known, 1].astype(int), lines[known, 4].astype(float), day[known]
    customer_days, index = np.unique(np.column_stack([customer, day.astype(int)]), axis=0, return_inverse=True)
    spend = np.bincount(index, weights=amount)
    _, first, days = np.unique(customer_days[:, 0], return_index=True, return_counts=True)
    last = first + days - 1
    x = days - 1
    repeat_spend = np.add.reduceat(spend, first) - spend[first]
    return Customers(
        x=x,
        t_x=(customer_days[last, 1] - customer_days[first, 1]) / 7,
        T=(CALIBRATED_TO.astype(int) - customer_days[first, 1]) / 7,
        mean_repeat_spend=np.where(x > 0, repeat_spend / np.maximum(x, 1), 0.0),
    )


def test_it_is_the_published_sample(cdnow):
    assert len(cdnow.x) == 2357
    assert (cdnow.x > 0).sum() == 946


def test_bg_nbd_has_the_published_parameters(cdnow):
    model = btyd.fit(cdnow.x, cdnow.t_x, cdnow.T)

    assert_allclose([model.r, model.alpha, model.a, model.b], [0.243, 4.414, 0.793, 2.426], atol=5e-4)
    assert model.log_likelihood == pytest.approx(-9582.429, abs=5e-4)
    assert model.at_limit == ()
    assert model.customers == 2357


def test_gamma_gamma_has_the_published_parameters(cdnow):
    model = gamma_gamma.fit(cdnow.x, cdnow.mean_repeat_spend)

    assert_allclose([model.p, model.q, model.v], [6.25, 3.74, 15.44], atol=5e-3)
    assert model.log_likelihood == pytest.approx(-4055.918, abs=5e-4)
    assert model.mean == pytest.approx(35.17, abs=5e-3)
    assert (model.customers, model.left_out) == (946, 1411)


def test_the_unit_of_time_changes_alpha_alone(cdnow):
    weeks = btyd.fit(cdnow.x, cdnow.t_x, cdnow.T)
    days = btyd.fit(cdnow.x, cdnow.t_x * 7, cdnow.T * 7)

    assert_allclose([days.r, days.alpha / 7, days.a, days.b], [weeks.r, weeks.alpha, weeks.a, weeks.b], rtol=1e-5)


def test_weights_are_copies(cdnow):
    weights = np.random.default_rng(0).integers(0, 4, len(cdnow.x))
    copies = btyd.fit(*(np.repeat(column, weights) for column in (cdnow.x, cdnow.t_x, cdnow.T)))

    assert btyd.fit(cdnow.x, cdnow.t_x, cdnow.T, weights=weights) == copies


def test_customers_in_any_order_give_the_same_model(cdnow):
    shuffled = np.random.default_rng(0).permutation(len(cdnow.x))
    columns = (cdnow.x, cdnow.t_x, cdnow.T)

    assert btyd.fit(*(column[shuffled] for column in columns)) == btyd.fit(*columns)


@pytest.mark.parametrize("weeks", [0.5, 39.0, 520.0])
def test_predictions_are_those_of_lifetimes(cdnow, weeks):
    from lifetimes import BetaGeoFitter

    model = btyd.fit(cdnow.x, cdnow.t_x, cdnow.T)
    oracle = BetaGeoFitter()
    oracle.params_ = {"r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b}
    history = cdnow.x, cdnow.t_x, cdnow.T

    expected = oracle.conditional_expected_number_of_purchases_up_to_time(weeks, *history)
    assert_allclose(model.expected_purchases(weeks, *history), expected, rtol=1e-10)
    assert_allclose(model.p_alive(*history), oracle.conditional_probability_alive(*history), rtol=1e-12)


def test_values_are_those_of_lifetimes(cdnow):
    from lifetimes import GammaGammaFitter

    model = gamma_gamma.fit(cdnow.x, cdnow.mean_repeat_spend)
    oracle = GammaGammaFitter()
    oracle.params_ = {"p": model.p, "q": model.q, "v": model.v}

    expected = oracle.conditional_expected_average_profit(cdnow.x, cdnow.mean_repeat_spend)
    assert_allclose(model.value(cdnow.x, cdnow.mean_repeat_spend), expected, rtol=1e-12)
