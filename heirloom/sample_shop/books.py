"""The shop's books as arrays: documents (invoices and cancellations) and their lines."""

from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records, ranks
from heirloom.sample_shop.seasons import TradingTime

DOCUMENT = np.dtype([("minute", np.int64), ("customer", np.int64), ("country", np.int64), ("cancels", np.bool_)])
LINE = np.dtype(
    [
        ("document", np.int64),
        ("line", np.int64),
        ("product", np.int64),
        ("quantity", np.int64),
        ("price", np.float64),  # in the document's currency
    ]
)


@dataclass(frozen=True)
class Books:
    """Every line's document is a position among the documents."""

    documents: Records
    lines: Records

    def __add__(self, later: "Books") -> "Books":
        moved = later.lines.copy()
        moved["document"] += len(self.documents)
        return Books(np.concatenate([self.documents, later.documents]), np.concatenate([self.lines, moved]))

    @property
    def values(self) -> Floats:
        amounts = self.lines["quantity"] * self.lines["price"]
        return np.asarray(np.bincount(self.lines["document"], amounts, minlength=len(self.documents)), np.float64)


def invoiced(purchases: Records, *, trading: TradingTime) -> Records:
    """One document a purchase."""
    documents = np.zeros(len(purchases), dtype=DOCUMENT)
    documents["minute"] = trading.minutes(purchases["moment"])
    documents["customer"], documents["country"] = purchases["customer"], purchases["country"]
    return documents


def itemised(document: Ints, *, product: Ints, quantity: Ints, price: Floats) -> Records:
    """Lines in order of their documents, numbered from 1 in each."""
    order = np.argsort(document, kind="stable")
    lines = np.empty(len(document), dtype=LINE)
    lines["document"], lines["product"] = document[order], product[order]
    lines["quantity"], lines["price"] = quantity[order], price[order]
    lines["line"] = ranks(np.bincount(document))
    return lines
