"""What Dagster and the contracts know of every asset, as rows of the ledger."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from governance.evidence.errors import EvidenceError
from governance.evidence.personal import Personal
from governance.evidence.risk_rows import Fate, counts
from governance.risk import AssetRisks, Node
from lakehouse.contracts.history import VERDICT
from lakehouse.contracts.verdicts import Verdict

Row = dict[str, Any]
SNAPSHOT = "heirloom/snapshot"
CONTRACT = "heirloom/contract"


@dataclass(frozen=True)
class EventLog:
    """The newest of every asset and check in Dagster's event log, asked in two queries."""

    made: Mapping[str, dg.EventLogEntry]
    passed: Mapping[str, Mapping[str, bool]]

    @classmethod
    def read(cls, instance: dg.DagsterInstance, nodes: Iterable[Node]) -> "EventLog":
        nodes = list(nodes)
        keys = {node.key: dg.AssetKey.from_user_string(node.key) for node in nodes}
        checks = [dg.AssetCheckKey(keys[node.key], name) for node in nodes for name in sorted(node.checks)]
        try:
            records = instance.get_asset_records(list(keys.values()))
            evaluated = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
        except Exception as error:
            raise EvidenceError(f"the event log cannot be read: {type(error).__name__}: {error}") from error
        newest = {one.asset_entry.asset_key.to_user_string(): one.asset_entry.last_materialization for one in records}
        passed: dict[str, dict[str, bool]] = {}
        for key, record in evaluated.items():
            said = record.event.asset_check_evaluation if record.event else None
            if said is not None:
                passed.setdefault(key.asset_key.to_user_string(), {})[key.name] = said.passed
        return cls({key: event for key, event in newest.items() if event is not None}, passed)


def verdict_row(here: AssetRisks, node: Node, log: EventLog, *, in_run: bool) -> Row:
    passed = log.passed.get(node.key, {})
    return {
        "asset": node.key,
        "in_run": in_run,
        "external": node.external,
        "table": node.table,
        "group": node.group,
        "state": here.state,
        "unassessed": here.unassessed.asset if here.unassessed else None,
        "unreadable": here.unreadable.asset if here.unreadable else None,
        **_made(log.made.get(node.key)),
        "checks_passed": sum(passed.values()),
        "checks_failed": sorted(name for name, good in passed.items() if not good),
        "checks_missing": sorted(node.checks - passed.keys()),
    }


def sink_row(node: Node, fates: Sequence[Fate], personal: Personal, *, in_run: bool) -> Row:
    held = [f"{column}: {', '.join(sorted(kinds))}" for column, kinds in sorted(personal.of(node.key).items())]
    if anywhere := personal.anywhere(node.key):
        held.append(f"any column: {', '.join(sorted(anywhere))}")
    standing = [fate.first.severity for fate in fates if fate.standing]
    return {
        "asset": node.key,
        "in_run": in_run,
        "owners": list(node.owners),
        "worst": max(standing).word if standing else None,
        **counts(fates),
        "sensitive": held,
        "columns_known": node.columns is not None,
    }


def _made(event: dg.EventLogEntry | None) -> Row:
    made = event.asset_materialization if event else None
    said = made.metadata if made else {}
    return {
        "made_by": event.run_id or None if event else None,
        "made_at": dt.datetime.fromtimestamp(event.timestamp, dt.UTC) if event else None,
        "snapshot": text(said, SNAPSHOT),
        "contract": text(said, CONTRACT),
        "verdict": verdict_word(said),
    }


def text(metadata: Mapping[str, dg.MetadataValue], name: str) -> str | None:
    return str(metadata[name].value) if name in metadata else None


def verdict_word(metadata: Mapping[str, dg.MetadataValue]) -> str | None:
    """ok, warn or block; None where no contract judged the write."""
    said = text(metadata, VERDICT)
    return Verdict.from_json(said).word if said else None


def health(outcome: str, *, found: Mapping[str, int], unknown: Collection[object]) -> str:
    """Whether one may rely on what a run left: it ended well, nothing is open, nothing failed, nothing is unknown."""
    if outcome != "success":
        return "failed"
    return "degraded" if found["risks_open"] or found["checks_failed"] or unknown else "healthy"
