"""Campaigns: who got mail, what came of it, and what it truly brought."""

import numpy as np
import polars as pl
import pytest

from heirloom.sample_shop import Shop, generate


@pytest.fixture(scope="module")
def large() -> Shop:
    return generate(customers=20_000, days=500, seed=21)


@pytest.fixture(scope="module")
def members(large) -> pl.DataFrame:
    table, uplift = pl.DataFrame(large.campaigns), pl.DataFrame(large.uplift)
    assert table.select("campaign", "customer_id").equals(uplift.select("campaign", "customer_id"))
    return pl.concat([table, uplift.drop("campaign", "customer_id")], how="horizontal")


def test_the_same_shop_has_the_same_campaigns(shop):
    again = generate(customers=800, days=450, seed=11)

    assert (again.campaigns, again.uplift) == (shop.campaigns, shop.uplift)


def test_every_customer_is_once_in_a_campaign_and_agreed_to_be(members, large):
    agreed = pl.DataFrame(large.customers).filter(pl.col("consent"))["customer_id"]

    assert members.height > 30_000
    assert not members.select("campaign", "customer_id").is_duplicated().any()
    assert members["customer_id"].is_in(agreed.implode()).all()


def test_bought_is_an_order_within_two_weeks(members, large):
    orders = pl.DataFrame(large.transactions).filter(~pl.col("invoice").str.starts_with("C"))
    orders = orders.select("customer_id", "invoice_date").drop_nulls().unique()
    days = members.select("campaign", "customer_id", "assigned_at", "bought").join(orders, on="customer_id")
    since = (pl.col("invoice_date").dt.truncate("1d") - pl.col("assigned_at").dt.truncate("1d")).dt.total_days()
    window = days.group_by("campaign", "customer_id").agg(
        pl.col("bought").first(), ordered=since.is_between(0, 13).any(), before=(since < 0).any()
    )

    assert (window["bought"] == window["ordered"]).all()
    assert window["before"].all()


def test_the_arm_is_drawn_with_the_stated_probability(members):
    assert set(members["arm"]) == {"control", "treated"}
    for (stated,), group in members.group_by("probability"):
        share = (group["arm"] == "treated").mean()
        assert abs(share - stated) < 4 * (stated * (1 - stated) / group.height) ** 0.5


def test_each_arm_buys_as_often_as_its_truth_says(members):
    truth = pl.col("probability_untreated") + pl.when(arm="treated").then(pl.col("uplift")).otherwise(0)
    told = members.with_columns(truth=truth)
    for group in (*parts(told, "arm"), *parts(told, "arm", "audience"), *parts(told, "arm", "offer")):
        spread = np.sqrt((group["truth"] * (1 - group["truth"])).sum())
        assert abs(group["bought"].sum() - group["truth"].sum()) < 4 * spread


def parts(frame: pl.DataFrame, *by: str) -> list[pl.DataFrame]:
    return frame.partition_by(*by)


def test_the_uplift_can_be_found_by_comparing_the_arms(members):
    """Weighed by one over the probability of the arm, as an analyst would."""
    treated, p = (members["arm"] == "treated").to_numpy(), members["probability"].to_numpy()
    weighed = members["bought"].to_numpy() * np.where(treated, 1 / p, -1 / (1 - p))
    error = weighed.std() / np.sqrt(len(weighed))

    assert members["uplift"].mean() > 3 * error
    assert abs(weighed.mean() - members["uplift"].mean()) < 4 * error


def test_the_uplift_differs_and_is_a_loss_for_some(members):
    assert members["uplift"].min() < 0 < members["uplift"].max()
    assert (members["probability_untreated"] + members["uplift"]).is_between(-1e-9, 1 + 1e-9).all()
    assert members["probability_untreated"].is_between(0, 1).all()


def test_arms_are_alike_in_what_was_known_before(members):
    balance = members.group_by("probability", "arm").agg(before=pl.col("probability_untreated").mean(), n=pl.len())
    for (_,), group in balance.group_by("probability"):
        low, high = group["before"].sort()
        assert high - low < 0.02


def test_the_control_arm_gets_no_mail_and_no_offer(members):
    control, treated = (members.filter(arm=arm) for arm in ("control", "treated"))

    assert control["offer"].null_count() == control.height
    assert not control.select(pl.any_horizontal("sent", "opened", "clicked", "unsubscribed").any()).item()
    assert set(treated["offer"]) == {"10_percent", "free_shipping", "newsletter"}
    assert 0.97 < treated["sent"].mean() < 0.99


def test_what_is_read_was_sent_and_who_unsubscribes_is_asked_no_more(members):
    assert not members.filter(pl.col("opened") & ~pl.col("sent")).height
    assert not members.filter((pl.col("clicked") | pl.col("unsubscribed")) & ~pl.col("opened")).height
    left = members.filter("unsubscribed").select("customer_id", last="assigned_at")
    later = members.join(left, on="customer_id").filter(pl.col("assigned_at") > pl.col("last"))

    assert left.height > 100
    assert later.height == 0


def test_a_shop_too_young_for_a_campaign_has_none():
    shop = generate(customers=30, days=30, seed=2)

    assert shop.campaigns.num_rows == shop.uplift.num_rows == 0
