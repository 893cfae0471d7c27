"""What the shop sells: goods, shipping and gift cards."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Floats
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.columns import PRICE, TEXT

SCHEMA = pa.schema([("stock_code", TEXT), ("description", TEXT), ("category", TEXT), ("unit_price", PRICE)])

COLOURS = ("RED", "BLUE", "GREEN", "IVORY", "BLACK", "ROSE", "YELLOW", "GREY")
MATERIALS = ("ENAMEL", "WOODEN", "GLASS", "LINEN", "PAPER")
THINGS = {
    "MUG": "kitchen",
    "BOWL": "kitchen",
    "CAKE STAND": "kitchen",
    "LANTERN": "decoration",
    "HEART": "decoration",
    "PICTURE FRAME": "decoration",
    "NOTEBOOK": "stationery",
    "GIFT TAGS": "stationery",
    "PLANT POT": "garden",
    "BIRD HOUSE": "garden",
    "SPINNING TOP": "toys",
    "STAR GARLAND": "seasonal",
}
FIRST_CODE = 20_001
MEDIAN_PRICE, PRICE_SPREAD, CHEAPEST, DEAREST = 3.5, 0.9, 0.4, 60.0  # EUR; spread of the logarithm
PRICE_STEP = 0.05
POPULARITY_SHAPE = 0.6

EXTRAS = pa.table(
    {
        "stock_code": ["POST", "GIFT25", "GIFT50", "GIFT100"],
        "description": ["POSTAGE", "GIFT CARD 25", "GIFT CARD 50", "GIFT CARD 100"],
        "category": ["shipping", "gift_card", "gift_card", "gift_card"],
        "unit_price": pa.array([4.95, 25.0, 50.0, 100.0]).cast(PRICE),
    },
    schema=SCHEMA,
)


@dataclass(frozen=True)
class Catalogue:
    """The products: goods from the cheapest to the dearest, then shipping and gift cards."""

    products: pa.Table
    popularity: Floats

    @property
    def goods(self) -> int:
        return len(self.popularity)

    @property
    def prices(self) -> Floats:
        return np.asarray(self.products["unit_price"].cast(pa.float64()))

    @property
    def shipping(self) -> int:
        return self.goods

    @property
    def gift_cards(self) -> range:
        return range(self.goods + 1, self.products.num_rows)


def catalogue(seed: int) -> Catalogue:
    goods = _goods(seed)
    popularity = chance(seed, of="product popularity").gamma(POPULARITY_SHAPE, size=goods.num_rows)
    return Catalogue(pa.concat_tables([goods, EXTRAS]), popularity)


def _goods(seed: int) -> pa.Table:
    rng = chance(seed, of="products")
    names = [(f"{c} {m} {t}", category) for t, category in THINGS.items() for c in COLOURS for m in MATERIALS]
    descriptions, categories = zip(*(names[position] for position in rng.permutation(len(names))), strict=True)
    codes = [str(FIRST_CODE + position) for position in rng.permutation(len(names))]
    prices = np.sort(_prices(len(names), rng=rng))
    return pa.table(
        [pa.array(codes), pa.array(descriptions), pa.array(categories), pa.array(prices).cast(PRICE)],
        schema=SCHEMA,
    )


def _prices(count: int, *, rng: np.random.Generator) -> Floats:
    drawn = MEDIAN_PRICE * np.exp(PRICE_SPREAD * rng.standard_normal(count))
    return np.asarray(np.round(np.clip(drawn, CHEAPEST, DEAREST) / PRICE_STEP) * PRICE_STEP)
