"""How an asset's risks show in Dagster: tags to select by, a table to read, JSON for programs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from governance.risk.arrivals import EXACT, Arrival, AssetRisks, worst
from governance.risk.errors import FindingError

STATE = "risk_state"
RISKS = "heirloom/risks"
TABLE = "heirloom/risk_table"
_OURS = ("risk/", "inherited/", "resolved/")
# Every spec goes to the UI whole, so it shows the worst and the nearest; `risks_of(defs)` has all.
_SHOWN = 25
_STEPS = 12
_NAMED = 4


def with_risks(spec: dg.AssetSpec, risks: AssetRisks) -> dg.AssetSpec:
    """The spec with what this pass found; what an earlier pass wrote goes."""
    others = {tag: value for tag, value in spec.tags.items() if not _ours(tag)}
    if RISKS not in spec.metadata and (foreign := sorted(spec.tags.keys() - others.keys())):
        raise FindingError(f"{risks.key}: tag '{foreign[0]}' was written by hand and would reach nobody. Use @carries.")
    metadata = {key: value for key, value in spec.metadata.items() if key != TABLE}
    return spec.replace_attributes(tags={**others, **risk_tags(risks)}, metadata={**metadata, **risk_metadata(risks)})


def risk_tags(risks: AssetRisks) -> dict[str, str]:
    """The worst severity of each risk; `resolved/` has those that every route claims to have ended."""
    own, inherited = (worst(one for one in ones if one.stands) for ones in (risks.own, risks.inherited))
    claimed = worst(one for one in risks.inherited if one.resolution == "claim" and one.in_force)
    resolved = {risk: severity for risk, severity in claimed.items() if risk not in inherited}
    named = {"risk/": own, "inherited/": inherited, "resolved/": resolved}
    tags = {prefix + risk: severity.word for prefix, found in named.items() for risk, severity in found.items()}
    return {STATE: risks.state, **tags}


def risk_metadata(risks: AssetRisks) -> dict[str, Any]:
    shown = replace(
        risks,
        own=tuple(map(_short, risks.own[:_SHOWN])),
        inherited=tuple(map(_short, risks.inherited[:_SHOWN])),
    )
    omitted = len(risks.own) + len(risks.inherited) - len(shown.own) - len(shown.inherited)
    metadata: dict[str, Any] = {RISKS: {**shown.as_json(), "omitted": omitted}}
    arrivals = (*risks.own, *risks.inherited)
    return {**metadata, TABLE: dg.MetadataValue.md(_table(arrivals))} if arrivals else metadata


def _ours(tag: str) -> bool:
    return tag == STATE or tag.startswith(_OURS)


def _short(arrival: Arrival) -> Arrival:
    if len(arrival.route) <= _STEPS:
        return arrival
    half = _STEPS // 2
    left_out = f"... {len(arrival.route) - _STEPS} more ..."
    return replace(arrival, route=(*arrival.route[:half], left_out, *arrival.route[-half:]))


def _table(arrivals: Sequence[Arrival]) -> str:
    """One row a finding and fate, whatever number of columns it came by."""
    together: dict[Any, list[Arrival]] = {}
    for one in arrivals:
        together.setdefault((one.finding, one.origin, one.via, one.resolved_at), []).append(one)
    rows = [
        "| risk | severity | kind | distance | columns | state | nearest route | note |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, list(together.values())[:_SHOWN]),
    ]
    omitted = len(together) - _SHOWN
    return "\n".join([*rows, f"\n{omitted} more: see `risks_of(defs)`." if omitted > 0 else ""])


def _row(same: Sequence[Arrival]) -> str:
    first = same[0]
    ended = f"ended at {first.resolved_at} ({first.resolution})" if first.resolved_at else None
    cells = (
        first.risk,
        first.severity.word,
        first.kind,
        str(first.distance),
        _columns(same),
        ended or first.state,
        _route(first, routes=sum(one.routes for one in same)),
        first.finding.note,
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _columns(same: Sequence[Arrival]) -> str:
    names = [one.column for one in same if one.column is not None]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    whole = "all" if same[0].via == "asset" else f"all ({same[0].via})"
    return ", ".join([*names[:_NAMED], *more]) or whole


def _route(arrival: Arrival, *, routes: int) -> str:
    start = (arrival.origin,) if arrival.kind == "process" else ()
    others = f" ({min(routes, EXACT)} routes)" if routes > 1 else ""
    return " > ".join((*start, *_short(arrival).route)) + others
