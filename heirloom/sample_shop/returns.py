"""What comes back some days after the invoice: whole orders, lines or parts of lines."""

import numpy as np

from heirloom.sample_shop.arrays import Flags, Ints, Records
from heirloom.sample_shop.books import Books, itemised
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.seasons import MINUTES_A_DAY, TradingTime, minutes_of_day

CANCELLED_SHARE = 0.05  # of the documents
WHOLE_SHARE, LINE_SHARE, PART_SHARE = 0.3, 0.35, 0.2
DAYS_BACK = 9.0


def cancellations(sold: Books, *, sound: Flags, trading: TradingTime, seed: int) -> Books:
    """One document for each that is cancelled within the shop's days; only sound lines come back."""
    rng = chance(seed, of="returns")
    back = _documents_back(sold.documents, rng=rng)
    in_time = back["minute"] < trading.days * MINUTES_A_DAY
    cancelled = in_time & (rng.random(len(back)) < CANCELLED_SHARE)
    whole = rng.random(len(back)) < WHOLE_SHARE
    document = sold.lines["document"]
    wanted = whole[document] | (rng.random(len(document)) < LINE_SHARE)
    lines = sold.lines[sound & cancelled[document] & wanted]
    origins, position = np.unique(lines["document"], return_inverse=True)
    quantity = -_quantities_back(lines["quantity"], rng=rng)
    returned = itemised(position, product=lines["product"], quantity=quantity, price=lines["price"])
    return Books(back[origins], returned)


def _documents_back(documents: Records, *, rng: np.random.Generator) -> Records:
    """What each document's cancellation would be."""
    back = documents.copy()
    day = documents["minute"] // MINUTES_A_DAY + rng.geometric(1 / DAYS_BACK, size=len(documents))
    back["minute"] = day * MINUTES_A_DAY + minutes_of_day(rng.random(len(documents)))
    back["cancels"] = True
    return back


def _quantities_back(quantities: Ints, *, rng: np.random.Generator) -> Ints:
    part = rng.random(len(quantities)) < PART_SHARE
    parts = 1 + (rng.random(len(quantities)) * quantities).astype(np.int64)
    return np.where(part, np.minimum(parts, quantities), quantities)
