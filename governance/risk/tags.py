"""How an asset's risks show in Dagster: tags to select by, a table to read, JSON for programs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from governance.risk.arrivals import Arrival, AssetRisks, worst
from governance.risk.errors import FindingError

STATE = "risk_state"
RISKS = "heirloom/risks"
TABLE = "heirloom/risk_table"
_OURS = ("risk/", "inherited/", "resolved/")
# Every spec goes to the UI whole, so it shows the worst and the nearest; `risks_of(defs)` has all.
_SHOWN = 25
_STEPS = 12


def with_risks(spec: dg.AssetSpec, risks: AssetRisks) -> dg.AssetSpec:
    """The spec with what this pass found; what an earlier pass wrote goes."""
    others = {tag: value for tag, value in spec.tags.items() if not _ours(tag)}
    if RISKS not in spec.metadata and (foreign := sorted(spec.tags.keys() - others.keys())):
        raise FindingError(f"{risks.key}: tag '{foreign[0]}' was written by hand and would reach nobody. Use @carries.")
    metadata = {key: value for key, value in spec.metadata.items() if key != TABLE}
    return spec.replace_attributes(tags={**others, **risk_tags(risks)}, metadata={**metadata, **risk_metadata(risks)})


def risk_tags(risks: AssetRisks) -> dict[str, str]:
    """The worst severity of each risk; `resolved/` has those that every route claims to have ended."""
    inherited = worst(arrival for arrival in risks.inherited if not arrival.resolved_at)
    claimed = worst(arrival for arrival in risks.inherited if arrival.resolution == "claim")
    resolved = {risk: severity for risk, severity in claimed.items() if risk not in inherited}
    named = {"risk/": worst(risks.own), "inherited/": inherited, "resolved/": resolved}
    tags = {prefix + risk: severity.word for prefix, found in named.items() for risk, severity in found.items()}
    return {STATE: risks.state, **tags}


def risk_metadata(risks: AssetRisks) -> dict[str, Any]:
    shown = replace(
        risks,
        own=tuple(map(_short, risks.own[:_SHOWN])),
        inherited=tuple(map(_short, risks.inherited[:_SHOWN])),
    )
    arrivals = (*shown.own, *shown.inherited)
    omitted = len(risks.own) + len(risks.inherited) - len(arrivals)
    metadata: dict[str, Any] = {RISKS: dg.MetadataValue.json({**shown.as_json(), "omitted": omitted})}
    return {**metadata, TABLE: dg.MetadataValue.md(_table(arrivals, omitted))} if arrivals else metadata


def _ours(tag: str) -> bool:
    return tag == STATE or tag.startswith(_OURS)


def _short(arrival: Arrival) -> Arrival:
    if len(arrival.route) <= _STEPS:
        return arrival
    half = _STEPS // 2
    left_out = f"... {len(arrival.route) - _STEPS} more ..."
    return replace(arrival, route=(*arrival.route[:half], left_out, *arrival.route[-half:]))


def _table(arrivals: Sequence[Arrival], omitted: int) -> str:
    rows = [
        "| risk | severity | kind | distance | column | state | route | note |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, arrivals),
    ]
    return "\n".join([*rows, f"\n{omitted} more: see `risks_of(defs)`." if omitted else ""])


def _row(arrival: Arrival) -> str:
    ended = f"ended at {arrival.resolved_at} ({arrival.resolution})" if arrival.resolved_at else None
    whole = "all" if arrival.via == "asset" else f"all ({arrival.via})"
    start = (arrival.origin,) if arrival.kind == "process" else ()
    others = f" ({arrival.routes} routes)" if arrival.routes > 1 else ""
    cells = (
        arrival.risk,
        arrival.severity.word,
        arrival.kind,
        str(arrival.distance),
        arrival.column or whole,
        ended or arrival.evidence or "open",
        " > ".join((*start, *arrival.route)) + others,
        arrival.finding.note,
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
