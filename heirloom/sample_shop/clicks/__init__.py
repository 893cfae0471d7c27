"""What visitors do in the shop, event by event: generated from the trade, so that purchases are the shop's orders."""

from heirloom.sample_shop.clicks.faults import Faults
from heirloom.sample_shop.clicks.history import write
from heirloom.sample_shop.clicks.live import play
from heirloom.sample_shop.clicks.stream import Clicks, clicked

__all__ = ["Clicks", "Faults", "clicked", "play", "write"]
