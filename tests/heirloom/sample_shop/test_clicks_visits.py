"""When and how people and machines visit."""

import ipaddress
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from heirloom.sample_shop import Shop, generate
from heirloom.sample_shop.clicks import Clicks, Faults, clicked, truth
from heirloom.sample_shop.clicks.hours import VisitTime
from heirloom.sample_shop.clicks.lines import Lines, encoded
from heirloom.sample_shop.seasons import TradingTime

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def march() -> Shop:
    """Six weeks about the night in which Berlin's clocks go from two to three."""
    return generate(customers=900, days=42, seed=8, start=date(2024, 3, 10))


@pytest.fixture(scope="module")
def clicks(march) -> Clicks:
    return clicked(march, faults=Faults(late=0, duplicate=0, broken=0, bots=0.05))


@pytest.fixture(scope="module")
def events(clicks) -> pl.DataFrame:
    lines = Lines(clicks)
    content = b"".join(bytes(encoded(part)) for arrived in clicks.arriving() for part in lines.of(arrived))
    told = pl.concat([pl.DataFrame(truth.events(arrived, clicks=clicks)) for arrived in clicks.arriving()])
    sessions = pl.DataFrame(truth.sessions(clicks)).select("session", "bot", customer="customer_id")
    frame = pl.read_ndjson(content, infer_schema_length=None).with_columns(
        told["session"], pl.col("occurred_at").str.to_datetime(time_zone="UTC", time_unit="ms")
    )
    return frame.join(sessions, on="session", maintain_order="left")


@pytest.fixture(scope="module")
def people(events) -> pl.DataFrame:
    return events.filter(pl.col("bot").is_null())


def busiest(events: pl.DataFrame, *, zone: str) -> int:
    hours = events["occurred_at"].dt.convert_time_zone(zone).dt.hour()
    return int(hours.mode()[0])


def test_people_live_by_the_shop_s_clock_before_and_after_it_changes(people):
    change = datetime(2024, 3, 31, 1, tzinfo=UTC)
    winter = people.filter(pl.col("occurred_at") < change)
    summer = people.filter(pl.col("occurred_at") >= change + timedelta(days=1))

    assert (busiest(winter, zone="UTC"), busiest(summer, zone="UTC")) == (19, 18)
    assert busiest(winter, zone="Europe/Berlin") == busiest(summer, zone="Europe/Berlin") == 20


def test_the_hour_that_is_skipped_has_no_share_and_the_one_that_comes_twice_has_two():
    def local_hours(day: date) -> list[int]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return [(midnight + timedelta(hours=hour)).astimezone(BERLIN).hour for hour in range(24)]

    spring, autumn = date(2024, 3, 31), date(2024, 10, 27)
    shares = VisitTime(TradingTime(date(2024, 1, 1), 366), BERLIN).shares

    assert local_hours(spring).count(2) == 0
    assert local_hours(autumn).count(2) == 2
    by_hour = shares[(autumn - date(2024, 1, 1)).days]
    assert by_hour[0] == by_hour[1]  # two o'clock in summer, two o'clock in winter
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_sessions_cross_midnight_and_the_change_of_the_clock(people):
    spans = people.group_by("session").agg(first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max())
    local = spans.with_columns(pl.col("first", "last").dt.convert_time_zone("Europe/Berlin"))
    change = datetime(2024, 3, 31, 1, tzinfo=UTC)

    assert local.filter(pl.col("first").dt.date() != pl.col("last").dt.date()).height > 20
    assert spans.filter((pl.col("first") < change) & (pl.col("last") >= change)).height > 0


def test_a_login_in_the_middle_joins_the_anonymous_and_the_known(people):
    marked = people.sort("session", "occurred_at").with_columns(signed_in=pl.col("customer_id").is_not_null())
    joined = marked.filter((pl.col("signed_in").any() & ~pl.col("signed_in").all()).over("session"))
    starts = joined.filter(pl.col("signed_in")).group_by("session", maintain_order=True).first()

    assert joined["session"].n_unique() > 300
    assert set(starts["type"]) == {"login"}
    assert (
        joined.filter(pl.col("signed_in"))["customer_id"]
        .eq_missing(joined.filter(pl.col("signed_in"))["customer"])
        .all()
    )
    assert not (
        joined["signed_in"] & ~joined["signed_in"].shift(-1) & (joined["session"] == joined["session"].shift(-1))
    ).any()


def test_a_signed_in_customer_is_never_somebody_else(people):
    signed_in = people.drop_nulls("customer_id")

    assert (signed_in["customer_id"] == signed_in["customer"]).all()
    assert people.filter(pl.col("customer_id").is_null())["session"].n_unique() > 10_000


def test_cookies_come_back_and_customers_keep_theirs(people):
    visits = people.group_by("visitor_id").agg(sessions=pl.col("session").n_unique(), who=pl.col("customer").n_unique())

    assert 1.2 < visits["sessions"].mean() < 2.5
    assert (visits["sessions"] > 1).sum() > 1000


def test_addresses_are_in_the_networks_of_the_visitor_s_country(march, clicks, events):
    networks = [(ipaddress.ip_network(row["network"]), row["country"]) for row in march.networks.to_pylist()]

    def country(address: str) -> str | None:
        at = ipaddress.ip_address(address)
        return next((name for network, name in networks if at in network), None)

    codes = [*dict.fromkeys(row["country"] for row in march.networks.to_pylist()), None]
    seen = events.unique("session").sample(3000, seed=1)
    drawn = clicks.sessions["country"][seen["session"].to_numpy()]
    assert [country(address) for address in seen["ip"]] == [codes[number] for number in drawn]
    assert any(":" in address for address in seen["ip"])


def test_crawlers_say_so_scrapers_are_fast_and_others_never_stay(events):
    bots = events.filter(pl.col("bot").is_not_null()).sort("session", "occurred_at")
    spans = bots.group_by("bot", "session").agg(
        steps=pl.len(), ms=(pl.col("occurred_at").max() - pl.col("occurred_at").min()).dt.total_milliseconds()
    )
    pause = {
        kind: frame.select(pl.col("ms") / (pl.col("steps") - 1)).to_series() for (kind,), frame in spans.group_by("bot")
    }

    assert bots.filter(bot="crawler")["user_agent"].str.contains("bot").all()
    assert not bots.filter(bot="scraper")["user_agent"].str.contains("(?i)bot|headless").any()
    assert pause["scraper"].max() < 500
    assert spans.filter(bot="scraper")["steps"].min() >= 120
    assert pause["no_dwell"].max() < 30
    assert 900 <= pause["crawler"].min() <= pause["crawler"].max() < 9_000


def test_bots_buy_nothing_and_people_are_slower(events, people):
    kinds = set(events.filter(pl.col("bot").is_not_null())["type"])
    pauses = people.sort("session", "occurred_at").select(
        pl.col("occurred_at").diff().over("session").dt.total_milliseconds()
    )

    assert kinds == {"page_view", "product_view"}
    assert pauses.to_series().median() > 10_000


def test_searches_and_addresses_hold_personal_data_now_and_then(people):
    searches = people.filter(type="search")["search"]
    personal = searches.str.contains("@example.com") | searches.str.contains(r"\d{3}[ -]?\d{3}")

    assert 0.01 < personal.mean() < 0.04
    assert people["url"].str.contains("%40example.com").any()


def test_a_category_is_missing_now_and_then_and_unknown_fields_come(people):
    goods = people.drop_nulls("stock_code")

    assert 0.03 < goods["category"].is_null().mean() < 0.05
    assert {"experiment", "app_version", "viewport"} <= set(people.columns)


def test_where_a_visitor_came_from_stands_on_the_landing_alone(people):
    ordered = people.sort("session", "occurred_at")
    landing = ordered["session"] != ordered["session"].shift()
    tagged = ordered["url"].str.contains("utm_source=")

    assert not (tagged & ~landing.fill_null(value=True)).any()
    assert ordered.filter(~landing.fill_null(value=True))["referrer"].unique().to_list() == ["https://shop.example/"]
    assert "https://www.google.com/" in ordered.filter(landing)["referrer"]


def test_a_line_has_the_keys_that_it_needs_and_no_others(clicks):
    lines = Lines(clicks)
    events = [json.loads(line) for part in lines.of(next(filter(len, clicks.arriving()))) for line in part.to_pylist()]
    always = {"event_id", "type", "occurred_at", "arrived_at", "visitor_id", "ip", "user_agent", "consent", "url"}

    assert all(always <= set(event) for event in events)
    assert all(value is not None for event in events for value in event.values())
    assert {"analytics", "marketing"} == set(events[0]["consent"])
