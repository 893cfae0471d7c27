"""Where in the shop a visitor is: the pages, and the addresses that events name."""

from collections.abc import Iterable
from urllib.parse import quote_plus

import numpy as np

from heirloom.sample_shop.arrays import Ints
from heirloom.sample_shop.products import THINGS

SHOP = "https://shop.example"
PAGES = (
    "/",
    "/new",
    "/Sale",
    *(f"/{category}" for category in sorted(set(THINGS.values()))),
    "/about-us",
    "/account?email=alba.bellerive.17%40example.com",  # as no shop should
    "/thank-you",
)
ACCOUNT, THANKS = len(PAGES) - 2, len(PAGES) - 1
SHARES = np.array([6.0, *([1.0] * (len(PAGES) - 3)), 0.05, 0.0])
ENDS = ("/login", "/checkout", "/checkout/complete")


def drawn(count: int, *, rng: np.random.Generator) -> Ints:
    """Positions among PAGES; nobody is thanked for nothing."""
    return rng.choice(len(PAGES), size=count, p=SHARES / SHARES.sum())


def of_goods(stock_codes: Iterable[str]) -> list[str]:
    return [f"/p/{code}" for code in stock_codes]


def of_searches(words: Iterable[str]) -> list[str]:
    return [f"/search?q={quote_plus(text)}" for text in words]
