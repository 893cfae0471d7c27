import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from governance.measures import calibration
from governance.measures.bootstrap import MeasureError

law = settings(deadline=None, max_examples=25)
MEASURES = [
    calibration.predicted_to_actual,
    calibration.rmse,
    calibration.mae,
    calibration.brier,
    calibration.auc,
    calibration.ece,
]


@st.composite
def buyers(draw):
    """Bought or not, and probabilities with ties."""
    pairs = st.tuples(st.integers(0, 1), st.integers(0, 16).map(lambda sixteenths: sixteenths / 16))
    return np.array(draw(st.lists(pairs, min_size=1, max_size=40)), dtype=float).T


@law
@given(buyers(), st.data())
@pytest.mark.parametrize("measure", MEASURES)
def test_weights_are_copies(measure, pair, data):
    size = pair.shape[1]
    weights = np.array(data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size).filter(any)))
    copies = np.repeat(pair, weights, axis=1)

    weighted = measure.weighted(*pair, np.array([weights, np.ones(size)], dtype=float))
    assert_allclose(weighted, [measure(*copies), measure(*pair)], atol=1e-12)


@law
@given(buyers())
def test_auc_is_the_share_of_pairs_in_the_right_order_with_ties_as_halves(pair):
    bought, p = pair
    gaps = p[bought == 1][:, None] - p[bought == 0]
    expected = (np.sign(gaps) + 1).mean() / 2 if gaps.size else np.nan

    assert_allclose(calibration.auc(bought, p), expected, atol=1e-12)


@law
@given(buyers())
def test_a_rising_transform_leaves_auc_alone(pair):
    bought, p = pair
    assert_allclose(calibration.auc(bought, np.exp(p)), calibration.auc(bought, p), atol=1e-12)


@law
@given(buyers())
def test_brier_and_ece_lie_between_0_and_1(pair):
    assert 0 <= calibration.brier(*pair) <= 1
    assert 0 <= calibration.ece(*pair) <= 1


@law
@given(buyers())
def test_the_decile_table_holds_every_customer_once_whatever_their_order(pair):
    actual, predicted = pair
    table = calibration.decile_table(actual, predicted)

    assert sum(row.customers for row in table) == len(actual)
    assert_allclose(sum(row.customers * row.actual for row in table), actual.sum(), atol=1e-9)
    assert_allclose(sum(row.customers * row.predicted for row in table), predicted.sum(), atol=1e-9)
    assert [row.customers for row in calibration.decile_table(actual[::-1], predicted[::-1])] == [
        row.customers for row in table
    ]


def test_deciles_are_tenths_by_prediction():
    predicted = np.arange(40.0)
    table = calibration.decile_table(predicted * 2, np.random.default_rng(0).permutation(predicted))

    assert [row.decile for row in table] == list(range(1, 11))
    assert {row.customers for row in table} == {4}
    assert table[0].predicted == 1.5


def test_tied_predictions_share_one_decile():
    table = calibration.decile_table([1, 0, 2, 1, 9], [0, 0, 0, 0, 8])

    assert [(row.decile, row.customers, row.actual) for row in table] == [(5, 4, 1.0), (10, 1, 9.0)]
    assert [row.predicted_to_actual for row in table] == [0.0, 8 / 9]


def test_a_decile_that_bought_nothing_has_no_ratio():
    assert np.isnan(calibration.decile_table([0, 3], [1, 2])[0].predicted_to_actual)


def test_sizes_of_errors():
    actual, predicted = [0, 10, 20], [4, 10, 17]

    assert calibration.predicted_to_actual(actual, predicted) == pytest.approx(31 / 30)
    assert calibration.mae(actual, predicted) == pytest.approx(7 / 3)
    assert calibration.rmse(actual, predicted) == pytest.approx(np.sqrt(25 / 3))


def test_calibration_of_probabilities():
    bought, p = [0, 1, 1, 1], [0.25, 0.25, 0.95, 1.0]

    assert calibration.brier(bought, p) == pytest.approx((0.25**2 + 0.75**2 + 0.05**2) / 4)
    assert calibration.ece(bought, p) == pytest.approx((0.5 + 0.05) / 4)


def test_what_is_not_defined_is_nan():
    assert np.isnan(calibration.predicted_to_actual([0, 0], [1, 2]))
    assert np.isnan(calibration.auc([1, 1], [0.2, 0.3]))


@pytest.mark.parametrize("measure", [calibration.brier, calibration.auc, calibration.ece])
def test_amounts_are_no_outcomes(measure):
    with pytest.raises(MeasureError, match="actual must be 0 or 1"):
        measure([0, 12.5], [0.1, 0.2])


@pytest.mark.parametrize("measure", [calibration.brier, calibration.ece])
@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_scores_are_no_probabilities(measure, p):
    with pytest.raises(MeasureError, match="predicted must be a probability from 0 to 1"):
        measure([0, 1], [0.1, p])


@pytest.mark.parametrize("measure", [*MEASURES, calibration.decile_table])
def test_nobody_cannot_be_measured(measure):
    with pytest.raises(MeasureError, match="no customer to measure"):
        measure([], [])
