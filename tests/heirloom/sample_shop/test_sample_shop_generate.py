from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heirloom.sample_shop import Shop, ShopError, describe, generate


def test_the_same_arguments_give_the_same_shop(shop):
    assert generate(customers=800, days=450, seed=11) == shop


def test_another_seed_gives_another_shop(shop):
    other = generate(customers=800, days=450, seed=12)

    assert other.transactions != shop.transactions
    assert other.products != shop.products
    assert other.rates != shop.rates
    assert other.truth != shop.truth


def test_a_larger_shop_keeps_the_customers_of_the_smaller(shop):
    larger = generate(customers=1600, days=450, seed=11)

    assert larger.truth.slice(0, 800) == shop.truth
    assert larger.customers.slice(0, 800) == shop.customers
    assert larger.products == shop.products
    assert larger.rates == shop.rates
    assert larger.transactions.num_rows > 1.5 * shop.transactions.num_rows


def test_no_customers_give_empty_tables_and_a_shop_with_goods():
    shop = generate(customers=0, days=30, seed=1)

    assert (shop.transactions.num_rows, shop.customers.num_rows, shop.truth.num_rows) == (0, 0, 0)
    assert shop.products.num_rows > 400
    assert shop.rates.num_rows == 30 * 3


def test_an_empty_shop_has_the_columns_of_a_full_one(shop):
    empty = generate(customers=0, days=1, seed=1)

    assert {name: table.schema for name, table in empty.tables.items()} == {
        name: table.schema for name, table in shop.tables.items()
    }
    assert empty.truth.schema == shop.truth.schema


def test_two_years_of_2000_customers_are_about_a_hundred_thousand_lines():
    assert 60_000 < generate(customers=2000, days=730, seed=3).transactions.num_rows < 150_000


def test_the_truth_is_none_of_the_tables(shop):
    assert list(shop.tables) == ["transactions", "customers", "products", "rates", "campaigns", "networks"]


def test_everything_happens_within_the_shop_s_days():
    shop = generate(customers=200, days=90, seed=5, start=date(2020, 2, 1))
    days = pl.DataFrame(shop.transactions)["invoice_date"].dt.date()

    assert date(2020, 2, 1) <= days.min()
    assert days.max() <= date(2020, 4, 30)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"customers": -1}, "cannot have -1 customers; ask for 0 or more"),
        ({"days": 0}, "cannot be open for 0 days from 2024-01-01; ask for 1 to"),
        ({"days": 10_000_000}, "cannot be open for 10000000 days from 2024-01-01; ask for 1 to"),
        ({"seed": -3}, "seed -3 is negative; give 0 or more"),
    ],
)
def test_impossible_shops_are_refused(arguments, sentence):
    with pytest.raises(ShopError, match=sentence):
        generate(**({"customers": 1, "days": 1, "seed": 1} | arguments))


def test_the_description_says_size_revenue_and_time(shop, lines):
    rates = pl.DataFrame(shop.rates)
    revenue = (
        lines.with_columns(day=pl.col("invoice_date").dt.date())
        .join(rates, on=["day", "currency"])
        .select((pl.col("quantity") * pl.col("unit_price").cast(float) * pl.col("rate_to_eur")).sum())
        .item()
    )

    assert describe(shop) == (
        f"800 customers, {lines.height:,} invoice lines, {revenue:,.2f} EUR net revenue, 2024-01-01 to 2025-03-25"
    )


def test_an_empty_shop_can_be_described():
    assert describe(generate(customers=0, days=1, seed=1)).startswith("0 customers, 0 invoice lines, 0.00 EUR")


@settings(max_examples=25, deadline=None)
@given(customers=st.integers(0, 40), days=st.integers(1, 60), seed=st.integers(0, 2**64))
def test_a_shop_of_any_size_holds_together(customers, days, seed):
    shop = generate(customers=customers, days=days, seed=seed)
    lines = pl.DataFrame(shop.transactions)

    assert shop.truth.num_rows == shop.customers.num_rows == customers
    assert set(lines["customer_id"].drop_nulls()) == set(shop.customers["customer_id"].to_pylist())
    assert set(lines["stock_code"]) <= set(shop.products["stock_code"].to_pylist())
    assert lines["invoice_date"].is_sorted()
    assert isinstance(shop, Shop)
