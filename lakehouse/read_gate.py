"""Nobody reads a version that failed its gates: the check is made when an input is loaded, in whatever run.

A table's own contract needs no gate here: a version that breaks it is never published. The gates are the other
blocking checks of the asset, named in its spec's metadata under `heirloom/gates`.
"""

import dagster as dg

from lakehouse.errors import GateClosed

GATES = "heirloom/gates"
CONSEQUENCE = "heirloom/consequence"


def require_open(context: dg.InputContext) -> None:
    """Raise unless every gate of the input passed for its current version. The gates themselves may look at it."""
    gates = _gates(context)
    current = context.instance.get_latest_materialization_event(context.asset_key) if gates else None
    if current is None:
        return
    closed = [_closed(dg.AssetCheckKey(context.asset_key, gate), context, made=current.timestamp) for gate in gates]
    problems = [why for why in closed if why]
    if problems:
        name = context.asset_key.to_user_string()
        raise GateClosed(
            f"{name} must not be read: {'; '.join(problems)}. Run its checks "
            f"(dagster asset materialize --select 'key:\"{name}\"' makes it anew and checks it), or mend what they found"
        )


def _gates(context: dg.InputContext) -> list[str]:
    if _step(context) is not None and context.step_context.is_asset_check_step:
        return []
    found = context.upstream_output.definition_metadata.get(GATES, []) if context.upstream_output else []
    return list(found.value if isinstance(found, dg.JsonMetadataValue) else found)  # type: ignore[arg-type]


def _closed(check: dg.AssetCheckKey, context: dg.InputContext, *, made: float) -> str | None:
    record = context.instance.get_latest_asset_check_evaluation_record(check)
    evaluation = record.event.asset_check_evaluation if record and record.event else None
    if record is None or record.event is None or evaluation is None:
        return f"its gate {check.name} was never evaluated"
    if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
        return f"its gate {check.name} failed: {evaluation.description or 'see the check'}"
    if record.run_id != _step(context) and record.event.timestamp < made:
        return f"its gate {check.name} has not been evaluated since it was last made"
    return None


def _step(context: dg.InputContext) -> str | None:
    """The run that loads the input; none outside a run."""
    try:
        return context.step_context.run_id
    except dg.DagsterInvariantViolationError:
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
