"""Verdicts in Dagster's event log: what the current version of a table was found to be, and refused attempts."""

from collections.abc import Mapping, Sequence

import dagster as dg

from lakehouse.contracts.rules import Rule
from lakehouse.contracts.verdicts import Verdict

VERDICT = "heirloom/verdict"
SCHEMA = Rule(name="schema")
_REMEMBERED = 500


def last_verdict(instance: dg.DagsterInstance, key: dg.AssetKey) -> Verdict | None:
    """The verdict of the newest write."""
    event = instance.get_latest_materialization_event(key)
    return _verdict(event.asset_materialization) if event else None


def current_verdicts(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[Verdict | None]:
    """The verdicts that the current version is made of: of every partition the latest, each write once.

    None stands for a write that left no verdict: it is not known to be good.
    """
    latest = instance.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION)
    if not latest:
        event = instance.get_latest_materialization_event(key)
        return [_verdict(event.asset_materialization)] if event else []
    ids = sorted(set(latest.values()))
    records = instance.fetch_materializations(dg.AssetRecordsFilter(asset_key=key, storage_ids=ids), limit=len(ids))
    writes = {(record.run_id, _text(record.asset_materialization)) for record in records.records}
    return [Verdict.from_json(text) if text else None for _, text in sorted(writes, key=str)]


def recorded_verdicts(instance: dg.DagsterInstance, key: dg.AssetKey, rules: Sequence[Rule]) -> list[Verdict]:
    """The verdicts of past writes, refused attempts too: the newest hundreds of each."""
    written = instance.fetch_materializations(key, limit=_REMEMBERED).records
    texts = {_text(record.asset_materialization) for record in written}
    storage = instance.event_log_storage
    for rule in rules:
        history = storage.get_asset_check_execution_history(dg.AssetCheckKey(key, rule.name), limit=_REMEMBERED)
        texts |= {_refused(record.event) for record in history if record.event}
    return [Verdict.from_json(text) for text in sorted(filter(None, texts))]


def _refused(event: dg.EventLogEntry) -> str | None:
    evaluation = event.asset_check_evaluation
    found = evaluation.metadata.get(VERDICT) if evaluation else None
    return str(found.value) if found else None


def report_blocked(instance: dg.DagsterInstance, key: dg.AssetKey, verdict: Verdict) -> None:
    """Show a refused attempt: without it the latest evaluation would stay green."""
    for name, word in verdict.failed.items():
        severity = dg.AssetCheckSeverity.ERROR if word == "block" else dg.AssetCheckSeverity.WARN
        check, metadata = dg.AssetCheckKey(key, name), {VERDICT: verdict.as_json()}
        _report(instance, check, verdict.sentence(name), severity=severity, metadata=metadata)


def report_mismatch(instance: dg.DagsterInstance, key: dg.AssetKey, sentence: str) -> None:
    _report(instance, dg.AssetCheckKey(key, SCHEMA.name), sentence, severity=dg.AssetCheckSeverity.ERROR, metadata={})


def _report(
    instance: dg.DagsterInstance,
    check: dg.AssetCheckKey,
    sentence: str,
    *,
    severity: dg.AssetCheckSeverity,
    metadata: Mapping[str, str],
) -> None:
    evaluation = dg.AssetCheckEvaluation(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=False,
        severity=severity,
        description=f"attempt refused: {sentence}",
        metadata={label: dg.MetadataValue.text(text) for label, text in metadata.items()},
    )
    instance.report_runless_asset_event(evaluation)


def worst(verdicts: Sequence[Verdict | None], rule: Rule) -> tuple[bool, dg.AssetCheckSeverity, str]:
    """Whether a rule holds in all of them; how bad it is if not; in words."""
    known = [verdict for verdict in verdicts if verdict is not None and (rule is SCHEMA or verdict.knows(rule))]
    failing = [verdict for verdict in known if rule.name in verdict.failed]
    if failing:
        blocking = any(verdict.failed[rule.name] == "block" for verdict in failing)
        severity = dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN
        return False, severity, "; ".join(verdict.sentence(rule.name) for verdict in failing[:3])
    if len(known) != len(verdicts) or not known:
        said = f"{len(verdicts) - len(known)} of {len(verdicts)} current writes were not judged by this rule"
        return False, dg.AssetCheckSeverity.ERROR, f"{said}: materialise their partitions again"
    return True, dg.AssetCheckSeverity.ERROR, f"holds for {sum(verdict.rows for verdict in known):,} rows"


def _text(materialization: dg.AssetMaterialization | None) -> str | None:
    found = materialization.metadata.get(VERDICT) if materialization else None
    return str(found.value) if found else None


def _verdict(materialization: dg.AssetMaterialization | None) -> Verdict | None:
    text = _text(materialization)
    return Verdict.from_json(text) if text else None
