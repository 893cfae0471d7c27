"""Dagster's asset graph read into nodes. Spec metadata is the bus: findings, schema, lineage lie there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from governance.risk.errors import FindingError, LineageMismatch, StubDependency, did_you_mean
from governance.risk.findings import ASSESSED, FINDINGS, RESOLUTIONS, Finding, Resolution
from governance.risk.node import Lineage, Node

INFLUENCES = "heirloom/column_influences"
_LINEAGE = "dagster/column_lineage"
_SCHEMA = "dagster/column_schema"
_STUB = "dagster/auto_created_stub_asset"


def nodes_of(defs: dg.Definitions) -> list[Node]:
    """The assets as nodes; one that Dagster only made up is refused: nobody knows what it carries."""
    graph = defs.resolve_asset_graph()
    known = [node.key.to_user_string() for node in graph.asset_nodes if not node.metadata.get(_STUB)]
    for node in sorted(graph.asset_nodes, key=lambda node: node.key):
        if node.metadata.get(_STUB):
            checks = [f"check {check.name}" for check in node.check_keys]
            raise _stub(node.key, users=[*map(_name, node.child_keys), *checks], known=known)
    return [
        _node(
            node.to_asset_spec(),
            parents=map(_name, node.parent_keys),
            group=node.group_name,
            external=node.is_external and not node.is_virtual,
            checks=(check.name for check in node.check_keys),
        )
        for node in graph.asset_nodes
    ]


def _name(key: dg.AssetKey) -> str:
    return key.to_user_string()


def _stub(key: dg.AssetKey, *, users: Sequence[str], known: Sequence[str]) -> StubDependency:
    name = _name(key)
    if name in known:
        parts = ", ".join(f'"{part}"' for part in name.split("/"))
        hint = f" The key is written as one part; write dg.AssetKey([{parts}])."
    else:
        hint = did_you_mean(name, known) or " If it is made elsewhere, declare it: dg.AssetSpec(...)."
    return StubDependency(f"Nobody defines '{name}', which {', '.join(sorted(users))} depends on.{hint}")


def _node(spec: dg.AssetSpec, *, parents: Iterable[str], group: str, external: bool, checks: Iterable[str]) -> Node:
    key, metadata = _name(spec.key), {name: _plain(value) for name, value in spec.metadata.items()}
    findings = tuple(Finding.parse(raw, where=key) for raw in _listed(metadata, FINDINGS, key))
    resolutions = tuple(Resolution.parse(raw, where=key) for raw in _listed(metadata, RESOLUTIONS, key))
    lineage = _lineage(metadata, key)
    return Node(
        key=key,
        # A column read from an asset makes it a parent, whether or not `deps` says so.
        parents=tuple(sorted({*parents, *(lineage.reads if lineage else ())})),
        group=group,
        external=external,
        assessed=bool(findings or resolutions or metadata.get(ASSESSED)),
        findings=findings,
        resolutions=resolutions,
        lineage=lineage,
        columns=_columns(metadata.get(_SCHEMA)),
        checks=frozenset(checks),
    )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value


def _listed(metadata: Mapping[str, Any], name: str, key: str) -> Sequence[Any]:
    listed = metadata.get(name, ())
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise FindingError(f"{key}: metadata '{name}' must be a list, not {listed!r}. Use @carries.")
    return listed


def _columns(schema: dg.TableSchema | None) -> frozenset[str] | None:
    return None if schema is None else frozenset(column.name for column in schema.columns)


def _lineage(metadata: Mapping[str, Any], key: str) -> Lineage | None:
    lineage: dg.TableColumnLineage | None = metadata.get(_LINEAGE)
    if lineage is None:
        return None
    made_from = {
        column: tuple((_name(dep.asset_key), dep.column_name) for dep in deps)
        for column, deps in lineage.deps_by_column.items()
    }
    return Lineage(made_from, frozenset(_influence(pair, key) for pair in _listed(metadata, INFLUENCES, key)))


def _influence(pair: Any, key: str) -> tuple[str, str]:
    match pair:
        case [str(asset), str(column)]:
            return asset, column
    raise LineageMismatch(f"{key}: metadata '{INFLUENCES}' holds {pair!r}, not an [asset key, column] pair.")
