"""What opened, changed and closed between two recordings of the same kind of row."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Content = dict[str, Any]
_KEY = ("asset", "risk", "origin", "origin_column", "column")


def identified(row: Content) -> Content:
    """The row with its id, the same for the same risk in every run, and the fingerprint of all that it says."""
    # A column that is new and empty changes nothing.
    said = [pair for pair in row.items() if pair[1] is not None]
    row["id"], row["fingerprint"] = _digest([row.get(name) for name in _KEY]), _digest(said)
    return row


def compared(now: Sequence[Content], before: Iterable[tuple[str, str]]) -> tuple[list[Content], Counter[str]]:
    """The rows, each with its change, and the fingerprints that closed; `before` are (id, fingerprint) pairs.

    Several findings may share an id: those that are as they were are held, the others are paired off as changed.
    """
    gone: dict[str, Counter[str]] = defaultdict(Counter)
    for id_, fingerprint in before:
        gone[id_][fingerprint] += 1
    held = [_taken(gone[row["id"]], row["fingerprint"]) for row in now]
    changed = [not same and _taken_any(gone[row["id"]]) for row, same in zip(now, held, strict=True)]
    for row, same, other in zip(now, held, changed, strict=True):
        row["change"] = "held" if same else "changed" if other else "opened"
    return list(now), sum(gone.values(), Counter())


def closed(fingerprints: Counter[str], fetch: Callable[[], Iterable[Content]]) -> list[Content]:
    """The rows that closed, as they were; they are fetched only if there are any."""
    if not fingerprints:
        return []
    left = Counter(fingerprints)
    return [{**row, "change": "closed"} for row in fetch() if _taken(left, row["fingerprint"])]


def _taken(counter: Counter[str], one: str) -> bool:
    if counter[one] <= 0:
        return False
    counter[one] -= 1
    return True


def _taken_any(counter: Counter[str]) -> bool:
    return _taken(counter, min(+counter, default=""))


def _digest(value: object) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=8).hexdigest()
