"""Which country an address is in, in the shop's made-up world: ranges that nobody on the internet has."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heirloom.sample_shop.arrays import Ints
from heirloom.sample_shop.columns import TEXT, Column, joined, labelled
from heirloom.sample_shop.customers import COUNTRIES

SCHEMA = pa.schema([("network", TEXT), ("country", TEXT)])

# 198.18.0.0/15 is for benchmarks (RFC 2544), 2001:db8::/32 for documentation (RFC 3849).
THIRDS, HOSTS = 32, 254
SIXTH = 8  # one visitor in so many has an address of version 6


def table() -> pa.Table:
    """The countries' networks; 198.19.0.0/16, from which the bots come, is in none."""
    fourth = [f"198.18.{THIRDS * number}.0/19" for number in range(len(COUNTRIES))]
    sixth = [f"2001:db8:{number:x}::/48" for number in range(len(COUNTRIES))]
    return pa.table([pa.array(fourth + sixth), pa.array([*COUNTRIES, *COUNTRIES])], schema=SCHEMA)


def addresses(country: Ints, *, hashed: Ints) -> Column:
    """An address in the country (-1: in none), the same for the same hash."""
    new = (country >= 0) & (hashed % SIXTH == 0)
    written: Column = pc.if_else(pa.array(new), _sixth(country, hashed >> 8), _fourth(country, hashed >> 8))
    return written


def _fourth(country: Ints, hashed: Ints) -> Column:
    octets = [str(number) for number in range(256)]
    third = np.where(country >= 0, country * THIRDS + hashed % THIRDS, hashed % 256)
    nets = labelled((country < 0).astype(np.int64), ["198.18", "198.19"])
    return joined(nets, labelled(third, octets), labelled(1 + (hashed >> 8) % HOSTS, octets), by=".")


def _sixth(country: Ints, hashed: Ints) -> Column:
    nets = labelled(country, [f"2001:db8:{number:x}::" for number in range(len(COUNTRIES))])
    digits = [f"{number:02x}" for number in range(256)]
    return joined(nets, labelled(hashed % 256, digits), labelled((hashed >> 8) % 256, digits), by="")
