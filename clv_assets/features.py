"""What is known of a customer before a day. One function, used for scoring, for training and for any past day."""

from collections.abc import Sequence
from datetime import date

import dagster as dg
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clv_assets.forms import everything_before, features_daily
from governance.risk import carries

WINDOWS = (30, 90, 365)


@carries(
    "definition.gift_cards_as_revenue",
    note="A gift card counts as revenue on the day it is sold, not when it is redeemed.",
    severity="medium",
    owner="team:clv",
)
@features_daily(ins={"transactions": dg.AssetIn(partition_mapping=everything_before)})
def customer_features(context: dg.AssetExecutionContext, transactions: DataFrame) -> DataFrame:
    """One row per customer and day: what was known before it. Customers appear after their first purchase."""
    return features_as_of(transactions, dates=[date.fromisoformat(key) for key in context.partition_keys])


def features_as_of(transactions: DataFrame, *, dates: Sequence[date]) -> DataFrame:
    """The features of every customer who bought before each of `dates`, from the days before it alone."""
    as_of = F.explode(F.array(*[F.lit(day) for day in dates]).cast("array<date>")).alias("as_of")
    known = customer_days(transactions).select("*", as_of).where("day < as_of")
    totals = known.groupBy("customer", "as_of").agg(*_history(), *_windows())
    return totals.where("frequency > 0").select(
        "customer", "as_of", "first_purchase", "last_purchase",
        F.date_diff("last_purchase", "first_purchase").alias("recency"),
        "frequency",
        F.date_diff("as_of", "first_purchase").alias("T"),
        (F.col("value") / F.col("frequency")).alias("monetary_value"),
        F.date_diff("as_of", "last_purchase").alias("days_since_last_purchase"),
        *[name for days in WINDOWS for name in (f"purchase_count_{days}d", f"total_spend_{days}d")],
    )  # fmt: skip


def customer_days(transactions: DataFrame) -> DataFrame:
    """One row per customer and day: net value without shipping, and whether something was bought."""
    goods = transactions.where("customer is not null and kind != 'shipping'")
    bought = F.max(F.when(F.col("amount_eur") > 0, 1).otherwise(0))
    return goods.groupBy("customer", "day").agg(F.sum("amount_eur").alias("value"), bought.alias("bought"))


def _history() -> list[Column]:
    purchase_day = F.when(F.col("bought") == 1, F.col("day"))
    return [
        F.min(purchase_day).alias("first_purchase"),
        F.max(purchase_day).alias("last_purchase"),
        F.sum("bought").alias("frequency"),
        F.sum("value").alias("value"),
    ]


def _windows() -> list[Column]:
    age = F.date_diff("as_of", "day")
    return [
        one
        for days in WINDOWS
        for one in (
            F.sum(F.when(age <= days, F.col("bought")).otherwise(0)).alias(f"purchase_count_{days}d"),
            F.sum(F.when(age <= days, F.col("value")).otherwise(0.0)).alias(f"total_spend_{days}d"),
        )
    ]
