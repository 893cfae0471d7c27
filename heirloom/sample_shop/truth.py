"""What no shop can know: the traits each customer was drawn with, and when one dropped out."""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Floats, Records
from heirloom.sample_shop.columns import MOMENT, NUMBER, TEXT, Column, moments
from heirloom.sample_shop.customers import customer_ids
from heirloom.sample_shop.seasons import TradingTime

SCHEMA = pa.schema(
    [
        ("customer_id", TEXT),
        ("rate", NUMBER),
        ("dropout_probability", NUMBER),
        ("mean_spend", NUMBER),
        ("joined_at", MOMENT),
        ("dropped_out_at", MOMENT),
    ]
)


def table(customers: Records, *, dropouts: Floats, trading: TradingTime) -> pa.Table:
    return pa.table(
        [
            customer_ids(len(customers)),
            pa.array(customers["rate"]),
            pa.array(customers["dropout_probability"]),
            pa.array(customers["mean_spend"]),
            moments(trading.times(trading.minutes(customers["joined"]))),
            _dropped_out_at(dropouts, trading=trading),
        ],
        schema=SCHEMA,
    )


def _dropped_out_at(dropouts: Floats, *, trading: TradingTime) -> Column:
    active = np.isnan(dropouts)
    times = trading.times(trading.minutes(np.where(active, 0.0, dropouts)))
    return moments(np.where(active, np.datetime64("NaT"), times))
