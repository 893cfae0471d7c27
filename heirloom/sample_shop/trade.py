"""What was traded, as arrays: from it come the shop's tables, its campaigns and its clicks."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from heirloom.sample_shop import customers, orders, products, purchases, rates
from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.books import Books
from heirloom.sample_shop.prices import PriceList
from heirloom.sample_shop.seasons import TradingTime


@dataclass(frozen=True)
class Trade:
    """One shop, before anything is written down."""

    trading: TradingTime
    customers: Records
    dropouts: Floats  # trading time; NaN while active
    price_list: PriceList
    books: Books
    seed: int

    @property
    def sales(self) -> Ints:
        """The documents that are no cancellations, in order of time."""
        return np.flatnonzero(~self.books.documents["cancels"])

    @property
    def active_until(self) -> Floats:
        """Trading time."""
        return np.where(np.isnan(self.dropouts), self.trading.length, self.dropouts)


def traded(*, count: int, days: int, seed: int, start: date) -> Trade:
    trading = TradingTime(start, days)
    buyers = customers.drawn(count, trading=trading, seed=seed)
    made = purchases.made(buyers, trading=trading, seed=seed)
    price_list = PriceList(products.catalogue(seed), rates.walked(trading, seed=seed))
    books = orders.booked(made, buyers, price_list=price_list, trading=trading, seed=seed)
    return Trade(trading, buyers, purchases.dropouts(made, count=count), price_list, books, seed)
