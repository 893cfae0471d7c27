"""An answer of `governance.risk` as rows of the ledger: one a finding, asset and fate, whatever columns it came by."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from governance.risk import Acceptance, Acceptances, Arrival, AssetRisks
from governance.risk.arrivals import EXACT

Row = dict[str, Any]
Standing = Literal["open", "accepted", "mitigated"]


@dataclass(frozen=True, kw_only=True)
class Fate:
    """Arrivals of one finding at one asset that met the same end and the same acceptance."""

    asset: str
    arrivals: Sequence[Arrival]
    acceptance: Acceptance | None

    @property
    def first(self) -> Arrival:
        """The nearest."""
        return self.arrivals[0]

    @property
    def standing(self) -> Standing | None:
        """What stands against it; None if it does not stand itself."""
        if not self.first.stands:
            return None
        return "mitigated" if self.first.mitigated else "accepted" if self.acceptance else "open"


def fates(here: AssetRisks, acceptances: Acceptances, today: dt.date) -> tuple[list[Fate], list[Fate]]:
    """The asset's own, and what it inherits."""
    own, inherited = (_together(here.key, ones, acceptances, today) for ones in (here.own, here.inherited))
    return own, inherited


def own_row(fate: Fate) -> Row:
    return {**_row(fate), "column": fate.first.column}


def inherited_row(fate: Fate) -> Row:
    one = fate.first
    return {
        **_row(fate),
        "origin": one.origin,
        "origin_column": one.finding.column,
        "columns": sorted({arrival.column for arrival in fate.arrivals if arrival.column is not None}),
        "via": sorted({arrival.via for arrival in fate.arrivals}),
        "distance": one.distance,
        "route": list(one.route),
        "routes": min(sum(arrival.routes for arrival in fate.arrivals), EXACT),
        "resolved_at": one.resolved_at,
        "resolution": one.resolution,
    }


def counts(fates: Iterable[Fate]) -> dict[str, int]:
    """How many findings stand in which way; one that stands openly anywhere among these is open."""
    standing: dict[object, set[Standing]] = {}
    for fate in fates:
        if fate.standing:
            standing.setdefault((fate.first.finding, fate.first.origin), set()).add(fate.standing)
    worst = [next(word for word in ("open", "accepted", "mitigated") if word in words) for words in standing.values()]
    return {f"risks_{word}": worst.count(word) for word in ("open", "mitigated", "accepted")}


def _together(asset: str, arrivals: Iterable[Arrival], acceptances: Acceptances, today: dt.date) -> list[Fate]:
    mine = Acceptances(tuple(one for one in acceptances if one.where == asset))
    found: dict[object, tuple[list[Arrival], Acceptance | None]] = {}
    for one in arrivals:
        acceptance = mine.accepted(one, asset, today) if mine.listed and one.stands else None
        column = one.column if one.origin == asset and not one.distance else None
        key = (one.finding, one.origin, column, one.resolved_at, acceptance)
        found.setdefault(key, ([], acceptance))[0].append(one)
    return [Fate(asset=asset, arrivals=same, acceptance=acceptance) for same, acceptance in found.values()]


def _row(fate: Fate) -> Row:
    one, finding = fate.first, fate.first.finding
    return {
        "asset": fate.asset,
        "risk": one.risk,
        "severity": one.severity.word,
        "kind": one.kind,
        "state": one.state,
        "mitigated": one.mitigated,
        "stands": one.stands,
        "evidence": one.evidence,
        "note": finding.note,
        "owner": finding.owner,
        "mitigation": finding.mitigation,
        "mitigation_owner": finding.mitigation_owner,
        "proof": finding.proof,
        "opened_by": finding.opened_by,
        "opened": one.opened,
        "measured": json.dumps(dict(one.measured)) if one.measured else None,
        "review_by": finding.review_by,
        "valid_from": finding.valid_from,
        "valid_until": finding.valid_until,
        **_accepted(fate.acceptance),
    }


def _accepted(one: Acceptance | None) -> Row:
    return {
        "accepted_by": one and one.who,
        "accepted_until": one and one.until,
        "accepted_why": one and one.why,
        "ticket": one and one.ticket,
    }
