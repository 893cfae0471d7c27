from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clv_assets.features import customer_days, features_as_of
from clv_assets.labels import closed_dates, labels_after

COLUMNS = "customer string, day date, kind string, amount_eur double"
START = date(2025, 1, 1)
AS_OF = START + timedelta(days=20)

lines = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.integers(0, 40).map(lambda n: START + timedelta(days=n)),
        st.sampled_from(["product", "return", "shipping", "gift_card"]),
        st.integers(-50, 100).map(float),
    ),
    max_size=12,
)


def _rows(frame):
    return sorted(map(tuple, frame.collect()), key=str)


def _features(spark, data, dates):
    return _rows(features_as_of(spark.createDataFrame(data, COLUMNS), dates=dates))


def test_features_of_one_customer(spark):
    data = [
        ("a", date(2025, 1, 1), "product", 10.0),
        ("a", date(2025, 1, 1), "shipping", 4.0),
        ("a", date(2025, 1, 11), "product", 30.0),
        ("a", date(2025, 1, 15), "return", -10.0),
        ("a", date(2025, 1, 21), "product", 99.0),
        (None, date(2025, 1, 2), "product", 5.0),
    ]

    result = features_as_of(spark.createDataFrame(data, COLUMNS), dates=[AS_OF]).collect()

    assert [row.asDict() for row in result] == [
        {
            "customer": "a", "as_of": AS_OF, "first_purchase": date(2025, 1, 1), "last_purchase": date(2025, 1, 11),
            "recency": 10, "frequency": 2, "T": 20, "monetary_value": 15.0, "days_since_last_purchase": 10,
            "purchase_count_30d": 2, "total_spend_30d": 30.0, "purchase_count_90d": 2, "total_spend_90d": 30.0,
            "purchase_count_365d": 2, "total_spend_365d": 30.0,
        }
    ]  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(past=lines, future=lines, other=lines)
def test_no_feature_reads_its_own_future(spark, past, future, other):
    known = [line for line in past if line[1] < AS_OF]
    later, rewritten = ([line for line in some if line[1] >= AS_OF] for some in (future, other))

    assert _features(spark, known + later, [AS_OF]) == _features(spark, known + rewritten, [AS_OF])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=lines)
def test_many_dates_give_what_each_date_gives(spark, data):
    dates = [AS_OF, AS_OF + timedelta(days=7)]

    together = _features(spark, data, dates)

    assert together == sorted(_features(spark, data, dates[:1]) + _features(spark, data, dates[1:]), key=str)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=lines)
def test_customer_days_keep_all_revenue_but_shipping(spark, data):
    frame = spark.createDataFrame(data, COLUMNS)
    expected = sum(amount for customer, _, kind, amount in data if customer and kind != "shipping")

    assert sum(row.value for row in customer_days(frame).collect()) == pytest.approx(expected)


def test_labels_start_on_the_date_and_end_with_the_horizon(spark):
    data = [
        ("a", AS_OF - timedelta(days=1), "product", 1.0),
        ("a", AS_OF, "product", 10.0),
        ("a", AS_OF + timedelta(days=9), "product", 100.0),
        ("a", AS_OF + timedelta(days=10), "product", 1000.0),
        ("b", AS_OF + timedelta(days=3), "return", -5.0),
    ]

    result = labels_after(spark.createDataFrame(data, COLUMNS), dates=[AS_OF], horizon_days=10)

    assert _rows(result) == [("a", AS_OF, 110.0, True), ("b", AS_OF, 0.0, False)]


def test_no_dates_give_no_features_in_the_same_columns(spark):
    frame = spark.createDataFrame([("a", START, "product", 1.0)], COLUMNS)

    assert features_as_of(frame, dates=[]).dtypes == features_as_of(frame, dates=[AS_OF]).dtypes
    assert features_as_of(frame, dates=[]).count() == 0


@pytest.mark.parametrize(("count", "expected"), [(1, [date(2025, 3, 2)]), (2, [date(2025, 3, 2), date(2025, 1, 31)])])
def test_the_newest_dates_have_closed_horizons_one_after_another(count, expected):
    dates = closed_dates(first=START, last=date(2025, 3, 31), horizon_days=30, count=count)

    assert dates == expected


def test_a_young_shop_has_no_closed_date():
    assert closed_dates(first=START, last=START + timedelta(days=20), horizon_days=30, count=2) == []
