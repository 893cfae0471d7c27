"""For anyone's Definitions: what every asset inherits, and the same written back on the specs."""

import datetime as dt
from typing import Any

import dagster as dg

from governance.risk.findings import ASSESSED, FINDINGS, PROCESS
from governance.risk.graph import defined, nodes_and_stubs
from governance.risk.inheritance import Inheritance, inheritance
from governance.risk.load_gate import Groups
from governance.risk.node import Node
from governance.risk.placing import Findings, placed
from governance.risk.proof import Holds
from governance.risk.register import Register
from governance.risk.sources import group_origin
from governance.risk.tags import RISKS, with_risks


def inherit(
    defs: dg.Definitions, *, register: Register, groups: Groups | None = None, findings: Findings | None = None
) -> dg.Definitions:
    """The definitions with the risks of every asset, external ones too, as tags and metadata.

    `groups` are findings about a process: they reach everything in the group, and its heirs. `findings` are those on
    tables that others own, as `imports.findings_in` reads them; a table that is no asset here becomes an external one.
    What is written stays until the next loading, so every finding counts, whatever its period.
    """
    risks = risks_of(defs, register=register, groups=groups, findings=findings)

    def written(spec: dg.AssetSpec) -> dg.AssetSpec:
        key = spec.key.to_user_string()
        return with_risks(_stating(spec, risks.nodes[key]), risks[key])

    mapped = defs.permissive_map_resolved_asset_specs(func=written, selection=None)
    if not findings:
        return mapped
    done = {spec.key.to_user_string() for spec in mapped.resolve_all_asset_specs() if RISKS in spec.metadata}
    tables = [written(dg.AssetSpec(dg.AssetKey.from_user_string(key))) for key in risks if key not in done]
    return dg.Definitions.merge(mapped, dg.Definitions(assets=tables))


def risks_of(  # noqa: PLR0913
    defs: dg.Definitions,
    *,
    register: Register,
    groups: Groups | None = None,
    findings: Findings | None = None,
    holds: Holds | None = None,
    today: dt.date | None = None,
) -> Inheritance:
    """The complete answer, typed, with no cap; `holds` and `today` as in `inheritance`."""
    nodes = placed(nodes_and_stubs(defs), findings or {})
    nodes = placed(nodes, {group_origin(group): said for group, said in (groups or {}).items()})
    return inheritance(defined(nodes), register=register, holds=holds, today=today)


def _stating(spec: dg.AssetSpec, node: Node) -> dg.AssetSpec:
    """The spec with all that is stated of it, so that whoever reads the definitions again finds the same."""
    metadata: dict[str, Any] = {ASSESSED: True} if node.assessed else {}
    for name, findings in ((FINDINGS, node.findings), (PROCESS, node.process)):
        if findings:
            metadata[name] = [finding.as_metadata() for finding in findings]
    return spec.merge_attributes(metadata=metadata) if metadata else spec
