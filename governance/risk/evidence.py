"""Evidence, read from Dagster's event log: does a check hold for the version of its asset that is there now?

What counts, and what does not:
- An evaluation is of the version it names as its target, or of the one its own run made: a step that makes and checks
  names the version before.
- The newest evaluation is the one that was made last. Records are ordered by when they were *planned*.
- An evaluation from outside any run that names no version tells of an attempt that was refused: it says nothing of the
  version that stayed. Only an external asset, which has no versions here, may be judged so.
- An evaluation of one partition says nothing of the whole asset.
- A warning is a failure, but for a check that says `heirloom/consequence: quarantine`: the rows it found were taken out
  before the version was published, which therefore holds the rule.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import dagster as dg

from governance.risk.errors import EvidenceUnreadable
from governance.risk.node import Node
from governance.risk.proof import Holds, Measured, Proof

_PAGE = 25


class _Version(NamedTuple):
    """The newest materialisation of an asset."""

    id: int
    run: str
    at: float


class _Evaluation(NamedTuple):
    run: str
    at: float
    said: dg.AssetCheckEvaluation


def evidence(instance: dg.DagsterInstance, nodes: Mapping[str, Node]) -> Holds:
    """What each check (`asset/key:check`) proves, as `inheritance(..., holds=)` asks for it."""

    def proof(name: str) -> Proof:
        asset, _, check = name.rpartition(":")
        key = dg.AssetCheckKey(dg.AssetKey.from_user_string(asset), check)
        try:
            evaluations, pending = _evaluations(key, instance, external=nodes[asset].external)
            made = _made(key.asset_key, instance)
        except Exception as error:
            raise EvidenceUnreadable(f"{name} cannot be read from the event log: {_why(error)}") from error
        return _judged(evaluations, made, node=nodes[asset], check=check, pending=pending)

    return proof


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip(": ")


def _evaluations(
    key: dg.AssetCheckKey, instance: dg.DagsterInstance, *, external: bool
) -> tuple[list[_Evaluation], frozenset[str]]:
    """The newest page of evaluations that count, newest first; and the runs that have yet to make theirs."""
    pending: set[str] = set()
    before: int | None = None
    while records := instance.event_log_storage.get_asset_check_execution_history(key, _PAGE, before):
        found: list[_Evaluation] = []
        for record in records:
            said = record.event.asset_check_evaluation if record.event else None
            if record.event is None or said is None:
                pending.add(record.run_id)
            elif said.partition is None and (record.run_id or said.target_materialization_data or external):
                found.append(_Evaluation(record.run_id, record.event.timestamp, said))
        if found:
            return sorted(found, key=lambda one: one.at, reverse=True), frozenset(pending)
        before = records[-1].id
    return [], frozenset(pending)


def _made(key: dg.AssetKey, instance: dg.DagsterInstance) -> _Version | None:
    for record in instance.fetch_materializations(key, limit=1).records:
        return _Version(record.storage_id, record.event_log_entry.run_id, record.timestamp)
    return None


def _judged(
    evaluations: Sequence[_Evaluation], made: _Version | None, *, node: Node, check: str, pending: frozenset[str]
) -> Proof:
    if not evaluations:
        return Proof("stale", said="it was never evaluated", pending=pending)
    newest = evaluations[0].said
    if not _holds(newest, node, check):
        return Proof("broken", said=newest.description or "it failed", measured=_measured(newest), pending=pending)
    for one in evaluations:
        if _is_current(one, made, external=node.external) and _holds(one.said, node, check):
            said = one.said.description or "it passed"
            return Proof("proven", said=said, measured=_measured(one.said), pending=pending)
    return Proof("stale", said="it was not evaluated since its asset was last made", pending=pending)


def _holds(said: dg.AssetCheckEvaluation, node: Node, check: str) -> bool:
    return said.passed or (said.severity == dg.AssetCheckSeverity.WARN and check in node.quarantining)


def _is_current(evaluation: _Evaluation, made: _Version | None, *, external: bool) -> bool:
    if made is None:
        return external
    if evaluation.run and evaluation.run == made.run:
        return True
    target = evaluation.said.target_materialization_data
    return target.storage_id >= made.id if target else external and evaluation.at >= made.at


def _measured(said: dg.AssetCheckEvaluation) -> Measured:
    """The numbers that the check left; what it compares with is usually called `threshold`."""
    numbers = [
        (label, value.value)
        for label, value in sorted(said.metadata.items())
        if isinstance(value, dg.FloatMetadataValue | dg.IntMetadataValue)
    ]
    return tuple((label, float(number)) for label, number in numbers if number is not None and math.isfinite(number))
