"""Names that stand for persons: a keyed HMAC-SHA256 of the source's identifier, the same in Spark and in Python.

Without the key nobody gets from a pseudonym to a person by trying identifiers; with it, erasure finds a person's rows.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    from pyspark.sql import Column

_BLOCK = 64


@dataclass(frozen=True)
class Pseudonyms:
    """The key, and what it makes of an identifier."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < 16:  # noqa: PLR2004
            raise LakehouseError(
                f"a pseudonym key of {len(self.key)} bytes can be guessed: give at least 16 (HEIRLOOM_PSEUDONYM_KEY)"
            )

    def of(self, identifier: str) -> str:
        return hmac.new(self.key, identifier.encode(), hashlib.sha256).hexdigest()[:32]

    def column(self, identifier: "Column") -> "Column":
        """HMAC spelled in Spark's own functions (RFC 2104), so that no row leaves the JVM."""
        from pyspark.sql import functions as F  # noqa: N812

        key = hashlib.sha256(self.key).digest() if len(self.key) > _BLOCK else self.key
        inner, outer = (bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")) for pad in (0x36, 0x5C))
        text = identifier.cast("string").cast("binary")
        digest = F.sha2(F.concat(F.lit(inner), text), 256)
        return F.substring(F.sha2(F.concat(F.lit(outer), F.unhex(digest)), 256), 1, 32)
