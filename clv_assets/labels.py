"""What a customer turned out to be worth: known only when the horizon has passed."""

from collections.abc import Sequence
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clv_assets.features import customer_days


def labels_after(transactions: DataFrame, *, dates: Sequence[date], horizon_days: int) -> DataFrame:
    """Net revenue and whether something was bought in `[as_of, as_of + horizon_days)`, per customer who bought then."""
    as_of = F.explode(F.array(*[F.lit(day) for day in dates]).cast("array<date>")).alias("as_of")
    later = customer_days(transactions).select("*", as_of)
    within = later.where(f"day >= as_of and day < date_add(as_of, {horizon_days})")
    return within.groupBy("customer", "as_of").agg(
        F.greatest(F.sum("value"), F.lit(0.0)).alias("net_revenue"), (F.max("bought") == 1).alias("bought_again")
    )


def closed_dates(*, first: date, last: date, horizon_days: int, count: int) -> list[date]:
    """The newest as-of dates whose horizons lie one after another within the days seen, the newest first.

    A model trained on one of them and tested on the next has seen nothing of the test's future.
    """
    newest = last + timedelta(days=1)
    dates = [newest - timedelta(days=horizon_days * step) for step in range(1, count + 1)]
    return [day for day in dates if day > first]
