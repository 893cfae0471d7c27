"""Chance, seeded: every trait draws from a stream of its own, so that a new trait changes no other."""

from collections.abc import Mapping
from zlib import crc32

import numpy as np

from heirloom.sample_shop.arrays import Flags, Ints


def chance(seed: int, *, of: str) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(of.encode())])


def picks(shares: Mapping[str, float], *, count: int, rng: np.random.Generator) -> Ints:
    """Positions among the shares' names, each as often as its share says."""
    return rng.choice(len(shares), size=count, p=list(shares.values()))


def marks(count: int, *, share: float, rng: np.random.Generator) -> Flags:
    """True on exactly the share of `count`, rounded, so that small shops have their blemishes too."""
    marked = np.zeros(count, dtype=np.bool_)
    marked[rng.choice(count, size=round(count * share), replace=False)] = True
    return marked
