from datetime import date, timedelta

import polars as pl
import pytest

from heirloom.sample_shop import generate


@pytest.fixture(scope="module")
def rates(shop):
    return pl.DataFrame(shop.rates)


def test_every_day_has_a_rate_for_every_currency(rates):
    days = [date(2024, 1, 1) + timedelta(days=passed) for passed in range(450)]

    assert list(rates.select("day", "currency").iter_rows()) == [
        (day, currency) for day in days for currency in ("EUR", "GBP", "CHF")
    ]


def test_a_euro_is_a_euro(rates):
    assert (rates.filter(currency="EUR")["rate_to_eur"] == 1).all()


@pytest.mark.parametrize("currency", ["GBP", "CHF"])
def test_the_others_walk_in_small_steps(rates, currency):
    walked = rates.filter(currency=currency)["rate_to_eur"]

    assert 0.5 < walked.min() < walked.max() < 2
    assert 0 < walked.pct_change().abs().max() < 0.03
    assert walked.n_unique() > 400


def test_more_days_go_on_from_the_same_walk(shop):
    assert generate(customers=1, days=500, seed=11).rates.slice(0, 450 * 3) == shop.rates
