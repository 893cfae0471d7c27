"""What lies in a basket: goods worth the purchase's value, here and there a gift card, and shipping."""

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.books import itemised
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.prices import PriceList
from heirloom.sample_shop.products import Catalogue

LINE_VALUE, MOST_LINES = 8.0, 60  # EUR of goods a line
SHARE_SHAPE = 2.0
GIFT_CARD_SHARE = 0.015
FREE_SHIPPING = 40.0  # EUR of goods


def filled(purchases: Records, documents: Records, *, price_list: PriceList, seed: int) -> Records:
    """The lines of one document a purchase."""
    catalogue = price_list.catalogue
    purchase, product, quantity = _goods(purchases, catalogue=catalogue, seed=seed)
    gift, card = _gift_cards(len(purchases), catalogue=catalogue, seed=seed)
    shipped = np.flatnonzero(purchases["value"] < FREE_SHIPPING)
    extras = np.concatenate([card, np.full(len(shipped), catalogue.shipping)])
    document = np.concatenate([purchase, gift, shipped])
    products = np.concatenate([product, extras])
    quantities = np.concatenate([quantity, np.ones_like(extras)])
    prices = price_list.prices(products, documents=documents[document])
    return itemised(document, product=products, quantity=quantities, price=prices)


def _goods(purchases: Records, *, catalogue: Catalogue, seed: int) -> tuple[Ints, Ints, Ints]:
    """Purchase, product and quantity of every line; on average the lines are worth the purchase's value."""
    rng = chance(seed, of="baskets")
    counts = np.minimum(1 + rng.poisson(purchases["value"] / LINE_VALUE), MOST_LINES)
    purchase = np.repeat(np.arange(len(purchases)), counts)
    weight = rng.gamma(SHARE_SHAPE, size=len(purchase))
    whole = np.bincount(purchase, weight, minlength=len(purchases))
    worth = purchases["value"][purchase] * weight / whole[purchase]
    product = _affordable(worth, catalogue=catalogue, rng=rng)
    units = worth / catalogue.prices[product]
    quantity = np.maximum((units + rng.random(len(units))).astype(np.int64), 1)
    return purchase, product, quantity


def _affordable(worth: Floats, *, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    """A popular product that costs no more than the line is worth (or the cheapest there is)."""
    reach = np.cumsum(catalogue.popularity)
    prices = catalogue.prices[: catalogue.goods]
    dearest = np.maximum(np.searchsorted(prices, worth, side="right") - 1, 0)
    wish = rng.random(len(worth)) * reach[dearest]
    return np.minimum(np.searchsorted(reach, wish, side="right"), dearest)


def _gift_cards(purchases: int, *, catalogue: Catalogue, seed: int) -> tuple[Ints, Ints]:
    rng = chance(seed, of="gift cards")
    gift = np.flatnonzero(rng.random(purchases) < GIFT_CARD_SHARE)
    return gift, rng.choice(np.array(catalogue.gift_cards), size=len(gift))
