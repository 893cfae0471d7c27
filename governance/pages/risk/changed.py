"""What changed for the business since the last report, and what the next report must know to say so.

Kept are the outputs, in the words of `heirloom risks --json`: whatever is new anywhere is new on one of them. Which
assets there were at all tells a new asset from one that has become an output.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from governance.pages.risk.answers import subjects
from governance.pages.risk.embedded import begun
from governance.risk.appetite import Appetite
from governance.risk.arrivals import Arrival
from governance.risk.diff import Change, changes
from governance.risk.inheritance import Inheritance


def known(
    risks: Inheritance, *, policy: Mapping[str, Appetite], failed: Mapping[str, str], made: dt.datetime
) -> dict[str, Any]:
    """What the next report compares with."""
    return {
        "made": made.isoformat(timespec="minutes"),
        "known": [*risks],
        "assets": _assets(risks, subjects(risks, policy)),
        "failed": dict(failed),
        "evidence": risks.proofs is not None,
    }


def as_json(
    risks: Inheritance,
    before: Mapping[str, Any] | None,
    *,
    policy: Mapping[str, Appetite],
    failed: Mapping[str, str],
    lost: str | None,
) -> dict[str, Any]:
    """`since` is the time of the last report; without one nothing can be compared, and `lost` may say why."""
    if before is None:
        return {"since": None, "lost": lost or ""}
    now = subjects(risks, policy)
    new, there = {*risks} - {*before["known"]}, [key for key in before["assets"] if key in risks]
    head = _assets(risks, [*there, *(key for key in now if key in new)])
    # Most have not changed at all, and to see that is far cheaper than to compare them finding by finding.
    same = {key for key in there if head[key] == before["assets"][key]}
    base = {**before, "assets": {key: before["assets"][key] for key in there if key not in same}}
    changed = {key: said for key, said in head.items() if key not in same}
    asked = risks.proofs is not None
    return {
        "since": before["made"],
        "rows": [_row(one) for one in changes(base, {"assets": changed, "failed": dict(failed), "evidence": asked})],
        "gone": sorted({*before["known"]} - {*risks}),
        "new": sorted(new),
        "became": [key for key in now if key not in head],
    }


def _row(change: Change) -> dict[str, Any]:
    one = change.thing
    return {
        "what": change.what,
        "asset": one.asset,
        "risk": one.risk,
        "origin": one.origin,
        "origin_column": one.origin_column or "",
        "column": one.column or "",
        "before": change.before or "",
        "after": change.after or "",
        "worse": change.worse,
    }


def _assets(risks: Inheritance, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    told: dict[int, list[dict[str, Any]]] = {}
    for number, arrival in begun(risks):
        told.setdefault(number, []).append(_told(arrival))
    return {key: _asset(risks, key, told) for key in sorted(keys)}


def _told(arrival: Arrival) -> dict[str, Any]:
    """What of a finding is the same wherever it arrives; the page itself knows the routes."""
    said = arrival.as_json()
    names = ("risk", "severity", "origin", "origin_column", "mitigated", "proof", "state", "in_force")
    return {**{name: said[name] for name in names}, "route": []}


def _asset(risks: Inheritance, key: str, told: Mapping[int, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    unassessed, unreadable = risks.gaps(key)
    return {
        "state": risks.state(key),
        "own": [],
        "inherited": [
            {**one, "column": place.column, "resolved_at": place.resolved_at}
            for place, bundle in risks.held(key).items()
            for number in bundle.numbers
            for one in told[number]
        ],
        "unassessed": unassessed and unassessed._asdict(),
        "unreadable": unreadable and unreadable._asdict(),
    }
