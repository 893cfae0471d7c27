"""What has a date: acceptances end, findings want to be looked at again. Before that a warning, after it an error.

A finding that is over needs no review; that it is over is told for a while, as nobody may have seen it go.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from governance.risk.acceptances import Acceptance
from governance.risk.arrivals import Arrival
from governance.risk.findings import Finding
from governance.risk.inheritance import Inheritance
from governance.risk.node import Node

Level = Literal["warn", "error"]
NOTICE = dt.timedelta(days=14)
TOLD = dt.timedelta(days=30)
NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A finding whose period is over."""

    origin: str
    finding: Finding
    date: dt.date

    @property
    def sentence(self) -> str:
        return f"{self.finding.risk} on {self.origin} counts no more: valid until {self.date}: {self.finding.note}"


@dataclass(frozen=True, kw_only=True)
class Due:
    """An acceptance or a review that somebody must look at; `on` is the asset it is about."""

    level: Level
    owner: str
    on: str
    date: dt.date
    sentence: str


def due(
    acceptances: Iterable[Acceptance], today: dt.date, *, risks: Inheritance | None = None, asset: str | None = None
) -> list[Due]:
    """What is due within the notice or overdue, the oldest first; with `asset` only what that asset rests on."""
    mine = [one for one in acceptances if asset in (None, one.where)]
    found = [*_acceptances(mine, today), *(_reviews(risks, asset, today) if risks else ())]
    return sorted(found, key=lambda one: (one.date, one.on, one.sentence))


def overdue(
    acceptances: Iterable[Acceptance], today: dt.date, *, risks: Inheritance | None = None
) -> dict[str, list[Due]]:
    """What is past its date, per owner."""
    late: dict[str, list[Due]] = {}
    for one in due(acceptances, today, risks=risks):
        if one.level == "error":
            late.setdefault(one.owner, []).append(one)
    return dict(sorted(late.items()))


def ended(risks: Inheritance, today: dt.date) -> list[Ended]:
    """Findings whose period ended not long ago, the newest first."""
    found = [
        Ended(origin=origin, finding=finding, date=finding.valid_until)
        for origin, finding in risks.findings
        if finding.valid_until and finding.valid_until < today <= finding.valid_until + TOLD
    ]
    return sorted(found, key=lambda one: (-one.date.toordinal(), one.sentence))


def idle(acceptances: Iterable[Acceptance], risks: Inheritance) -> list[str]:
    """Acceptances of what does not arrive: whoever signed them may think that they are needed."""
    return [
        f"{one.at}: {one.where} has no {one.what} that this speaks of. Remove it, or correct what it says."
        for one in acceptances
        if not any(one.speaks_of(arrival, one.where) for arrival in _arrivals(risks, one.where))
    ]


def _arrivals(risks: Inheritance, asset: str) -> tuple[Arrival, ...]:
    return (*risks[asset].own, *risks[asset].inherited)


def _acceptances(acceptances: Iterable[Acceptance], today: dt.date) -> Iterator[Due]:
    for one in acceptances:
        unsigned: Level | None = None if one.who else "warn"
        if level := _level(one.until, today) or unsigned:
            signed = f"accepted by {one.who}" if one.who else "accepted by nobody: name a person in 'who'"
            sentence = f"{one.at}: {one.what} on {one.where} is {signed}, until {one.until}"
            yield Due(level=level, owner=one.who or NOBODY, on=one.where, date=one.until, sentence=sentence)


def _reviews(risks: Inheritance, asset: str | None, today: dt.date) -> Iterator[Due]:
    found = {(one.origin, one.finding) for one in _arrivals(risks, asset)} if asset else set(risks.findings)
    for origin, finding in found:
        level = _level(finding.review_by, today) if finding.review_by and finding.in_force(today) else None
        if level and finding.review_by:
            sentence = f"{finding.risk} on {origin} is to be reviewed by {finding.review_by}: {finding.note}"
            for owner in _owners(finding, risks.nodes.get(origin)):
                yield Due(level=level, owner=owner, on=origin, date=finding.review_by, sentence=sentence)


def _owners(finding: Finding, node: Node | None) -> Sequence[str]:
    """Who must look at it: the finding's owner, else those of its asset."""
    return (finding.owner,) if finding.owner else (node.owners if node else ()) or (NOBODY,)


def _level(date: dt.date, today: dt.date) -> Level | None:
    if date < today:
        return "error"
    return "warn" if date - NOTICE <= today else None
