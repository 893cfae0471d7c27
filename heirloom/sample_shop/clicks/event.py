"""What an event is, before it is written down: one step of a session."""

import numpy as np

from heirloom.sample_shop.arrays import Ints, Records

EVENT = np.dtype(
    [
        ("session", np.int64),  # position among all sessions
        ("nth", np.int64),  # in the session, from 1
        ("type", np.int64),
        ("product", np.int64),
        ("quantity", np.int64),
        ("price", np.float64),  # in the visitor's currency; NaN: none
        ("detail", np.int64),  # which page is looked at, which words are searched for
        ("signed_in", np.bool_),
        ("occurred", np.int64),  # ms since the first midnight, UTC
        ("arrived", np.int64),
        ("copy", np.bool_),  # sent a second time
        ("broken", np.int64),  # how, or WHOLE
    ]
)
TYPES = (
    *("page_view", "product_view", "search", "add_to_cart", "remove_from_cart"),
    *("login", "checkout", "purchase"),
)
PAGE_VIEW, PRODUCT_VIEW, SEARCH, ADD, REMOVE, LOGIN, CHECKOUT, PURCHASE = range(len(TYPES))
NONE, WHOLE = -1, -1
MOST_STEPS = 1 << 20  # of a session


def numbers(events: Records) -> Ints:
    """One for each event of all sessions; a copy has that of its original."""
    return np.asarray(events["session"] * MOST_STEPS + events["nth"])
