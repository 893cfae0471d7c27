"""What customers are expected to be worth, for those who spend money by it."""

from datetime import date
from typing import Any

import dagster as dg
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clv_assets.forms import of_its_week, scores_weekly
from clv_assets.models.value import FEATURES, ValueModel
from governance.risk import assessed


@assessed()
@scores_weekly(
    ins={
        "customer_features": dg.AssetIn(partition_mapping=of_its_week),
    }
)
def customer_scores(
    context: dg.AssetExecutionContext, customer_features: DataFrame, value_champion: ValueModel
) -> pa.Table:
    """One row per customer and Monday: expected net revenue over the horizon, chance to buy again, tier."""
    mondays = [date.fromisoformat(key) for key in context.partition_keys]
    return scored(customer_features.where(F.col("as_of").isin(mondays)).toArrow(), value_champion)


def scored(features: pa.Table, model: ValueModel) -> pa.Table:
    """The scores of a table of features, one row each."""
    frequency, recency, age, monetary_value = (features[name].to_numpy() for name in FEATURES)
    value = model.value(frequency, recency, age, monetary_value)
    columns: dict[str, Any] = {
        "customer": features["customer"],
        "as_of": features["as_of"],
        "value": value,
        "p_buy_again": model.p_buy_again(frequency, recency, age),
        "tier": model.tiers.assign(value).tolist(),
        "horizon_days": pa.array([int(model.horizon_days)] * features.num_rows, pa.int32()),
    }
    return pa.table(columns)
