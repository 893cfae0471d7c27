"""What lies in the carts: for an order its goods, otherwise what is left behind."""

from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop.arrays import Flags, Floats, Ints, Records, ranks
from heirloom.sample_shop.clicks.session import NOTHING, PERSON
from heirloom.sample_shop.products import Catalogue
from heirloom.sample_shop.trade import Trade

CART_BASE, CART_BY_INTENT = -1.6, 0.8  # log odds of a cart that is left behind
MORE_LEFT = 1.0  # goods beyond the first, on average


@dataclass(frozen=True)
class Goods:
    """Which session puts how many of which product into its cart."""

    session: Ints
    product: Ints
    quantity: Ints


@dataclass(frozen=True)
class Orders:
    """The goods of every document, each line once, shipping left out."""

    lines: Records

    @classmethod
    def of(cls, trade: Trade) -> "Orders":
        lines = trade.books.lines
        again = np.diff(lines["document"], prepend=-1) == 0
        again &= np.diff(lines["line"], prepend=-1) == 0
        return cls(lines[~again & (lines["product"] != trade.price_list.catalogue.shipping)])

    def bought(self, sessions: Records) -> Goods:
        buyers = np.flatnonzero(sessions["document"] != NOTHING)
        documents = sessions["document"][buyers]
        first, last = (np.searchsorted(self.lines["document"], documents, side=side) for side in ("left", "right"))
        line = np.repeat(first, last - first) + ranks(last - first) - 1
        lines = self.lines[line]
        return Goods(np.repeat(buyers, last - first), lines["product"], np.maximum(lines["quantity"], 1))


def abandoning(sessions: Records) -> Floats:
    """How likely a session that buys nothing fills a cart all the same."""
    people = sessions["bot"] == PERSON
    return np.where(people, 1 / (1 + np.exp(-CART_BASE - CART_BY_INTENT * sessions["intent"])), 0.0)


def left(abandoned: Flags, *, catalogue: Catalogue, rng: np.random.Generator) -> Goods:
    owners = np.flatnonzero(abandoned)
    session = np.repeat(owners, 1 + rng.poisson(MORE_LEFT, size=len(owners)))
    return Goods(session, wished(len(session), catalogue=catalogue, rng=rng), 1 + rng.poisson(1.0, size=len(session)))


def wished(count: int, *, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    """Popular goods are looked at more often."""
    reach = np.cumsum(catalogue.popularity)
    return np.asarray(
        np.minimum(np.searchsorted(reach, rng.random(count) * reach[-1], side="right"), catalogue.goods - 1)
    )
