import polars as pl
import pytest

COMPANY = r" (Ltd|GmbH|SARL)$"


@pytest.fixture(scope="module")
def crm(shop):
    return pl.DataFrame(shop.customers)


def test_one_row_per_customer(crm):
    assert crm.height == 800
    assert crm["customer_id"].n_unique() == 800
    assert crm["email"].n_unique() == 800


def test_about_four_in_a_hundred_are_companies_without_gender_and_birth_date(crm):
    companies = crm.filter(pl.col("name").str.contains(COMPANY))

    assert 0.02 < companies.height / crm.height < 0.06
    assert companies["gender"].is_null().all()
    assert companies["birth_date"].is_null().all()


def test_companies_buy_more(crm, sold):
    spent = (
        sold.filter(pl.col("quantity") < 1000)
        .group_by("customer_id")
        .agg(spent=(pl.col("quantity") * pl.col("unit_price").cast(float)).sum())
    )
    means = dict(
        crm.join(spent, on="customer_id")
        .group_by(pl.col("name").str.contains(COMPANY))
        .agg(pl.mean("spent"))
        .iter_rows()
    )

    assert means[True] > 2 * means[False]


def test_contacts_reach_nobody(crm):
    assert crm["email"].str.contains(r"^[a-z]+\.[a-z]+\.\d+@example\.(com|org)$").all()
    assert crm["phone"].drop_nulls().str.contains(r"^(\+442079460|\+33199000|\+493023125)\d{3}$").all()


def test_some_phones_and_birth_dates_are_unknown_and_all_else_is_known(crm):
    people = crm.filter(~pl.col("name").str.contains(COMPANY))
    unknown = {name: share for name, share in people.select(pl.all().is_null().mean()).to_dicts()[0].items() if share}

    assert unknown == {"phone": pytest.approx(0.15, abs=0.05), "birth_date": pytest.approx(0.10, abs=0.05)}


def test_nobody_signs_up_after_the_first_purchase(crm, sold):
    first = sold.group_by("customer_id").agg(pl.min("invoice_date"))
    waits = crm.join(first, on="customer_id").select(
        (pl.col("invoice_date").dt.date() - pl.col("signup_date")).dt.total_days()
    )["invoice_date"]

    assert 0 <= waits.min() <= waits.max() <= 14


def test_customers_are_adults_of_known_channels_and_countries(crm):
    ages = (pl.date(2024, 1, 1) - pl.col("birth_date")).dt.total_days() / 365.25

    assert crm.select(ages.min()).item() >= 18
    assert crm.select(ages.max()).item() <= 85
    assert set(crm["channel"]) == {"organic", "paid_search", "social", "referral", "email"}
    assert set(crm["country"]) == {"DE", "FR", "GB", "CH", "AT", "NL"}
    assert set(crm["gender"].drop_nulls()) == {"female", "male", "other"}


def test_invoices_go_to_the_customer_s_country(crm, sold):
    pairs = sold.drop_nulls("customer_id").select("customer_id", "country").unique()

    assert pairs.join(crm, on=["customer_id", "country"], how="semi").height == pairs.height == crm.height
