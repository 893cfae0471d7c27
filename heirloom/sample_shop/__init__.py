"""A made-up shop to run on: generated from a seed, written where the platform reads, the truth kept apart."""

from heirloom.sample_shop.database import write
from heirloom.sample_shop.errors import ShopError
from heirloom.sample_shop.shop import Shop, describe, generate

__all__ = ["Shop", "ShopError", "describe", "generate", "write"]
