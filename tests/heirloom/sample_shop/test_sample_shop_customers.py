from datetime import date

import numpy as np
import polars as pl
import pytest

from heirloom.sample_shop import customers as buyers
from heirloom.sample_shop import purchases
from heirloom.sample_shop.seasons import TradingTime


@pytest.fixture(scope="module")
def truth(shop):
    return pl.DataFrame(shop.truth)


@pytest.fixture(scope="module")
def history(sold):
    return (
        sold.drop_nulls("customer_id")
        .group_by("customer_id")
        .agg(
            invoices=pl.col("invoice").n_unique(),
            first=pl.col("invoice_date").min(),
            last=pl.col("invoice_date").max(),
        )
    )


@pytest.fixture(scope="module")
def trading():
    return TradingTime(date(2024, 1, 1), 500)


@pytest.fixture(scope="module")
def drawn(trading):
    return buyers.drawn(4000, trading=trading, seed=5)


@pytest.fixture(scope="module")
def made(drawn, trading):
    made = purchases.made(drawn, trading=trading, seed=5)
    return made[made["customer"] >= 0]


def test_every_customer_buys_first_when_joining(truth, history):
    both = truth.join(history, on="customer_id")

    assert both.height == truth.height
    assert (both["first"] == both["joined_at"]).all()


def test_nobody_buys_after_dropping_out(truth, history):
    gone = truth.drop_nulls("dropped_out_at").join(history, on="customer_id")

    assert gone.height > 100
    assert (gone["last"] == gone["dropped_out_at"]).all()


def test_some_stay_active_and_nobody_drops_out_at_the_first_purchase(truth, history):
    both = truth.join(history, on="customer_id")

    assert 0.3 < both["dropped_out_at"].is_null().mean() < 0.9
    assert both.filter(pl.col("invoices") == 1)["dropped_out_at"].is_null().all()


def test_who_has_a_higher_rate_buys_more_often(truth, history, shop):
    end = shop.rates["day"][-1].as_py()
    rates = truth.join(history, on="customer_id").with_columns(
        seen=(pl.coalesce("dropped_out_at", pl.lit(end)).cast(pl.Date) - pl.col("joined_at").cast(pl.Date))
        .dt.total_days()
        .clip(1)
    )
    long = rates.filter(pl.col("seen") > 100)

    assert long.select(pl.corr("rate", (pl.col("invoices") - 1) / pl.col("seen"))).item() > 0.8


def test_repeat_purchases_come_at_the_rate_of_those_who_are_active(drawn, made, trading):
    dropouts = purchases.dropouts(made, count=len(drawn))
    active = np.where(np.isnan(dropouts), trading.length, dropouts) - drawn["joined"]
    expected = (drawn["rate"] * active).sum()

    assert len(made) - len(drawn) == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_repeat_purchases_end_in_dropout_as_often_as_their_probabilities_say(drawn, made):
    repeats = np.bincount(made["customer"], minlength=len(drawn)) - 1
    expected = (repeats * drawn["dropout_probability"]).sum()

    assert made["last"].sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_purchases_are_worth_the_mean_spend_on_average(drawn, made):
    relative = made["value"] / drawn["mean_spend"][made["customer"]]

    assert relative.mean() == pytest.approx(1, abs=4 / np.sqrt(buyers.PURCHASE_SHAPE * len(made)))


def test_orders_in_eur_are_worth_the_mean_spend(sold, truth, shop):
    goods = pl.DataFrame(shop.products).filter(~pl.col("category").is_in(["shipping", "gift_card"]))
    orders = (
        sold.filter(pl.col("quantity") < 1000)
        .join(goods, on="stock_code", how="semi")
        .with_columns(day=pl.col("invoice_date").dt.date())
        .join(pl.DataFrame(shop.rates), on=["day", "currency"])
        .group_by("customer_id", "invoice")
        .agg(value=(pl.col("quantity") * pl.col("unit_price").cast(float) * pl.col("rate_to_eur")).sum())
        .join(truth, on="customer_id")
    )
    means = orders.group_by("customer_id").agg(pl.mean("value"), pl.first("mean_spend"), orders=pl.len())
    regulars = means.filter(pl.col("orders") >= 5)

    assert orders["value"].sum() == pytest.approx(orders["mean_spend"].sum(), rel=0.03)
    assert regulars.select(pl.corr("value", "mean_spend")).item() > 0.9


def test_customers_join_over_the_whole_time(truth):
    cohorts = truth.group_by(pl.col("joined_at").dt.truncate("1mo")).len()

    assert cohorts.height == 15
    assert cohorts["len"].min() > 20


def test_autumn_is_the_high_season(trading):
    quiet, busy = (trading.elapsed[[first, first + 28]] for first in (60, 310))

    assert np.diff(busy) > 1.8 * np.diff(quiet)


def test_an_average_day_of_trade_lasts_a_day():
    assert TradingTime(date(2023, 1, 1), 365).length == pytest.approx(365, rel=0.01)


def test_channels_differ_in_rate(drawn):
    channels = list(buyers.CHANNELS)
    rate = {name: drawn["rate"][drawn["channel"] == channels.index(name)].mean() for name in channels}

    assert rate["referral"] > rate["organic"] > rate["social"]
