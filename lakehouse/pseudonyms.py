"""Names that stand for persons: a keyed HMAC-SHA256 of the source's identifier, the same in Spark and in Python.

Without the key nobody gets from a pseudonym to a person by trying identifiers; with it, erasure finds a person's rows.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

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

    def column(self, frame: "DataFrame", identifier: str) -> "Column":
        """HMAC spelled in Spark's own functions (RFC 2104), so that no row leaves the JVM.

        Spark writes a plan with its literals into every message about a misspelt column. So the key stands in two
        functions of the session, and plans name them.
        """
        from pyspark.sql import functions as F  # noqa: N812

        session = frame.sparkSession
        inner, outer = (self._padded(session, name, pad) for name, pad in (("inner", 0x36), ("outer", 0x5C)))
        digest = F.sha2(F.concat(inner, F.col(identifier).cast("string").cast("binary")), 256)
        return F.substring(F.sha2(F.concat(outer, F.unhex(digest)), 256), 1, 32)

    def _padded(self, session: "SparkSession", name: str, pad: int) -> "Column":
        from pyspark.sql import functions as F  # noqa: N812

        key = hashlib.sha256(self.key).digest() if len(self.key) > _BLOCK else self.key
        function, padded = f"pseudonym_{name}", bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")).hex()
        made = f"create or replace temporary function {function}() returns binary return X'{padded}'"
        try:
            session.sql(made)
        except Exception:  # noqa: BLE001
            raise LakehouseError(f"Spark does not take the function {function}: pseudonyms cannot be made") from None
        return F.call_function(function)
