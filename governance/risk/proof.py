"""What an asset check says of the version that is there now, as far as inheritance needs to know it."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Literal

# claim: no proof is named, or nothing was asked yet. proven: the newest evaluation passed, and is of the version
# there now. broken: the newest evaluation failed. stale: it passed for an older version, or there is none.
Evidence = Literal["claim", "proven", "broken", "stale"]
Measured = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Proof:
    """One of the four words, what the check said, and which numbers it left; `pending` are runs yet to evaluate it."""

    word: Evidence
    _: KW_ONLY
    said: str = ""
    measured: Measured = ()
    pending: frozenset[str] = frozenset()


Holds = Callable[[str], Proof]
