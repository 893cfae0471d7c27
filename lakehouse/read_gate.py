"""Nobody reads a version that failed its gates: the check is made when an input is loaded, in whatever run.

A table's own contract needs no gate here: a version that breaks it is never published. The gates are the other
blocking checks of the asset, named in its spec's metadata under `heirloom/gates`.
"""

import dagster as dg

from lakehouse.errors import GateClosed

GATES = "heirloom/gates"
CONSEQUENCE = "heirloom/consequence"
_PAGE = 25


def require_open(context: dg.InputContext) -> None:
    """Raise unless every gate of the input passed for its current version. The gates themselves may look at it."""
    made = context.instance.get_latest_materialization_event(context.asset_key) if _gates(context) else None
    closed = [
        _closed(dg.AssetCheckKey(context.asset_key, gate), context.instance, made=made) for gate in _gates(context)
    ]
    problems = [why for why in closed if why]
    if problems:
        name = context.asset_key.to_user_string()
        raise GateClosed(
            f"{name} must not be read: {'; '.join(problems)}. Run its checks (dagster asset materialize --select "
            f"'key:\"{name}\"' makes it anew and checks it), or mend what they found"
        )


def _gates(context: dg.InputContext) -> list[str]:
    if _checks_itself(context):
        return []
    found = context.upstream_output.definition_metadata.get(GATES, []) if context.upstream_output else []
    return list(found.value if isinstance(found, dg.JsonMetadataValue) else found)  # type: ignore[arg-type]


def _checks_itself(context: dg.InputContext) -> bool:
    """Whether the step that loads the input is one of its checks."""
    try:
        step = context.step_context
    except dg.DagsterInvariantViolationError:  # outside a run
        return False
    layer, outputs = step.job_def.asset_layer, step.step.step_outputs
    checks = [layer.get_asset_check_key_for_node_output(step.node_handle, output.name) for output in outputs]
    return any(check.asset_key == context.asset_key for check in checks if check)


def _closed(check: dg.AssetCheckKey, instance: dg.DagsterInstance, *, made: dg.EventLogEntry | None) -> str | None:
    event = _evaluated(check, instance)
    evaluation = event.asset_check_evaluation if event else None
    if event is None or evaluation is None:
        return f"its gate {check.name} was never evaluated"
    if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
        return f"its gate {check.name} failed: {evaluation.description or 'see the check'}"
    if made and not _concerns(event, evaluation, made):
        return f"its gate {check.name} has not been evaluated since it was last made"
    return None


def _concerns(event: dg.EventLogEntry, evaluation: dg.AssetCheckEvaluation, made: dg.EventLogEntry) -> bool:
    """Whether it was the newest version that was evaluated: afterwards, or by the very step that made it."""
    target = evaluation.target_materialization_data
    in_its_step = (event.run_id, event.step_key) == (made.run_id, made.step_key)
    return in_its_step or (target.timestamp if target else event.timestamp) >= made.timestamp


def _evaluated(check: dg.AssetCheckKey, instance: dg.DagsterInstance) -> dg.EventLogEntry | None:
    """The newest evaluation. A run that planned one and was refused before it says nothing of the current version."""
    before: int | None = None
    while records := instance.event_log_storage.get_asset_check_execution_history(check, _PAGE, before):
        for record in records:
            if record.event and record.event.asset_check_evaluation:
                return record.event
        before = records[-1].id
    return None


def gated(defs: dg.Definitions) -> dg.Definitions:
    """`defs` with every asset's gates named on its spec, where whoever loads it as an input finds them."""
    gates: dict[dg.AssetKey, list[str]] = {}
    for check in defs.resolve_asset_graph().asset_check_nodes:
        if check.blocking and CONSEQUENCE not in check.metadata:
            gates.setdefault(check.key.asset_key, []).append(check.key.name)

    def name(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.merge_attributes(metadata={GATES: sorted(gates[spec.key])}) if spec.key in gates else spec

    return defs.permissive_map_resolved_asset_specs(func=name, selection=None)
