"""Nobody reads a version that failed its gates: the check is made when an input is loaded, in whatever run.

A table's own contract needs no gate here: a version that breaks it is never published. The gates are the other
blocking checks of the asset, named in its spec's metadata under `heirloom/gates`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from lakehouse.errors import GateClosed

GATES = "heirloom/gates"
CONSEQUENCE = "heirloom/consequence"


def require_open(key: dg.AssetKey, *, metadata: Mapping[str, Any], instance: dg.DagsterInstance, run_id: str) -> None:
    """Raise unless every gate of `key` passed for its current version."""
    gates = metadata.get(GATES, [])
    if not gates:
        return
    current = instance.get_latest_materialization_event(key)
    if current is None:
        return
    problems = [
        why
        for gate in _names(gates)
        if (why := _closed(dg.AssetCheckKey(key, gate), instance=instance, current=current.timestamp, run_id=run_id))
    ]
    if problems:
        name = key.to_user_string()
        raise GateClosed(
            f"{name} must not be read: {'; '.join(problems)}. Run its checks "
            f"(dagster asset materialize --select 'key:\"{name}\"' makes it anew and checks it), or mend what they found"
        )


def _names(gates: Any) -> Iterable[str]:
    return gates.value if isinstance(gates, dg.JsonMetadataValue) else gates  # type: ignore[return-value]


def _closed(check: dg.AssetCheckKey, *, instance: dg.DagsterInstance, current: float, run_id: str) -> str | None:
    record = instance.get_latest_asset_check_evaluation_record(check)
    evaluation = record.event.asset_check_evaluation if record and record.event else None
    if record is None or evaluation is None:
        return f"its gate {check.name} was never evaluated"
    if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
        return f"its gate {check.name} failed: {evaluation.description or 'see the check'}"
    if record.run_id != run_id and record.create_timestamp < current:
        return f"its gate {check.name} has not been evaluated since it was last made"
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
