"""Whether a certificate in somebody's hands is what was issued: valid, altered, unknown, or the chain is broken."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from governance.evidence import chain
from governance.evidence.chain import CHAIN, canonical, sha256
from governance.evidence.ledger import Ledger

Word = Literal["valid", "altered", "unknown", "broken"]
_EMBEDDED = re.compile(r'<script type="application/json" id="certificate">(.*?)</script>', re.DOTALL)
_NAMED = 5


@dataclass(frozen=True)
class Verified:
    """The word, and why."""

    word: Word
    why: str


class _Twice(ValueError):
    """A key that stands in an object twice: readers would take one or the other."""


def verify(text: str, *, ledger: Ledger) -> Verified:
    """Hold a file, JSON or page, against the chain. Neither the tables it speaks of nor Dagster are asked."""
    page = text.strip() if "<html" in text[:200].lower() else None
    try:
        document = _read(text, page)
        place = document[CHAIN]
        sequence, claimed = int(place["sequence"]), str(place["sha256"])
    except _Twice as error:
        return Verified("altered", f"'{error}' stands in it twice")
    except (KeyError, TypeError, ValueError):
        return Verified("unknown", "it is no certificate: there is no JSON with a place in the chain in it")
    rows = chain.entries(ledger)
    if broken := list(chain.breaks(ledger, rows)):
        return Verified("broken", f"the chain itself is broken: {'; '.join(broken[:_NAMED])}")
    found = [row for row in rows if row["sequence"] == sequence]
    if not found:
        return Verified("unknown", f"the chain of {len(rows)} certificates has no entry {sequence}")
    return _compared(document, page, found[0], claimed)


def _compared(document: dict[str, Any], page: str | None, row: Mapping[str, Any], claimed: str) -> Verified:
    body = {name: value for name, value in document.items() if name != CHAIN}
    same = sha256(_canonical(body)) == row["sha256"]
    if same and (document[CHAIN], claimed) == (_place(row), row["sha256"]) and page in (None, _as_issued(page, row)):
        return Verified("valid", f"entry {row['sequence']} of the chain, issued {row['issued'].isoformat()}")
    if not same and claimed != row["sha256"] and body.get("issued") != json.loads(row["document"])["issued"]:
        return Verified("unknown", f"entry {row['sequence']} of the chain is another certificate, of {row['asset']}")
    return Verified("altered", "; ".join(_differences(body, document[CHAIN], row, same=same)))


def _differences(body: Mapping[str, Any], place: object, row: Mapping[str, Any], *, same: bool) -> Iterator[str]:
    issued = json.loads(row["document"])
    said = list(_paths({name: value for name, value in body.items() if name != "row"}, issued))
    yield from said[:_NAMED]
    if len(said) > _NAMED:
        yield f"and {len(said) - _NAMED} more"
    if place != _place(row):
        yield "its place in the chain"
    if not same and not said:
        yield "the quoted row"
    if same and not said and place == _place(row):
        yield "the page around its data"


def _paths(now: Any, then: Any, at: str = "") -> Iterator[str]:
    if isinstance(now, dict) and isinstance(then, dict):
        for name in sorted({*now, *then}):
            yield from _paths(now.get(name, _GONE), then.get(name, _GONE), f"{at}.{name}" if at else name)
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for number, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from _paths(one, other, f"{at}[{number}]")
    elif _canonical(now) != _canonical(then):
        yield f"{at} says {_short(now)}, issued was {_short(then)}"


_GONE = "(nothing)"


def _short(value: Any) -> str:
    text = _canonical(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004


def _canonical(value: Any) -> str:
    try:
        return canonical(value)
    except ValueError:
        return repr(value)


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("sequence", "previous", "sha256")}


def _as_issued(page: str | None, row: Mapping[str, Any]) -> str | None:
    return page if page is not None and sha256(page) == row["page_sha256"] else ""


def _read(text: str, page: str | None) -> dict[str, Any]:
    if page is not None:
        embedded = _EMBEDDED.findall(page)
        if len(embedded) != 1:
            raise ValueError
        text = embedded[0]
    found = json.loads(text, object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise TypeError
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found
