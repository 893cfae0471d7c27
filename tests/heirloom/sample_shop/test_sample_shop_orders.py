from datetime import time

import polars as pl
import pytest

from heirloom.sample_shop import generate

EXTRAS = ("POST", "GIFT25", "GIFT50", "GIFT100")


def test_cancellations_and_only_they_are_negative(sold, cancelled):
    assert cancelled.height > 100
    assert cancelled["quantity"].max() < 0
    assert sold["quantity"].min() >= 0


def test_every_cancelled_line_takes_back_goods_of_an_earlier_invoice(sold, cancelled):
    same = ["customer_id", "country", "stock_code", "currency", "unit_price"]
    earlier = (
        cancelled.join(sold, on=same, suffix="_sold", nulls_equal=True)
        .filter(pl.col("invoice_date_sold").dt.date() < pl.col("invoice_date").dt.date())
        .filter(pl.col("quantity_sold") >= -pl.col("quantity"))
    )

    assert cancelled.join(earlier, on=["invoice", "line"], how="anti").is_empty()


def test_cancellations_take_back_a_small_part_of_the_revenue(sold, cancelled):
    amount = pl.col("quantity") * pl.col("unit_price").cast(float)
    lines = sold.filter(pl.col("quantity") < 1000)

    assert 0.01 < -cancelled.select(amount.sum()).item() / lines.select(amount.sum()).item() < 0.06


def test_shipping_and_gift_cards_are_sold_but_never_come_back(sold, cancelled):
    assert set(EXTRAS) <= set(sold["stock_code"])
    assert not set(EXTRAS) & set(cancelled["stock_code"])


def test_an_invoice_has_one_date_customer_country_and_currency(lines):
    parts = ["invoice_date", "customer_id", "country", "currency"]

    assert lines.select("invoice", *parts).n_unique() == lines["invoice"].n_unique()


def test_lines_are_numbered_from_one_in_each_invoice(sold, cancelled):
    numbers = pl.concat([sold, cancelled]).group_by("invoice").agg(pl.max("line"), lines=pl.len())

    assert (numbers["line"] == numbers["lines"]).all()


def test_invoice_numbers_rise_with_time(lines):
    numbers = lines["invoice"].str.strip_prefix("C").cast(int)

    assert numbers.is_sorted()
    assert lines["invoice_date"].is_sorted()
    assert numbers.n_unique() == numbers.max() - numbers.min() + 1


def test_invoices_are_written_in_shop_hours_to_the_minute(lines):
    moments = lines["invoice_date"]

    assert (moments.dt.truncate("1m") == moments).all()
    assert moments.dt.time().min() >= time(6, 0)
    assert moments.dt.time().max() < time(21, 0)


def test_the_currency_is_the_country_s(lines):
    pairs = dict(lines.select("country", "currency").unique().iter_rows())

    assert pairs == {"DE": "EUR", "FR": "EUR", "AT": "EUR", "NL": "EUR", "GB": "GBP", "CH": "CHF"}


def test_goods_cost_their_price_at_the_day_s_rate(sold, shop):
    priced = (
        sold.filter(~pl.col("stock_code").is_in(EXTRAS), pl.col("unit_price") > 0)
        .with_columns(day=pl.col("invoice_date").dt.date())
        .join(pl.DataFrame(shop.rates), on=["day", "currency"])
        .join(pl.DataFrame(shop.products), on=["stock_code", "description"], suffix="_eur")
    )
    difference = pl.col("unit_price").cast(float) - pl.col("unit_price_eur").cast(float) / pl.col("rate_to_eur")

    assert priced.select(difference.abs().max()).item() < 0.00501


def test_one_invoice_in_twenty_has_no_customer(sold):
    invoices = sold.unique("invoice")

    assert invoices["customer_id"].is_null().mean() == pytest.approx(0.05, abs=0.001)


def test_one_line_in_a_thousand_stands_twice_equal_in_everything(lines):
    repeats = lines.height - lines.unique(["invoice", "line"]).height

    assert repeats == pytest.approx(lines.height / 1000, rel=0.05)
    assert lines.height - lines.n_unique() == repeats


def test_few_lines_are_free_and_fewer_are_broken(sold):
    free = sold.filter(pl.col("unit_price") == 0)
    negative = sold.filter(pl.col("unit_price") < 0)
    unmoved = sold.filter(pl.col("quantity") == 0)

    assert free.height == pytest.approx(sold.height / 1000, rel=0.05)
    assert negative.height + unmoved.height == pytest.approx(sold.height / 5000, abs=1)
    assert abs(negative.height - unmoved.height) <= 1


def test_one_wholesale_order_is_far_above_all_else(sold):
    values = (
        sold.group_by("invoice")
        .agg(value=(pl.col("quantity") * pl.col("unit_price").cast(float)).sum())["value"]
        .sort(descending=True)
    )

    assert values[0] > 10 * values[1]
    assert values[1] < 5 * values[10]


def test_a_shop_of_one_customer_has_its_wholesale_order_too():
    lines = pl.DataFrame(generate(customers=1, days=10, seed=1).transactions)

    assert lines["quantity"].max() > 10
