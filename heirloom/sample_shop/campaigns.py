"""The table of campaigns, as the mailing system holds it, and apart from it what each mail truly brought."""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Records
from heirloom.sample_shop.columns import FLAG, MOMENT, NUMBER, TEXT, Column, labelled, moments
from heirloom.sample_shop.customers import customer_ids
from heirloom.sample_shop.mailings import AUDIENCES, OFFERS
from heirloom.sample_shop.seasons import MINUTES_A_DAY, OPENS, TradingTime

OUTCOMES = ("sent", "opened", "clicked", "unsubscribed", "bought")
SCHEMA = pa.schema(
    [
        ("campaign", TEXT),
        ("audience", TEXT),
        ("arm", TEXT),
        ("offer", TEXT),  # none in the control arm
        ("customer_id", TEXT),
        ("probability", NUMBER),  # of the treated arm, when the arm was drawn
        ("assigned_at", MOMENT),
        *((outcome, FLAG) for outcome in OUTCOMES),
    ]
)
UPLIFT_SCHEMA = pa.schema(
    [("campaign", TEXT), ("customer_id", TEXT), ("probability_untreated", NUMBER), ("uplift", NUMBER)]
)
ARMS = ("control", "treated")


def table(members: Records, *, customers: int, trading: TradingTime) -> pa.Table:
    treated = members["treated"]
    return pa.table(
        [
            _names(members, trading=trading),
            labelled(members["audience"], AUDIENCES),
            labelled(treated.astype(np.int64), ARMS),
            labelled(np.where(treated, members["offer"], -1), OFFERS),
            labelled(members["customer"], customer_ids(customers)),
            pa.array(members["probability"]),
            moments(trading.times(members["day"] * MINUTES_A_DAY + OPENS)),
            *(pa.array(members[outcome]) for outcome in OUTCOMES),
        ],
        schema=SCHEMA,
    )


def uplift(members: Records, *, customers: int, trading: TradingTime) -> pa.Table:
    """What no mailing system can know: how likely each would buy without the mail, and how much likelier with it."""
    return pa.table(
        [
            _names(members, trading=trading),
            labelled(members["customer"], customer_ids(customers)),
            pa.array(members["untreated"]),
            pa.array(members["uplift"]),
        ],
        schema=UPLIFT_SCHEMA,
    )


def _names(members: Records, *, trading: TradingTime) -> Column:
    """A campaign is called after its day."""
    days = trading.dates[members["day"]].astype("datetime64[D]")
    return pa.array([f"mail-{day}" for day in days.astype(str)], TEXT)
