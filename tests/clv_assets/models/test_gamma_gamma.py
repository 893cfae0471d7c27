from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from clv_assets.models import gamma_gamma
from clv_assets.models.btyd import InputError
from clv_assets.models.gamma_gamma import GammaGamma

law = settings(deadline=None, max_examples=30)
parameters = st.floats(-4, 6).map(np.exp).map(float)
models = st.builds(
    lambda p, above_one, v: GammaGamma(p=p, q=1 + above_one, v=v, log_likelihood=0.0, customers=1.0),
    parameters,
    parameters,
    parameters,
)
spends = st.floats(0, 1e6)


@law
@given(models, st.integers(1, 500), spends)
def test_a_value_lies_between_the_own_mean_and_that_of_all(model, x, m):
    low, high = sorted([m, model.mean])
    assert low * (1 - 1e-9) <= model.value(x, m)[0] <= high * (1 + 1e-9)


@law
@given(models, st.integers(0, 500), spends, st.floats(0, 1e6))
def test_spending_more_never_lowers_a_value(model, x, m, more):
    assert model.value(x, m + more)[0] >= model.value(x, m)[0]


@law
@given(models, st.lists(st.tuples(st.integers(0, 500), spends), min_size=1, max_size=8))
def test_a_customer_is_valued_the_same_alone_and_in_a_batch(model, customers):
    x, m = map(list, zip(*customers, strict=True))
    assert model.value(x, m).tolist() == [model.value(*customer)[0] for customer in customers]


@law
@given(st.tuples(*[st.floats(-3, 3)] * 3))
def test_the_gradient_is_that_of_the_likelihood(log_parameters):
    x, m = shop(50)
    log_likelihood = gamma_gamma._likelihood(x, m, np.linspace(0.5, 2, 50))
    steps = np.eye(3) * 1e-5
    slopes = [(log_likelihood(log_parameters + s)[0] - log_likelihood(log_parameters - s)[0]) / 2e-5 for s in steps]

    assert_allclose(log_likelihood(np.array(log_parameters))[1], slopes, rtol=1e-4, atol=1e-3)


def shop(customers):
    rng = np.random.default_rng(2)
    x = rng.integers(1, 12, customers).astype(float)
    rate = rng.gamma(3.7, 1 / 15.4, customers)
    return x, rng.gamma(6.2 * x) / rate / x


def test_fit_finds_the_parameters_that_drew_the_spends():
    fitted = gamma_gamma.fit(*shop(20_000))
    assert_allclose([fitted.p, fitted.q, fitted.v], [6.2, 3.7, 15.4], rtol=0.1)


def test_no_purchase_yet_means_the_mean_of_all():
    fitted = gamma_gamma.fit(*shop(500))
    assert_allclose(fitted.value(0, 0), fitted.mean)


def test_more_returned_than_bought_counts_as_nothing_bought():
    fitted = gamma_gamma.fit(*shop(500))
    assert 0 < fitted.value(3, -50.0) == fitted.value(3, 0.0) < fitted.value(3, 1.0)


def test_customers_without_a_spend_are_left_out_and_counted():
    x, m = shop(500)
    with_returns = gamma_gamma.fit([*x, 1, 2, 0], [*m, 0.0, -20.0, 0.0])

    assert (with_returns.left_out, with_returns.customers) == (3, 500)
    assert replace(with_returns, left_out=0.0) == gamma_gamma.fit(x, m)


def test_weights_are_copies():
    x, m = shop(200)
    weights = np.arange(200) % 4
    assert gamma_gamma.fit(x, m, weights=weights) == gamma_gamma.fit(np.repeat(x, weights), np.repeat(m, weights))


@pytest.mark.parametrize("customers", [1, 100])
def test_equal_spends_are_taken_at_their_word(customers):
    fitted = gamma_gamma.fit([3] * customers, [20.0] * customers)

    assert "p" in fitted.at_limit
    assert_allclose(fitted.value([1, 10], [20.0, 20.0]), 20, rtol=1e-3)


def test_a_tail_without_mean_stops_at_q_1_and_says_so():
    heavy = 1 / np.random.default_rng(0).random(500) ** 3
    fitted = gamma_gamma.fit([1] * 500, heavy)

    assert "q" in fitted.at_limit
    assert np.isfinite(fitted.value([1, 50], [heavy.max()] * 2)).all()


def test_a_penalty_settles_a_single_customer():
    assert gamma_gamma.fit([3], [20.0], penalty=0.1).at_limit == ()


@pytest.mark.parametrize(
    ("x", "m", "sentence"),
    [
        ([], [], "no customer to learn from"),
        ([1, 2], [0.0, -3.0], "none of 2 customers has a mean spend above 0"),
        ([1, 2], [np.nan, 3.0], r"m \(monetary_value\) must be a finite number"),
        ([1, 2], [np.inf, 3.0], r"m \(monetary_value\) must be a finite number"),
        ([-1, 2], [2.0, 3.0], r"x \(number of spends\) must be 0 or more"),
        ([1, 0], [2.0, 3.0], r"must count the spends behind monetary_value.*first at row 1"),
    ],
)
def test_bad_spends_get_a_sentence(x, m, sentence):
    with pytest.raises(InputError, match=sentence):
        gamma_gamma.fit(x, m)


@pytest.mark.parametrize("q", [1.0, 0.5, np.nan])
def test_a_q_without_mean_is_refused(q):
    with pytest.raises(InputError, match="'q - 1'"):
        GammaGamma(p=1.0, q=q, v=1.0, log_likelihood=0.0, customers=1.0)
