"""What visitors type into the shop's search: goods, now and then with a slip, or their own address or number."""

import numpy as np

from heirloom.sample_shop.arrays import Ints
from heirloom.sample_shop.names import FIRST_NAMES, LAST_NAMES
from heirloom.sample_shop.products import COLOURS, THINGS

_GOODS = tuple(thing.lower() for thing in THINGS)
_COLOURED = tuple(f"{colour.title()} {thing}" for colour in COLOURS[:4] for thing in _GOODS)
_SLIPS = tuple(thing[:2] + thing[3:] for thing in _GOODS)
_ODD = ("", "  ", "größe", 'mug "blue"', "50% off", "return policy", "<script>")
HARMLESS = (*_GOODS, *_COLOURED, *_SLIPS, *_ODD)
# example.com and these numbers reach nobody
_MAILS = tuple(f"{first}.{last}@example.com".lower() for first, last in zip(FIRST_NAMES, LAST_NAMES, strict=False))
_PHONES = ("+49 30 23125 017", "020 7946 0123", "+33199000456", "030/23125-088")
PERSONAL = (*(f"order for {mail}" for mail in _MAILS), *_PHONES)
WORDS = (*HARMLESS, *PERSONAL)
PERSONAL_SHARE = 0.02


def drawn(count: int, *, rng: np.random.Generator) -> Ints:
    """Positions among WORDS."""
    personal = rng.random(count) < PERSONAL_SHARE
    own = len(HARMLESS) + rng.integers(len(PERSONAL), size=count)
    return np.where(personal, own, rng.integers(len(HARMLESS), size=count))
