# ruff: noqa: N806 - T is the field's own name
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from clv_assets.models import btyd, gamma_gamma
from clv_assets.models.btyd import InputError
from clv_assets.models.value import FILE, ModelFileError, ValueModel


def shop(customers=400, seed=3):
    """frequency, recency, T, monetary_value as the feature table has them."""
    rng = np.random.default_rng(seed)
    T = rng.integers(1, 400, customers)
    frequency = np.minimum(1 + rng.geometric(0.4, customers) - 1, T)
    recency = np.where(frequency > 1, np.maximum(np.ceil(T * rng.random(customers)), frequency - 1), 0)
    monetary_value = np.where(rng.random(customers) < 0.03, -5.0, rng.lognormal(3, 1, customers))
    return frequency, recency, T, monetary_value


@pytest.fixture(scope="module")
def model():
    return ValueModel.fit(*shop(), horizon_days=184)


def test_a_value_is_purchases_times_spend(model):
    frequency, recency, T, monetary_value = shop()
    purchases = btyd.fit(frequency - 1, recency, T).expected_purchases(184, frequency - 1, recency, T)
    spend = gamma_gamma.fit(frequency, monetary_value).value(frequency, monetary_value)

    assert_allclose(model.value(*shop()), purchases * spend, rtol=1e-12)


def test_one_time_buyers_differ_by_what_they_spent(model):
    small, large = model.value([1, 1], [0, 0], [30, 30], [5.0, 500.0])
    assert small < large


def test_values_are_never_negative_and_chances_lie_between_0_and_1(model):
    frequency, recency, T, _ = shop()
    p = model.p_buy_again(frequency, recency, T)

    assert (model.value(frequency, recency, T, -100.0) >= 0).all()
    assert ((p > 0) & (p < 1)).all()


def test_a_customer_scores_the_same_alone_and_in_a_batch(model):
    features = shop()
    alone = [model.value(*customer)[0] for customer in zip(*features, strict=True)]
    chances = [model.p_buy_again(*customer)[0] for customer in zip(*features[:3], strict=True)]

    assert_array_equal(model.value(*features), alone)
    assert_array_equal(model.p_buy_again(*features[:3]), chances)


def test_the_order_of_customers_changes_nothing(model):
    shuffled = np.random.default_rng(0).permutation(400)
    features = [column[shuffled] for column in shop()]

    assert ValueModel.fit(*features, horizon_days=184) == model
    assert_array_equal(model.value(*features), model.value(*shop())[shuffled])


def test_tiers_are_those_of_the_training_values(model):
    tiers = model.tiers.assign(model.value(*shop()))
    assert [(tiers == name).sum() for name in ("Low", "Medium", "High")] == [200, 120, 80]


def test_a_longer_horizon_is_worth_more():
    quarter, year = (ValueModel.fit(*shop(), horizon_days=days) for days in (92, 365))

    assert (year.value(*shop()) > quarter.value(*shop())).all()
    assert (year.p_buy_again(*shop()[:3]) > quarter.p_buy_again(*shop()[:3])).all()


def test_a_model_comes_back_from_its_files_exactly(model):
    again = ValueModel.from_files(model.files())

    assert again == model
    assert again.files() == model.files()
    assert_array_equal(again.value(*shop()), model.value(*shop()))


def test_a_model_at_its_limits_comes_back_too():
    alike = ValueModel.fit([4] * 9, [20] * 9, [40] * 9, [10.0] * 9, horizon_days=90)

    assert alike.purchases.at_limit
    assert alike.spend.at_limit
    assert ValueModel.from_files(alike.files()) == alike


def test_its_file_can_be_read_by_people(model):
    document = json.loads(model.files()[FILE])

    assert document["format"] == "heirloom.value_model/1"
    assert document["purchases"]["alpha"] == model.purchases.alpha
    assert document["horizon_days"] == 184
    assert f'    "alpha": {model.purchases.alpha!r},' in model.files()[FILE].decode().splitlines()


def test_missing_files_are_named(model):
    with pytest.raises(ModelFileError, match=r"value_model.json is missing among \['other'\]"):
        ValueModel.from_files({"other": model.files()[FILE]})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "heirloom.value_model/2"}, "format is 'heirloom.value_model/2'"),
        ({"horizon_days": -1}, "must be finite and above 0: {'horizon_days': -1}"),
        ({"purchases": {"r": 1.0, "at_limit": []}}, "missing 5 required keyword-only arguments"),
        ({"tiers": {"medium": 2.0, "high": 1.0}}, "need finite medium <= high"),
        ({"spend": None}, "NoneType"),
    ],
)
def test_a_damaged_file_is_no_model(model, change, sentence):
    damaged = json.dumps({**json.loads(model.files()[FILE]), **change}).encode()
    with pytest.raises(ModelFileError, match=sentence):
        ValueModel.from_files({FILE: damaged})


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"\xff", b"{}"])
def test_bytes_that_are_no_document_are_no_model(damaged):
    with pytest.raises(ModelFileError, match=r"holds no heirloom.value_model/1 .*; restore it from the model store"):
        ValueModel.from_files({FILE: damaged})


def test_one_customer_who_came_back_makes_a_model_that_says_how_little_it_holds():
    fitted = ValueModel.fit([4], [20], [40], [10.0], horizon_days=40)

    assert fitted.purchases.at_limit == ("r", "alpha", "a", "b")
    assert 0 < fitted.value(4, 20, 40, 10.0)[0] < 60
    assert fitted.tiers.assign(fitted.value(4, 20, 40, 10.0)) == ["Low"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"frequency": []}, "columns differ in shape"),
        ({"frequency": [], "recency": [], "T": [], "monetary_value": []}, "no customer to learn from"),
        ({"frequency": [1, 1], "recency": [0, 0]}, "no customer bought twice"),
        ({"frequency": [0, 2]}, r"frequency must be 1 or more.*first at row 0"),
        ({"frequency": [1, np.nan]}, "frequency must be a finite number"),
        ({"monetary_value": [np.inf, 1.0]}, "monetary_value must be a finite number"),
        ({"monetary_value": [0.0, -1.0]}, "none of 2 customers has a mean spend above 0"),
        ({"recency": [0, 90]}, "must lie between 0 and T; is T taken at an older date"),
    ],
)
def test_bad_features_get_a_sentence(changes, sentence):
    features = {"frequency": [1, 3], "recency": [0, 20], "T": [30, 40], "monetary_value": [9.0, 12.0], **changes}
    with pytest.raises(InputError, match=sentence):
        ValueModel.fit(**features, horizon_days=90)


def test_a_horizon_that_is_none_is_refused():
    with pytest.raises(InputError, match="'horizon_days': 0"):
        ValueModel.fit(*shop(), horizon_days=0)


def test_a_score_of_an_unknown_feature_is_refused_not_guessed(model):
    with pytest.raises(InputError, match="monetary_value must be a finite number"):
        model.value(1, 0, 30, np.nan)
