"""What holds for the clicks of any shop."""

import json
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heirloom.sample_shop import Shop, ShopError, generate
from heirloom.sample_shop.clicks import Clicks, Faults, clicked, truth
from heirloom.sample_shop.clicks.lines import Lines, encoded

A_MINUTE, HALF_AN_HOUR = 60_000, 1_800_000


def sent(clicks: Clicks) -> bytes:
    lines = Lines(clicks)
    return b"".join(bytes(encoded(part)) for events in clicks.arriving() for part in lines.of(events))


def known(clicks: Clicks) -> pl.DataFrame:
    """The truth of every line, in the lines' order, and of its session."""
    parts = [truth.events(events, clicks=clicks) for events in clicks.arriving()]
    events = pl.concat([pl.DataFrame(part) for part in parts])
    return events.join(pl.DataFrame(truth.sessions(clicks)), on="session", maintain_order="left")


@pytest.fixture(scope="module")
def shop() -> Shop:
    return generate(customers=400, days=180, seed=11)


@pytest.fixture(scope="module")
def clicks(shop) -> Clicks:
    return clicked(shop)


@pytest.fixture(scope="module")
def lines(clicks) -> list[bytes]:
    return sent(clicks).splitlines()


@pytest.fixture(scope="module")
def told(clicks) -> pl.DataFrame:
    return known(clicks)


@pytest.fixture(scope="module")
def whole(lines, told) -> pl.DataFrame:
    """Every event that is not broken, and what is true of it."""
    sound = told["broken"].is_null()
    frame = pl.read_ndjson(
        b"\n".join(line for line, keep in zip(lines, sound, strict=True) if keep), infer_schema_length=None
    )
    times = [pl.col(name).str.to_datetime(time_zone="UTC", time_unit="ms") for name in ("occurred_at", "arrived_at")]
    return pl.concat(
        [frame.with_columns(times), told.filter(sound).select("session", "late", "duplicate", "bot", "invoice")],
        how="horizontal",
    )


@pytest.fixture(scope="module")
def sales(shop) -> pl.DataFrame:
    return pl.DataFrame(shop.transactions).filter(~pl.col("invoice").str.starts_with("C"))


def test_there_are_enough_for_the_laws_to_mean_something(whole, told):
    assert whole.height > 120_000
    assert told["broken"].n_unique() == 6
    assert set(whole["bot"].unique()) == {None, "crawler", "scraper", "no_dwell"}


@settings(max_examples=8, deadline=None)
@given(customers=st.integers(0, 30), days=st.integers(1, 20), seed=st.integers(0, 2**64))
def test_a_shop_of_any_size_has_the_same_clicks_again(customers, days, seed):
    def made() -> Clicks:
        return clicked(generate(customers=customers, days=days, seed=seed))

    first, told = sent(made()), known(made())

    assert sent(made()) == first
    assert told.height == first.count(b"\n")
    assert told["arrived_at"].is_sorted()
    assert (told["occurred_at"] <= told["arrived_at"]).all()


def test_another_zone_and_other_faults_make_other_clicks():
    shop = generate(customers=5, days=10, seed=3)

    assert sent(clicked(shop)) != sent(clicked(shop, zone="America/New_York"))
    assert sent(clicked(shop)) != sent(clicked(shop, faults=Faults(late=0.5)))


def test_every_line_is_told_of(lines, told):
    assert len(lines) == told.height


def test_an_event_that_is_not_broken_is_what_the_truth_says(whole, told):
    sound = told.filter(pl.col("broken").is_null())

    assert (whole["event_id"] == sound["event_id"]).all()
    assert (whole["visitor_id"] == sound["visitor_id"]).all()
    assert (whole["occurred_at"] == sound["occurred_at"]).all()
    assert (whole["arrived_at"] == sound["arrived_at"]).all()


def test_no_event_arrives_before_it_occurs_and_lines_are_in_order_of_arrival(told):
    assert (told["occurred_at"] < told["arrived_at"]).all()
    assert told["arrived_at"].is_sorted()
    assert not told["occurred_at"].is_sorted()


def test_everything_occurs_after_the_shop_opened(told, shop):
    first, last = shop.rates["day"][0].as_py(), shop.rates["day"][-1].as_py()
    days = told["occurred_at"].dt.date()

    assert days.min() >= first
    assert (days.max() - last).days <= 1


def test_a_purchase_is_an_order_of_that_minute_by_that_customer(whole, sales):
    bought = whole.filter(pl.col("type") == "purchase")
    orders = sales.group_by("invoice").agg(pl.col("invoice_date", "customer_id").first())
    found = bought.join(orders, left_on="order_id", right_on="invoice", how="left", suffix="_of_order")

    assert found["invoice_date"].null_count() == 0
    assert (found["occurred_at"].dt.truncate("1m") == found["invoice_date"]).all()
    assert found["customer_id"].eq_missing(found["customer_id_of_order"]).all()


def test_four_of_five_orders_are_placed_on_the_web_once(told, sales):
    web = told.filter(pl.col("invoice").is_not_null())["invoice"].n_unique()
    orders = sales["invoice"].n_unique()

    assert abs(web / orders - 0.8) < 5 * (0.8 * 0.2 / orders) ** 0.5


def test_each_session_that_buys_has_one_purchase(told, whole):
    once = whole.filter(~pl.col("duplicate"))
    counts = once.filter(pl.col("type") == "purchase").group_by("session").len()
    broken = told.filter(pl.col("broken").is_not_null(), ~pl.col("duplicate"))["session"]
    buying = told.filter(pl.col("invoice").is_not_null(), ~pl.col("session").is_in(broken.implode()))

    assert counts["len"].max() == 1
    assert set(buying["session"]) <= set(counts["session"])
    assert set(once.filter(pl.col("type") == "purchase")["session"]) <= set(told.drop_nulls("invoice")["session"])


def test_the_cart_of_a_purchase_is_the_order_s_goods(told, whole, sales):
    broken = told.filter(pl.col("broken").is_not_null())["session"]
    events = whole.filter(
        ~pl.col("duplicate"), ~pl.col("session").is_in(broken.implode()), pl.col("invoice").is_not_null()
    )
    change = pl.when(type="add_to_cart").then(1).when(type="remove_from_cart").then(-1).otherwise(0)
    carts = (
        events.group_by("invoice", "stock_code")
        .agg((change * pl.col("quantity").fill_null(0)).sum().alias("in_cart"))
        .filter(pl.col("in_cart") != 0)
    )
    goods = (
        sales.unique(["invoice", "line"])
        .filter(pl.col("stock_code") != "POST", pl.col("invoice").is_in(events["invoice"].unique().implode()))
        .group_by("invoice", "stock_code")
        .agg(pl.col("quantity").clip(1).sum().alias("ordered"))
    )
    both = carts.join(goods, on=["invoice", "stock_code"], how="full")

    assert both.height > 2_000
    assert both["in_cart"].eq_missing(both["ordered"]).all()


def within(share: float, *, stated: float, count: int) -> bool:
    return abs(share - stated) < 5 * (stated * (1 - stated) / count) ** 0.5


@pytest.mark.parametrize("faults", [Faults(), Faults(bots=0.2, late=0.1, duplicate=0.05, broken=0.03)])
def test_shares_are_the_stated_ones(faults):
    clicks = clicked(generate(customers=300, days=120, seed=5), faults=faults)
    told, sessions = known(clicks), pl.DataFrame(truth.sessions(clicks))
    once = told.filter(~pl.col("duplicate"))

    assert within(once["late"].mean(), stated=faults.late, count=once.height)
    assert within(told["duplicate"].sum() / once.height, stated=faults.duplicate, count=once.height)
    assert within(told["broken"].is_not_null().mean(), stated=faults.broken, count=told.height)
    assert within(sessions["bot"].is_not_null().mean(), stated=faults.bots, count=sessions.height)


def test_no_faults_are_none():
    clicks = clicked(generate(customers=50, days=60, seed=5), faults=Faults(bots=0, late=0, duplicate=0, broken=0))
    told = known(clicks)

    assert told.height > 1000
    assert not told["late"].any()
    assert not told["duplicate"].any()
    assert told["broken"].null_count() == told["bot"].null_count() == told.height


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ShopError, match=r"share of late events is .*; give one from 0 to below 1"):
        Faults(late=share)


def test_a_zone_that_does_not_exist_is_refused(shop):
    with pytest.raises(ShopError, match="'Europe/Atlantis' is no time zone; give one as Europe/Berlin"):
        clicked(shop, zone="Europe/Atlantis")


def test_some_late_events_are_older_than_the_two_days_of_the_contract(told):
    way = (told["arrived_at"] - told["occurred_at"]).dt.total_hours()

    assert 0 < (way > 48).mean() < 0.003


def test_a_copy_is_equal_to_its_original_but_for_the_arrival(whole):
    copies = whole.filter(pl.col("duplicate"))
    originals = whole.filter(~pl.col("duplicate"))
    pairs = copies.join(originals, on="event_id", suffix="_first")
    same = ("type", "occurred_at", "visitor_id", "customer_id", "url", "price", "user_agent", "ip")

    assert originals["event_id"].is_unique().all()
    assert pairs.height > 500
    assert (pairs["arrived_at"] > pairs["arrived_at_first"]).all()
    for name in same:
        assert pairs[name].eq_missing(pairs[f"{name}_first"]).all()


def test_a_broken_line_is_broken_as_the_truth_says(lines, told):
    def parsed(line: bytes) -> dict | None:
        try:
            return json.loads(line)
        except ValueError:
            return None

    def wrong(event: dict) -> bool:
        typed = {"occurred_at": str, "quantity": int, "price": (int, float), "consent": dict}
        return any(name in event and not isinstance(event[name], kind) for name, kind in typed.items())

    looks: dict[str, Callable[[dict | None], bool]] = {
        "truncated": lambda event: event is None,
        "not_json": lambda event: event is None,
        "wrong_type": wrong,
        "without_id": lambda event: "event_id" not in event,
        "unknown_type": lambda event: event["type"] == "hover",
    }
    broken = [(line, how) for line, how in zip(lines, told["broken"], strict=True) if how]

    assert {how for _, how in broken} == set(looks)
    assert all(looks[how](parsed(line)) for line, how in broken)


def test_sessions_of_one_visitor_are_half_an_hour_apart_and_no_pause_within_is_as_long(told):
    people = told.filter(pl.col("bot").is_null(), ~pl.col("duplicate")).sort("visitor_id", "occurred_at")
    pause = people["occurred_at"].diff().dt.total_milliseconds()
    same_visitor = people["visitor_id"] == people["visitor_id"].shift()
    same_session = people["session"] == people["session"].shift()

    assert pause.filter(same_session).max() < HALF_AN_HOUR
    assert pause.filter(same_visitor & ~same_session).min() > HALF_AN_HOUR
    assert (same_visitor & ~same_session).sum() > 1000


def test_probabilities_are_calibrated(clicks):
    """In ten bins of equal count, sessions buy as often as their truth says (four standard errors)."""
    sessions = pl.DataFrame(truth.sessions(clicks)).filter(pl.col("bot").is_null())
    bought = sessions.with_columns(bought=pl.col("invoice").is_not_null())

    assert _worst_error(bought, "probability") < 4
    assert bought["probability"].min() == 0
    assert bought["probability"].max() > 0.5


def test_probabilities_with_a_cart_are_calibrated(clicks, whole):
    filled = whole.filter(pl.col("type") == "add_to_cart")["session"].unique()
    sessions = pl.DataFrame(truth.sessions(clicks)).filter(pl.col("session").is_in(filled.implode()))
    bought = sessions.with_columns(bought=pl.col("invoice").is_not_null())

    assert _worst_error(bought, "probability_with_cart") < 4
    assert (bought["probability_with_cart"] >= bought["probability"]).all()


@pytest.mark.parametrize("by", ["customer", "device", "source", "hour"])
def test_probabilities_are_calibrated_within_what_a_session_shows_at_its_start(clicks, by):
    drawn = clicks.sessions[clicks.sessions["bot"] < 0]
    shown = {
        "customer": drawn["known"].astype(int),
        "device": drawn["device"],
        "source": drawn["source"],
        "hour": drawn["anchor"] // 3_600_000 % 24,
    }[by]
    bought = drawn["document"] >= 0
    for value in np.unique(shown):
        p, y = drawn["probability"][shown == value], bought[shown == value]
        assert abs(p.sum() - y.sum()) <= 4 * np.sqrt((p * (1 - p)).sum())


def test_a_probability_that_is_wrong_would_be_seen(clicks):
    sessions = pl.DataFrame(truth.sessions(clicks)).filter(pl.col("bot").is_null())
    wrong = sessions.with_columns(bought=pl.col("invoice").is_not_null(), probability=pl.col("probability") * 0.85)

    assert _worst_error(wrong, "probability") > 4


def _worst_error(sessions: pl.DataFrame, probability: str) -> float:
    """Standard errors between what was expected and what was bought, of the worst of ten bins."""
    p = pl.col(probability)
    bins = (
        sessions.filter(p > 0)
        .with_columns(bin=(p.rank("ordinal") * 10 // (pl.len() + 1)))
        .group_by("bin")
        .agg(expected=p.sum(), spread=(p * (1 - p)).sum().sqrt(), bought=pl.col("bought").sum())
    )
    assert bins.height == 10
    return float(((bins["bought"] - bins["expected"]).abs() / bins["spread"]).max())


def test_an_empty_shop_has_no_clicks():
    clicks = clicked(generate(customers=0, days=3, seed=1))

    assert sent(clicks) == b""
    assert truth.sessions(clicks).num_rows == 0
