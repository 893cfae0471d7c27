"""What models learn from, and the models: the same features as are scored, at earlier dates, with what came after."""

from datetime import date

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clv_assets.features import features_as_of
from clv_assets.forms import model, training_table
from clv_assets.labels import closed_dates, labels_after
from clv_assets.models.value import FEATURES, ValueModel
from governance.risk import carries


class Horizon(dg.Config):
    """How far ahead value is measured, and at how many dates."""

    horizon_days: int = 180
    dates: int = 2


@carries(
    "model.selection_bias",
    note="Who never came back before the first date is not in it; a young shop has few long histories.",
    severity="low",
    owner="team:clv",
)
@training_table()
def training_set(config: Horizon, transactions: DataFrame) -> DataFrame:
    """One row per customer and as-of date whose horizon has passed: the features then, and what was bought after.

    The newest date is the `test` part; the dates before it, whose horizons end by then, are the `train` part.
    """
    seen = transactions.agg(F.min("day"), F.max("day")).first()
    first, last = seen if seen and seen[0] else (date(1970, 1, 1), date(1970, 1, 1))
    dates = closed_dates(first=first, last=last, horizon_days=config.horizon_days, count=config.dates)
    return labelled(transactions, dates=dates, horizon_days=config.horizon_days)


def labelled(transactions: DataFrame, *, dates: list[date], horizon_days: int) -> DataFrame:
    """Features at each date with the labels after it; who bought nothing is worth nothing."""
    labels = labels_after(transactions, dates=dates, horizon_days=horizon_days)
    part = F.when(F.col("as_of") == F.lit(max(dates, default=date(1970, 1, 1))), "test").otherwise("train")
    return (
        features_as_of(transactions, dates=dates)
        .join(labels, ["customer", "as_of"], "left")
        .fillna({"net_revenue": 0.0, "bought_again": False})
        .select("*", F.lit(horizon_days).alias("horizon_days"), part.alias("part"))
    )


@carries(
    "model.assumed_stationarity",
    note="BG/NBD takes every customer to buy at a steady rate until leaving for good: seasons are averaged.",
    severity="medium",
    owner="team:clv",
)
@model()
def value_model(training_set: pa.Table) -> ValueModel:
    """The newest value model: BG/NBD and Gamma-Gamma, fitted on the newest training date."""
    return fitted(training_set)


def fitted(training_set: pa.Table) -> ValueModel:
    """The model of the newest date of the `train` part."""
    train = training_set.filter(pc.field("part") == "train")
    if not train.num_rows:
        raise ValueError(
            "the training set has no row in its train part: the shop is younger than two horizons, or has no orders: "
            "materialise more days of clv/transactions, or shorten the horizon (horizon_days of clv/training_set)"
        )
    newest = train.filter(pc.field("as_of") == pc.max(train["as_of"]))
    frequency, recency, age, monetary_value = (newest[name].to_numpy() for name in FEATURES)
    horizon_days = float(newest["horizon_days"][0].as_py())
    return ValueModel.fit(frequency, recency, age, monetary_value, horizon_days=horizon_days)
