"""The chain of issued certificates: every entry holds the hash of the one before, and the table where the chain ends.

Whoever alters an issued file, an entry, or takes one out, is found out by it. Whoever can write the whole lake anew
can also write a new chain: what stands against that are the files in other people's hands, each of which names the
hash of the entry before it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.evidence.errors import EvidenceError
from governance.evidence.ledger import Ledger, arrow
from governance.evidence.tables import CERTIFICATES, NAMESPACE
from lakehouse.errors import LakeUnavailable
from lakehouse.lake import NAME

Document = Mapping[str, Any]
CHAIN = "chain"
_HEAD = "heirloom.certificates.head"
_BEGINNING = "0" * 64
_TRIES = 50
_HASHED = ("sequence", "issued", "env", "asset", "partition", "run_id", "sha256", "page_sha256", "document", "previous")


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate with its place in the chain, and its page."""

    document: Document
    page: str


def canonical(value: object) -> str:
    """The one way in which a value is written before it is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def issue(document: Document, *, ledger: Ledger, page: Callable[[Document], str]) -> Issued:
    """Put a certificate at the end of the chain. Of two issuers at once one takes the place after the other."""
    from pyiceberg.exceptions import CommitFailedException

    with ledger.reaching(CERTIFICATES, "no certificate was issued, running again is safe"):
        for _ in range(_TRIES):
            table = ledger.writable(CERTIFICATES)
            sequence, previous = _head(table.properties)
            place = {"sequence": sequence + 1, "previous": previous, "sha256": sha256(canonical(document))}
            issued = {**document, CHAIN: place}
            html = page(issued)
            row = _row(issued, html)
            try:
                # One commit: an entry without its head, or a head without its entry, would be a broken chain.
                with table.transaction() as change:
                    change.append(arrow([row], table))
                    change.set_properties({_HEAD: f"{row['sequence']}:{row['hash']}"})
            except CommitFailedException:
                continue
            return Issued(document=issued, page=html)
    raise LakeUnavailable(f"{NAME}.{NAMESPACE}.{CERTIFICATES} is changed by too many issuers at once: run again")


def entries(ledger: Ledger) -> list[dict[str, Any]]:
    """The chain as it stands, in its order."""
    return sorted(ledger.rows(CERTIFICATES), key=lambda row: (row["sequence"], row["hash"]))


def breaks(ledger: Ledger, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Where the chain is not what it was, in words."""
    expected, previous = 1, _BEGINNING
    for row in rows:
        number = row["sequence"]
        if number < expected:
            yield f"entry {number} is there twice"
            continue
        if number > expected:
            missing = f"entry {expected} is" if number == expected + 1 else f"entries {expected} to {number - 1} are"
            yield f"{missing} missing"
        elif row["previous"] != previous:
            yield f"entry {number} does not follow entry {number - 1}"
        if row["hash"] != _hash(row):
            yield f"entry {number} was altered"
        expected, previous = number + 1, row["hash"]
    ends, head = _head(ledger.properties(CERTIFICATES))
    if ends >= expected:
        yield f"entry {expected} is missing" if ends == expected else f"entries {expected} to {ends} are missing"
    elif (ends, head) != (expected - 1, previous):
        yield f"the chain ends at entry {expected - 1}, which the table does not know as its end"


def _head(properties: Mapping[str, str]) -> tuple[int, str]:
    sequence, _, head = properties.get(_HEAD, f"0:{_BEGINNING}").partition(":")
    if not sequence.isdigit():
        raise EvidenceError(f"{NAME}.{NAMESPACE}.{CERTIFICATES} has lost the end of its chain: {_HEAD} is unreadable")
    return int(sequence), head


def _row(issued: Document, page: str) -> dict[str, Any]:
    place = issued[CHAIN]
    row = {
        **place,
        "issued": datetime.fromisoformat(issued["issued"]),
        "env": issued["env"],
        "asset": issued["asset"]["key"],
        "partition": issued["asset"]["partition"],
        "run_id": issued["materialisation"]["run"],
        "page_sha256": sha256(page),
        # A quoted row stays with whom it was issued to: the chain keeps its hash alone, and can be kept for ever.
        "document": canonical({name: value for name, value in issued.items() if name not in (CHAIN, "row")}),
    }
    return {**row, "hash": _hash(row)}


def _hash(row: Mapping[str, Any]) -> str:
    issued = row["issued"]
    moment = issued.isoformat(timespec="microseconds") if isinstance(issued, datetime) else issued
    return sha256(canonical({**{name: row[name] for name in _HASHED}, "issued": moment}))
