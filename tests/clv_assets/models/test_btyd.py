# ruff: noqa: N803, N806 - T is the field's own name
import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from clv_assets.models import btyd
from clv_assets.models.btyd import BgNbd, InputError, NotConverged

parameters = st.floats(-6, 6).map(np.exp).map(float)
models = st.builds(
    BgNbd,
    r=parameters,
    alpha=parameters,
    a=parameters,
    b=parameters,
    log_likelihood=st.just(0.0),
    customers=st.just(1.0),
)
horizons = st.floats(0.1, 1000)
law = settings(deadline=None, max_examples=30)


@st.composite
def histories(draw):
    """x, t_x, T columns of up to 8 customers."""
    rows = []
    for x in draw(st.lists(st.integers(0, 300), min_size=1, max_size=8)):
        T = draw(st.floats(1, 2000))
        rows.append((x, draw(st.floats(0.001, 1)) * T if x else 0.0, T))
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def model(**changes) -> BgNbd:
    return BgNbd(**{"r": 0.7, "alpha": 60.0, "a": 0.5, "b": 3.0, "log_likelihood": 0.0, "customers": 1.0, **changes})


def purchases_by_integral(model, t, x, T):
    """Mean of (1 - exp(-lambda p t)) / p over lambda and p after the data, by scipy's quadrature over logit p."""
    from scipy.integrate import quad
    from scipy.special import betaln, expit

    a, b, r, y = model.a, model.b + x, model.r + x, t / (model.alpha + T)

    def purchases_at(logit):
        p = max(expit(logit), 1e-300)
        density = np.exp(-a * np.logaddexp(0, -logit) - b * np.logaddexp(0, logit) - betaln(a, b))
        return density * -np.expm1(-r * np.log1p(y * p)) / p

    middle, width = np.log(a / b), 10 / np.sqrt(min(a, b))
    edges = [middle - 40 / a - width, middle - width, middle, middle + width, middle + 40 / b + width]
    return sum(quad(purchases_at, *ends, epsabs=0, epsrel=1e-9, limit=200)[0] for ends in pairwise(edges))


@law
@given(models, horizons, histories())
def test_probabilities_lie_between_0_and_1(model, t, history):
    for p in (model.p_alive(*history), model.p_buy(t, *history)):
        assert ((p >= 0) & (p <= 1)).all()


@law
@given(models, horizons, histories())
def test_expected_purchases_lie_between_the_chance_of_one_and_those_of_a_customer_who_never_leaves(model, t, history):
    x, _, T = history
    expected = model.expected_purchases(t, *history)

    assert (expected >= model.p_buy(t, *history) * (1 - 1e-6)).all()
    assert (expected <= model.p_alive(*history) * (model.r + x) * t / (model.alpha + T) * (1 + 1e-6)).all()


@law
@given(models, horizons, st.floats(1.01, 10), histories())
def test_more_time_never_means_fewer_purchases(model, t, factor, history):
    soon, later = model.expected_purchases(t, *history), model.expected_purchases(t * factor, *history)

    assert (later >= soon * (1 - 1e-6)).all()
    assert (model.p_buy(t * factor, *history) >= model.p_buy(t, *history)).all()


def test_a_whole_number_between_r_and_a_is_no_hole():
    """There scipy's series overflows, for a customer like any other."""
    a = 0.04376563975259378
    model = BgNbd(r=a, alpha=1.0, a=a, b=math.e, log_likelihood=0.0, customers=1)
    beside = replace(model, r=a + 1e-6)
    history = ([100], [1], [1])

    assert_allclose(model.expected_purchases(20, *history), beside.expected_purchases(20, *history), rtol=1e-6)


@law
@given(models, horizons, histories())
def test_a_customer_scores_the_same_alone_and_in_a_batch(model, t, history):
    batch = model.expected_purchases(t, *history), model.p_buy(t, *history), model.p_alive(*history)
    for row, customer in enumerate(zip(*history, strict=True)):
        alone = model.expected_purchases(t, *customer), model.p_buy(t, *customer), model.p_alive(*customer)
        assert_array_equal(np.concatenate(alone), [column[row] for column in batch])


@pytest.mark.parametrize("a", [0.02, 0.5, 1.0, 1.00005, 3.0, 300.0])
@pytest.mark.parametrize("b", [0.5, 200.0])
@pytest.mark.parametrize(("x", "T", "t"), [(0, 30.0, 1.0), (2, 300.0, 184.0), (900, 3000.0, 9000.0)])
def test_expected_purchases_equal_their_integral(a, b, x, T, t):
    ours, t_x = model(a=a, b=b), T * (x > 0)
    expected = ours.p_alive(x, t_x, T) * purchases_by_integral(ours, t, x, T)

    assert_allclose(ours.expected_purchases(t, x, t_x, T), expected, rtol=1e-6)


def test_frequent_buyers_at_the_limits_of_a_fit_have_finite_expectations():
    extreme = model(r=1e4, alpha=8e4, a=4e3, b=1e4)
    expected = extreme.expected_purchases(90.0, [0, 3, 5000], [0, 30.0, 30.0], 40.0)

    assert_allclose(expected / extreme.p_alive([0, 3, 5000], [0, 30.0, 30.0], 40.0), [3.24, 3.24, 5.0], rtol=0.1)


@pytest.mark.parametrize("a", [0.5, 0.015625])
def test_a_pole_of_the_hypergeometric_function_is_none_of_the_expectation(a):
    at_pole, beside = (model(a=a, b=1 - a + more).expected_purchases(900.0, 0, 0, 30.0) for more in (0, 1e-6))
    assert_allclose(at_pole, beside, rtol=1e-5)


def test_one_time_buyers_are_alive_by_definition_and_buy_with_a_real_chance():
    assert model().p_alive(0, 0, 300.0) == 1
    assert_allclose(model().p_buy(90.0, 0, 0, [10.0, 300.0]), 1 - (np.array([70, 360]) / [160, 450]) ** 0.7)


def test_fit_finds_the_parameters_that_drew_the_customers():
    x, t_x, T = shop(model(), customers=20_000)
    fitted = btyd.fit(x, t_x, T)

    assert_allclose([fitted.r, fitted.alpha, fitted.a, fitted.b], [0.7, 60, 0.5, 3], rtol=0.15)
    assert fitted.log_likelihood >= btyd._likelihood(x, t_x, T, np.ones(len(x)))(np.log([0.7, 60, 0.5, 3]))[0]


@law
@given(st.tuples(*[st.floats(-3, 3)] * 4))
def test_the_gradient_is_that_of_the_likelihood(log_parameters):
    log_likelihood = btyd._likelihood(*shop(model(), customers=50), np.linspace(0.5, 2, 50))
    steps = np.eye(4) * 1e-5
    slopes = [(log_likelihood(log_parameters + s)[0] - log_likelihood(log_parameters - s)[0]) / 2e-5 for s in steps]

    assert_allclose(log_likelihood(np.array(log_parameters))[1], slopes, rtol=1e-4, atol=1e-4)


def shop(truth: BgNbd, *, customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    T = rng.uniform(1, 700, customers)
    rate, leaving = rng.gamma(truth.r, 1 / truth.alpha, customers), rng.beta(truth.a, truth.b, customers)
    x, t_x, here = np.zeros(customers), np.zeros(customers), np.arange(customers)
    while len(here):
        day = t_x[here] + rng.exponential(1 / rate[here])
        here, day = here[day <= T[here]], day[day <= T[here]]
        x[here], t_x[here] = x[here] + 1, day
        here = here[rng.random(len(here)) > leaving[here]]
    return x, t_x, T


def test_a_penalty_draws_towards_the_neutral_parameters():
    x, t_x, T = shop(model(), customers=200)
    free, light, heavy = (btyd.fit(x, t_x, T, penalty=penalty) for penalty in (0, 1, 1e6))

    assert_allclose([heavy.r, heavy.alpha / T.mean(), heavy.a, heavy.b], 1, rtol=1e-3)
    assert free.log_likelihood > light.log_likelihood > heavy.log_likelihood


@pytest.mark.parametrize("customers", [1, 50])
def test_alike_customers_fit_and_name_what_they_cannot_hold(customers):
    fitted = btyd.fit([3] * customers, [20.0] * customers, [40.0] * customers)

    assert fitted.at_limit == ("r", "alpha", "a", "b")
    assert 0 < fitted.expected_purchases(40.0, 3, 20.0, 40.0)[0] < 6


def test_a_shop_nobody_leaves_names_a_and_keeps_its_rate():
    fitted = btyd.fit(np.arange(1, 51), [39.0] * 50, [40.0] * 50)

    assert "a" in fitted.at_limit
    assert_allclose(fitted.expected_purchases(40.0, 25, 39.0, 40.0), 25, rtol=0.1)


def test_one_time_buyers_alone_teach_nothing_unless_a_penalty_says_what_to_assume():
    with pytest.raises(InputError, match=r"no customer bought twice.*longer history, or pass penalty > 0"):
        btyd.fit([0, 0], [0, 0], [30, 40])
    assert btyd.fit([0, 0], [0, 0], [30, 40], penalty=0.1).p_buy(30.0, 0, 0, 30.0) < 0.5


def test_a_maximum_that_is_not_reached_is_an_exception(monkeypatch):
    monkeypatch.setattr(btyd, "_FLAT", 0.0)
    monkeypatch.setattr(btyd, "_RESTARTS", 1)
    with pytest.raises(NotConverged, match=r"no maximum for r, alpha, a, b from 4 starts.*pass penalty=0\.1"):
        btyd.fit([3, 0], [20.0, 0], [40.0, 30.0])


@pytest.mark.parametrize(
    ("x", "t_x", "T", "sentence"),
    [
        ([], [], [], "no customer to learn from"),
        ([1, 1], [2.0], [3.0, 3.0, 3.0], r"columns differ in shape .*'T': \(3,\)"),
        (
            [1, 1],
            [2.0, np.nan],
            [3.0, 3.0],
            r"t_x \(recency\) must be a finite number.*\(1 of 2 customers, first at row 1\)",
        ),
        ([1], [2.0], [np.inf], "T must be a finite number"),
        ([-1], [2.0], [3.0], "x .* must be a whole number"),
        ([1.5], [2.0], [3.0], "x .* must be a whole number"),
        ([1], [4.0], [3.0], r"t_x .* must lie between 0 and T"),
        ([0], [1.0], [3.0], r"t_x .* must be 0 for one-time buyers"),
        ([1], [0.0], [3.0], "count a day once"),
    ],
)
def test_bad_customers_get_a_sentence(x, t_x, T, sentence):
    with pytest.raises(InputError, match=sentence):
        btyd.fit(x, t_x, T)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [([1.0], "1 weights for 2 customers"), ([1, -1], "weights must be 0 or more"), ([0, 0], "no customer to learn")],
)
def test_bad_weights_get_a_sentence(weights, sentence):
    with pytest.raises(InputError, match=sentence):
        btyd.fit([1, 2], [2.0, 2.0], [3.0, 3.0], weights=weights)


def test_a_negative_penalty_or_horizon_gets_a_sentence():
    with pytest.raises(InputError, match="penalty must be 0 or more, got -1"):
        btyd.fit([1, 2], [2.0, 2.0], [3.0, 3.0], penalty=-1)
    with pytest.raises(InputError, match="t must be 0 or more"):
        model().p_buy(-1.0, 0, 0, 3.0)


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.nan, np.inf])
def test_parameters_outside_the_model_are_refused(alpha):
    with pytest.raises(InputError, match=r"must be finite and above 0: \{'alpha'"):
        model(alpha=alpha)


def test_no_customers_have_no_scores():
    assert model().expected_purchases(90.0, [], [], []).shape == (0,)


def test_importing_the_models_imports_nothing_heavy():
    heavy = {"scipy", "pandas", "pyspark", "dagster", "mlflow", "boto3"}
    code = f"import sys, clv_assets.models.value, governance.measures.calibration; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
