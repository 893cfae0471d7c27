"""What no shop can know of its clicks: how likely each session was to buy, and what is wrong with each line."""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.clicks.bots import KINDS
from heirloom.sample_shop.clicks.carts import abandoning
from heirloom.sample_shop.clicks.event import WHOLE, numbers
from heirloom.sample_shop.clicks.faults import BREAKS, LATE
from heirloom.sample_shop.clicks.hashes import hexadecimal, mixed
from heirloom.sample_shop.clicks.session import NOTHING
from heirloom.sample_shop.clicks.stream import Clicks
from heirloom.sample_shop.columns import FLAG, MOMENT, NUMBER, TEXT, Column, labelled, moments
from heirloom.sample_shop.customers import customer_ids
from heirloom.sample_shop.orders import FIRST_INVOICE

SESSION: pa.DataType = pa.int64()
SESSIONS = pa.schema(
    [
        ("session", SESSION),
        ("visitor_id", TEXT),
        ("customer_id", TEXT),  # whoever it is, signed in or not
        ("probability", NUMBER),  # of a purchase, when the session begins
        ("probability_with_cart", NUMBER),  # once something lies in the cart
        ("invoice", TEXT),  # what is bought
        ("bot", TEXT),  # its kind
    ]
)
EVENTS = pa.schema(
    [
        ("event_id", TEXT),
        ("session", SESSION),
        ("occurred_at", MOMENT),
        ("arrived_at", MOMENT),
        ("late", FLAG),  # ten minutes and more on the way
        ("duplicate", FLAG),  # the second of two
        ("broken", TEXT),  # how
    ]
)


def sessions(clicks: Clicks) -> pa.Table:
    drawn, seed = clicks.sessions, clicks.trade.seed
    invoice = pa.array(FIRST_INVOICE + drawn["document"], mask=drawn["document"] == NOTHING).cast(TEXT)
    return pa.table(
        [
            pa.array(np.arange(len(drawn))),
            hexadecimal(mixed(drawn["visitor"], seed=seed, of="visitor id")),
            labelled(drawn["customer"], customer_ids(len(clicks.trade.customers))),
            pa.array(drawn["probability"]),
            pa.array(_with_cart(drawn)),
            invoice,
            labelled(drawn["bot"], KINDS),
        ],
        schema=SESSIONS,
    )


def events(drawn: Records, *, clicks: Clicks) -> pa.Table:
    """One row a line, in the lines' order."""
    return pa.table(
        [
            hexadecimal(mixed(numbers(drawn), seed=clicks.trade.seed, of="event id")),
            pa.array(drawn["session"]),
            _times(drawn["occurred"], clicks=clicks),
            _times(drawn["arrived"], clicks=clicks),
            pa.array(drawn["arrived"] - drawn["occurred"] >= LATE),
            pa.array(drawn["copy"]),
            labelled(np.where(drawn["broken"] == WHOLE, -1, drawn["broken"]), BREAKS),
        ],
        schema=EVENTS,
    )


def _with_cart(drawn: Records) -> Floats:
    """Who buys always fills a cart, others with a known probability: Bayes' rule says the rest."""
    buys = drawn["probability"]
    fills = buys + (1 - buys) * abandoning(drawn)
    return np.asarray(np.divide(buys, fills, out=np.zeros_like(buys), where=fills > 0))


def _times(ms: Ints, *, clicks: Clicks) -> Column:
    return moments(np.datetime64(clicks.trade.trading.start, "ms") + ms)
