"""What a product costs where and when: the catalogue's EUR prices at the day's rates."""

from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.products import Catalogue
from heirloom.sample_shop.rates import COUNTRY_CURRENCY
from heirloom.sample_shop.seasons import MINUTES_A_DAY

CENT = 0.01


@dataclass(frozen=True)
class PriceList:
    """Goods follow the rates; shipping and gift cards cost the same number in any currency."""

    catalogue: Catalogue
    rates: Floats  # one row a day, one column a currency

    def prices(self, product: Ints, *, documents: Records) -> Floats:
        rate = self.rates[documents["minute"] // MINUTES_A_DAY, COUNTRY_CURRENCY[documents["country"]]]
        price = self.catalogue.prices[product] / np.where(product < self.catalogue.goods, rate, 1.0)
        return np.maximum(np.round(price, 2), CENT)
