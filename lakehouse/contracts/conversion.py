"""Whether a cast kept the value: what became NULL, came out as another number or lost its time of day did not."""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts import types

# Casts between doubles and these types saturate: the edge comes back as if it had been kept.
_EDGE = {"bigint": 2.0**63, "int": 2.0**31}


def altered(raw: Column, cast: Column, *, actual: str, wanted: str) -> Column:
    """Whether `raw`, a column of type `actual`, is another value in its cast to `wanted`; never NULL."""
    lost = raw.isNotNull() & cast.isNull()
    kept = _text_kept(raw, cast, wanted) if actual == "string" else _number_kept(raw, cast, actual, wanted)
    return lost | (cast.isNotNull() & ~F.coalesce(kept, F.lit(False)))  # noqa: FBT003


def _number_kept(raw: Column, cast: Column, actual: str, wanted: str) -> Column:
    kept = cast.try_cast(actual) == raw
    for one, other, floating in ((actual, wanted, cast), (wanted, actual, raw)):
        if one in _EDGE and other in types.FLOATING:
            kept &= floating < _EDGE[one]
    return kept


def _text_kept(raw: Column, cast: Column, wanted: str) -> Column:
    if types.is_decimal(wanted):
        return raw.try_cast(f"decimal(38,{38 - types.digits(wanted)})") == cast
    if wanted == "date":
        return raw.try_cast("timestamp") == cast.cast("timestamp")
    if wanted == "timestamp":
        return raw.try_cast("date").isNotNull()
    if wanted == "timestamp_ntz":
        return raw.try_cast("date").isNotNull() & (raw.try_cast("timestamp") == cast.cast("timestamp"))
    return F.lit(True)  # noqa: FBT003
