import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from clv_assets.models.tiers import NAMES, TierError, Tiers

law = settings(deadline=None, max_examples=50)
values = st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0])), min_size=1, max_size=50)


@law
@given(values)
def test_never_more_customers_lie_above_than_the_quantiles_say(value):
    assigned = Tiers.fit(value, quantiles=(0.5, 0.8)).assign(value)

    assert (assigned != "Low").mean() <= 0.5
    assert (assigned == "High").mean() <= 1 - 0.8 + 1e-12


@law
@given(values, st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_higher_value_is_never_in_a_lower_tier(trained, value, more):
    lower, higher = Tiers.fit(trained).assign([value, value + more])
    assert NAMES.index(lower) <= NAMES.index(higher)


@law
@given(values, values)
def test_a_tier_depends_on_the_value_alone(trained, value):
    tiers = Tiers.fit(trained)
    assert tiers.assign(value).tolist() == [tiers.assign(one)[0] for one in value]


def test_thresholds_are_values_of_customers_and_belong_to_the_tier_below():
    tiers = Tiers.fit(np.arange(1, 11))

    assert tiers == Tiers(medium=5.0, high=8.0)
    assert_array_equal(tiers.assign([4, 5, 5.1, 8, 8.1]), ["Low", "Low", "Medium", "Medium", "High"])


@pytest.mark.parametrize("customers", [1, 7])
def test_nobody_stands_out_where_all_are_worth_the_same(customers):
    assert set(Tiers.fit([3.0] * customers).assign([3.0] * customers)) == {"Low"}


@pytest.mark.parametrize(
    ("value", "quantiles", "sentence"),
    [
        ([], (0.5, 0.8), "no value to take thresholds from"),
        ([1.0, np.nan], (0.5, 0.8), "1 of 2 values are not finite"),
        ([1.0], (0.8, 0.5), "quantiles must rise between 0 and 1"),
        ([1.0], (0.0, 0.5), "quantiles must rise between 0 and 1"),
    ],
)
def test_bad_values_get_a_sentence(value, quantiles, sentence):
    with pytest.raises(TierError, match=sentence):
        Tiers.fit(value, quantiles=quantiles)


def test_a_value_that_is_no_number_has_no_tier():
    with pytest.raises(TierError, match="a customer without value has no tier"):
        Tiers(medium=1.0, high=2.0).assign([np.inf])


@pytest.mark.parametrize(("medium", "high"), [(2.0, 1.0), (np.nan, 1.0), (1.0, np.inf)])
def test_thresholds_must_rise(medium, high):
    with pytest.raises(TierError, match="need finite medium <= high"):
        Tiers(medium=medium, high=high)
