import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from governance.measures import ranking
from governance.measures.bootstrap import MeasureError

law = settings(deadline=None, max_examples=25)
MEASURES = [ranking.normalised_gini, ranking.spearman, ranking.top_decile_share]


@st.composite
def customers(draw, least=2):
    """Values with ties and zeros, and predictions with ties."""
    pairs = st.tuples(st.integers(0, 20), st.integers(-6, 6))
    return np.array(draw(st.lists(pairs, min_size=least, max_size=40)), dtype=float).T


@law
@given(customers(), st.randoms(use_true_random=False))
@pytest.mark.parametrize("measure", MEASURES)
def test_the_order_of_customers_changes_nothing(measure, pair, random):
    shuffled = random.sample(range(pair.shape[1]), pair.shape[1])
    assert_allclose(measure(*pair[:, shuffled]), measure(*pair), atol=1e-12)


@law
@given(customers())
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("transform", [np.exp, np.cbrt, lambda p: 3 * p - 7])
def test_a_rising_transform_of_the_prediction_changes_nothing(measure, transform, pair):
    actual, predicted = pair
    assert_allclose(measure(actual, transform(predicted)), measure(actual, predicted), atol=1e-12)


@law
@given(customers(), st.data())
@pytest.mark.parametrize("measure", MEASURES)
def test_weights_are_copies(measure, pair, data):
    size = pair.shape[1]
    weights = np.array(data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size).filter(any)))
    copies = np.repeat(pair, weights, axis=1)

    weighted = measure.weighted(*pair, np.array([weights, np.ones(size)], dtype=float))
    assert_allclose(weighted, [measure(*copies), measure(*pair)], atol=1e-12)


@law
@given(customers())
def test_gini_and_spearman_lie_between_minus_1_and_1(pair):
    for measure in (ranking.normalised_gini, ranking.spearman):
        figure = measure(*pair)
        assert np.isnan(figure) or -1 <= figure <= 1


@law
@given(customers())
def test_gini_of_the_reversed_prediction_is_its_negative(pair):
    actual, predicted = pair
    assert_allclose(
        ranking.normalised_gini(actual, -predicted), -ranking.normalised_gini(actual, predicted), atol=1e-12
    )


@law
@given(customers())
def test_gini_is_the_area_between_the_lorenz_curve_and_the_diagonal(pair):
    actual, predicted = pair
    areas = [
        np.trapezoid(curve.actual - curve.customers, curve.customers)
        for curve in (ranking.lorenz_curve(actual, predicted), ranking.lorenz_curve(actual, actual))
    ]
    expected = areas[0] / areas[1] if abs(areas[1]) > 1e-12 else np.nan
    assert_allclose(ranking.normalised_gini(actual, predicted), expected, atol=1e-9)


@law
@given(customers())
def test_the_top_decile_is_read_off_the_lorenz_curve(pair):
    curve = ranking.lorenz_curve(*pair)
    assert_allclose(ranking.top_decile_share(*pair), np.interp(0.1, curve.customers, curve.actual), atol=1e-12)


@law
@given(customers())
def test_spearman_is_the_correlation_of_midranks(pair):
    actual, predicted = ((np.sign(column[:, None] - column) / 2).sum(axis=1) for column in pair)
    expected = np.corrcoef(actual, predicted)[0, 1] if np.ptp(actual) and np.ptp(predicted) else np.nan
    assert_allclose(ranking.spearman(*pair), expected, atol=1e-12)


def test_a_perfect_order_has_gini_1_and_a_constant_one_0():
    actual = [0, 0, 5, 20]

    assert ranking.normalised_gini(actual, actual) == 1
    assert ranking.normalised_gini(actual, [4, 3, 2, 1]) == -1
    assert ranking.normalised_gini(actual, [7, 7, 7, 7]) == 0


def test_gini_is_the_one_of_the_published_formula_where_nothing_is_tied():
    rng = np.random.default_rng(0)
    actual, predicted = rng.permutation(50).astype(float), rng.random(50)

    def gini(by):
        shares = np.cumsum(actual[np.argsort(-by)]) / actual.sum()
        return (shares.sum() - (len(actual) + 1) / 2) / len(actual)

    assert ranking.normalised_gini(actual, predicted) == pytest.approx(gini(predicted) / gini(actual))


def test_half_of_a_tied_group_counts_half_for_the_top_decile():
    assert ranking.top_decile_share([8, 2, *[0] * 18], np.repeat([2, 1], [4, 16])) == pytest.approx(0.5)


def test_lorenz_points_run_from_nobody_to_all():
    curve = ranking.lorenz_curve([1, 6, 3, 0], [1, 9, 5, 5])

    assert_allclose(curve.customers, [0, 0.25, 0.75, 1])
    assert_allclose(curve.actual, [0, 0.6, 0.9, 1])


def test_what_is_not_defined_is_nan():
    assert np.isnan(ranking.normalised_gini([3, 3], [1, 2]))
    assert np.isnan(ranking.spearman([1, 2], [3, 3]))
    assert np.isnan(ranking.top_decile_share([0, 0], [1, 2]))
    assert np.isnan(ranking.lorenz_curve([0, 0], [1, 2]).actual).all()


@pytest.mark.parametrize("measure", [*MEASURES, ranking.lorenz_curve])
@pytest.mark.parametrize(
    ("actual", "predicted", "sentence"),
    [
        ([], [], "no customer to measure"),
        ([1, 2], [1], r"\(2,\) actual and \(1,\) predicted"),
        ([1, np.nan], [1, 2], "1 of 2 actual values are not finite, first at 1"),
        ([1, 2], [np.inf, 2], "1 of 2 predicted values are not finite, first at 0"),
    ],
)
def test_bad_input_gets_a_sentence(measure, actual, predicted, sentence):
    with pytest.raises(MeasureError, match=sentence):
        measure(actual, predicted)
