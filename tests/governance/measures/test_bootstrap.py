import numpy as np
import pytest

from governance.measures import bootstrap
from governance.measures.bootstrap import MeasureError, paired_difference
from governance.measures.calibration import auc, mae
from governance.measures.ranking import normalised_gini


def shop(customers=300):
    """Actual, a good prediction, a worse one."""
    rng = np.random.default_rng(4)
    actual = rng.lognormal(3, 1, customers) * (rng.random(customers) < 0.6)
    return actual, actual + rng.normal(0, 10, customers), actual + rng.normal(0, 40, customers)


def test_a_better_prediction_is_better_beyond_luck():
    actual, good, worse = shop()
    difference = paired_difference(normalised_gini, actual, good, reference=worse, seed=1)

    assert difference.estimate == normalised_gini(actual, good) - normalised_gini(actual, worse)
    assert 0 < difference.lower < difference.estimate < difference.upper
    assert (difference.resamples, difference.undefined, difference.confidence) == (1000, 0, 0.95)


def test_the_interval_is_that_of_measuring_each_resample():
    actual, good, worse = shop(40)
    rng = np.random.default_rng(7)
    drawn = [
        normalised_gini(actual[rows], good[rows]) - normalised_gini(actual[rows], worse[rows])
        for rows in rng.integers(40, size=(200, 40))
    ]
    difference = paired_difference(normalised_gini, actual, good, reference=worse, seed=7, resamples=200)

    assert [difference.lower, difference.upper] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


def test_a_seed_decides_the_interval_and_the_block_size_does_not(monkeypatch):
    actual, good, worse = shop()

    def interval(seed):
        return paired_difference(mae, actual, good, reference=worse, seed=seed, resamples=100)

    first, again, other = interval(1), interval(1), interval(2)
    monkeypatch.setattr(bootstrap, "_CELLS", 7 * 300)

    assert first == again == interval(1)
    assert first.lower != other.lower


def test_a_prediction_does_not_differ_from_itself():
    actual, good, _ = shop()
    difference = paired_difference(mae, actual, good, reference=good, seed=1, resamples=50)

    assert (difference.estimate, difference.lower, difference.upper) == (0, 0, 0)


def test_the_pairing_cancels_what_both_predictions_share():
    actual, good, _ = shop()
    shifted = paired_difference(mae, actual, good + 1000, reference=good + 1001, seed=1)

    assert shifted.upper - shifted.lower < 1e-9


def test_a_higher_confidence_needs_a_wider_interval():
    actual, good, worse = shop()
    half, most = (
        paired_difference(mae, actual, good, reference=worse, seed=1, confidence=confidence)
        for confidence in (0.5, 0.99)
    )
    assert most.lower < half.lower < half.upper < most.upper


def test_resamples_without_such_a_measure_are_counted_not_hidden():
    difference = paired_difference(auc, [1, 0, 0], [0.9, 0.1, 0.2], reference=[0.1, 0.9, 0.2], seed=1, resamples=400)

    assert 0.2 < difference.undefined / 400 < 0.5
    assert difference.lower >= 0


def test_a_measure_that_is_never_defined_has_no_interval():
    difference = paired_difference(auc, [1, 1], [0.9, 0.1], reference=[0.1, 0.9], seed=1, resamples=10)

    assert difference.undefined == 10
    assert np.isnan([difference.estimate, difference.lower, difference.upper]).all()


@pytest.mark.parametrize("changes", [{"resamples": 0}, {"confidence": 1.0}, {"confidence": 0.0}])
def test_an_interval_of_nothing_is_refused(changes):
    with pytest.raises(MeasureError, match="need resamples >= 1 and 0 < confidence < 1"):
        paired_difference(mae, [1, 2], [1, 2], reference=[2, 1], seed=1, **changes)


def test_the_reference_is_checked_like_the_prediction():
    with pytest.raises(MeasureError, match="predicted values are not finite"):
        paired_difference(mae, [1, 2], [1, 2], reference=[np.nan, 1], seed=1)
