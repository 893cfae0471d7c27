"""What was known of the risks of a table, by whatever name one knows it: from the ledger, now or as of a date."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.evidence import where
from governance.evidence.ledger import Ledger
from governance.evidence.tables import FINDINGS, INHERITED, VERDICTS
from governance.risk import Node, RiskError, Severity
from governance.risk.errors import did_you_mean
from governance.risk.names import Names
from lakehouse.errors import LakehouseError

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What whoever reads a table takes over with it. Only `clean` says that there is nothing.

    `state` is clean, risks, not_assessed or unreadable, and `why` says so where something is not known. `risks` are its
    own findings and those it inherits, as rows of the ledger, the worst first; `time`, `run_id` and `code_version` are
    those of the recording.
    """

    name: str
    asset: str | None
    state: str
    why: str | None
    time: dt.datetime | None = None
    run_id: str | None = None
    code_version: str | None = None
    risks: Sequence[Row] = ()


def upstream(ledger: Ledger, names: Iterable[str], *, as_of: dt.datetime | dt.date | None = None) -> dict[str, Known]:
    """What was known of each name: an asset key, or a table as its database names it."""
    names = list(names)
    try:
        run = ledger.as_of(as_of)
        if run is None:
            since = f"by {as_of}" if as_of else "yet"
            return {name: _nothing(name, "not_assessed", f"nothing had been recorded {since}") for name in names}
        return _answered(names, run, ledger)
    except LakehouseError as error:
        return {name: _nothing(name, "unreadable", str(error)) for name in names}


def _answered(names: Sequence[str], run: Mapping[str, Any], ledger: Ledger) -> dict[str, Known]:
    verdicts = {row["asset"]: row for row in ledger.of_run(VERDICTS, run["run_id"])}
    known = Names(Node(key=key, table=row["table"]) for key, row in verdicts.items())
    assets: dict[str, str | None] = {}
    why: dict[str, str] = {}
    for name in names:
        try:
            assets[name] = known.find(name)
        except RiskError as error:
            assets[name], why[name] = None, str(error)
    risks = risks_of_run(ledger, run["run_id"], assets={asset for asset in assets.values() if asset})
    return {
        name: _known(name, verdicts[asset], run, risks.get(asset, []))
        if asset
        else _nothing(name, "not_assessed", why.get(name) or _unknown(name, verdicts))
        for name, asset in assets.items()
    }


def risks_of_run(ledger: Ledger, run_id: str, *, assets: Iterable[str]) -> dict[str, list[Row]]:
    """All that held after a run, of these assets: their own findings and what they inherit, the worst first."""
    wanted = sorted(assets)
    if not wanted:
        return {}
    held = where.every(where.equal("run_id", run_id), where.unlike("change", "closed"), where.among("asset", wanted))
    rows = [*map(_as_inherited, ledger.rows(FINDINGS, held)), *ledger.rows(INHERITED, held)]
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=_worst_first):
        found.setdefault(row["asset"], []).append(row)
    return found


def _as_inherited(own: Row) -> Row:
    """An asset's own finding in the words of inherited ones."""
    column, asset = own.pop("column"), own["asset"]
    place = {"columns": [column] if column else [], "via": ["column" if column else "asset"]}
    way = {"origin": asset, "origin_column": column, "distance": 0, "route": [asset], "routes": 1}
    return {**own, **place, **way, "resolved_at": None, "resolution": None}


def _worst_first(row: Row) -> tuple[Any, ...]:
    severity = Severity.parse(row["severity"])
    return (
        not row["stands"],
        -severity,
        row["distance"],
        row["risk"],
        row["origin"] or "",
        row["id"],
        row["fingerprint"],
    )


def _known(name: str, verdict: Row, run: Mapping[str, Any], risks: Sequence[Row]) -> Known:
    return Known(
        name=name,
        asset=verdict["asset"],
        state=verdict["state"],
        why=gap(verdict),
        time=run["time"],
        run_id=run["run_id"],
        code_version=run["code_version"],
        risks=risks,
    )


def gap(verdict: Mapping[str, Any]) -> str | None:
    """What is not known of an asset or of what it is made from, whatever risks are known."""
    if verdict["unreadable"]:
        return f"{verdict['unreadable']} could not be read"
    return f"{verdict['unassessed']} was not assessed" if verdict["unassessed"] else None


def _nothing(name: str, state: str, why: str) -> Known:
    return Known(name=name, asset=None, state=state, why=why)


def _unknown(name: str, verdicts: Iterable[str]) -> str:
    return f"no asset or table '{name}' was known then.{did_you_mean(name, verdicts)}"
