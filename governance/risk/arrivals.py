"""The answer for one asset: what it carries, what it inherits, what is unknown about it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from governance.risk.columns import Via
from governance.risk.findings import Finding, Resolution
from governance.risk.proof import Evidence, Measured
from governance.risk.register import Severity

Kind = Literal["direct", "indirect", "process", "static"]
State = Literal["clean", "risks", "not_assessed", "unreadable"]
# Numbers of routes multiply at every diamond; JSON readers are exact up to here.
EXACT = 2**53 - 1


class Gap(NamedTuple):
    """The nearest asset, itself included, of which something is not known."""

    distance: int
    asset: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A finding as one asset has it: on which column, from where, how far, by which and how many routes.

    `column` is this asset's column, None for the asset as a whole. `evidence` judges the finding's own mitigation,
    `resolution` the end it met at `resolved_at`. `route` is the nearest one, from the origin to this asset;
    `columns` are the columns it passed. Where a check opened the finding, `opened` judges that check: broken with what
    it `measured`, or not known. `in_force` says whether today lies in the finding's period.
    """

    finding: Finding
    severity: Severity
    kind: Kind
    origin: str
    distance: int
    column: str | None
    via: Via
    route: tuple[str, ...]
    columns: tuple[str | None, ...]
    routes: int
    evidence: Evidence | None
    resolved_at: str | None = None
    resolution: Evidence | None = None
    opened: Evidence | None = None
    measured: Measured = ()
    in_force: bool = True

    @property
    def risk(self) -> str:
        return self.finding.risk

    @property
    def mitigated(self) -> bool:
        """Only proof counts: a mitigation in words alone is a claim."""
        return self.evidence == "proven"

    @property
    def state(self) -> str:
        """What is done about it, as far as it is known: ended, or the word for its evidence, or open."""
        if not self.in_force:
            return "not in force"
        return "ended" if self.resolution == "proven" else self.resolution or self.evidence or "open"

    @property
    def stands(self) -> bool:
        """Whether it counts: nothing on the way ended it, and today lies in its period."""
        return self.in_force and self.resolved_at is None

    @property
    def order(self) -> tuple[Any, ...]:
        """Standing before ended, then worst first, then nearest."""
        names = (self.risk, self.origin, self.finding.column, self.column, self.via, self.resolved_at)
        return (not self.stands, -self.severity, self.distance, *(name or "" for name in names))

    def as_json(self) -> dict[str, Any]:
        finding = self.finding
        return {
            "risk": self.risk,
            "severity": self.severity.word,
            "kind": self.kind,
            "distance": self.distance,
            "origin": self.origin,
            "origin_column": finding.column,
            "column": self.column,
            "via": self.via,
            "route": list(self.route),
            "routes": min(self.routes, EXACT),
            "note": finding.note,
            "owner": finding.owner,
            "mitigation": finding.mitigation,
            "mitigation_owner": finding.mitigation_owner,
            "proof": finding.proof,
            "evidence": self.evidence,
            "mitigated": self.mitigated,
            "state": self.state,
            "review_by": _iso(finding.review_by),
            "valid_from": _iso(finding.valid_from),
            "valid_until": _iso(finding.valid_until),
            "in_force": self.in_force,
            "resolved_at": self.resolved_at,
            "resolution": self.resolution,
            "opened_by": finding.opened_by,
            "opened": self.opened,
            "measured": dict(self.measured),
        }


@dataclass(frozen=True, kw_only=True)
class AssetRisks:
    """All about one asset. Gates must look at the gaps too: `risks` says that some are known, not that all are."""

    key: str
    state: State
    own: tuple[Arrival, ...]
    inherited: tuple[Arrival, ...]
    resolutions: tuple[Resolution, ...]
    unassessed: Gap | None
    unreadable: Gap | None

    @property
    def complete(self) -> bool:
        """Whether this asset and everything it is made from was assessed and could be read."""
        return self.unassessed is None and self.unreadable is None

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "own": [arrival.as_json() for arrival in self.own],
            "inherited": [arrival.as_json() for arrival in self.inherited],
            "resolves": [resolution.as_metadata() for resolution in self.resolutions],
            "unassessed": self.unassessed and self.unassessed._asdict(),
            "unreadable": self.unreadable and self.unreadable._asdict(),
        }


def worst(arrivals: Iterable[Arrival]) -> dict[str, Severity]:
    """The worst severity of each risk, in order of risk id."""
    severities: dict[str, Severity] = {}
    for arrival in arrivals:
        severities[arrival.risk] = max(arrival.severity, severities.get(arrival.risk, Severity.LOW))
    return dict(sorted(severities.items()))


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None
