"""Dagster's asset graph read into nodes. Spec metadata is the bus: findings, schema, lineage lie there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from governance.risk.errors import FindingError, LineageMismatch, StubDependency, did_you_mean
from governance.risk.findings import ASSESSED, FINDINGS, PROCESS, RESOLUTIONS, UNREADABLE, Finding, Resolution
from governance.risk.node import Lineage, Node

INFLUENCES = "heirloom/column_influences"
_LINEAGE = "dagster/column_lineage"
_SCHEMA = "dagster/column_schema"
_TABLE = "dagster/table_name"
_STUB = "dagster/auto_created_stub_asset"
_CONSEQUENCE = "heirloom/consequence"
_PERSONAL = "pii"

Checks = Mapping[str, Mapping[str, Any]]


def nodes_of(defs: dg.Definitions) -> list[Node]:
    """The assets as nodes; one that Dagster only made up is refused: nobody knows what it carries."""
    return defined(nodes_and_stubs(defs))


def defined(nodes: Iterable[Node]) -> list[Node]:
    """The nodes, if all of them are defined."""
    nodes = sorted(nodes, key=lambda node: node.key)
    for node in nodes:
        if node.stub:
            raise StubDependency(node.unreadable)
    return nodes


def nodes_and_stubs(defs: dg.Definitions) -> list[Node]:
    """The assets as nodes; one that Dagster only made up is unreadable."""
    graph = defs.resolve_asset_graph()
    known = [_name(node.key) for node in graph.asset_nodes if not node.metadata.get(_STUB)]
    nodes = []
    for node in sorted(graph.asset_nodes, key=lambda node: node.key):
        checks = {check.name: graph.get(check).metadata for check in node.check_keys}
        if node.metadata.get(_STUB):
            users = [*map(_name, node.child_keys), *(f"check {check}" for check in checks)]
            nodes.append(_stub(_name(node.key), users=users, known=known))
        else:
            external = node.is_external and not node.is_virtual
            parents = map(_name, node.parent_keys)
            nodes.append(
                _node(node.to_asset_spec(), parents=parents, group=node.group_name, external=external, checks=checks)
            )
    return nodes


def _name(key: dg.AssetKey) -> str:
    return key.to_user_string()


def _stub(name: str, *, users: Sequence[str], known: Sequence[str]) -> Node:
    sentence = f"Nobody defines '{name}', which {', '.join(sorted(users))} depends on."
    if name in known:
        parts = ", ".join(f'"{part}"' for part in name.split("/"))
        raise StubDependency(f"{sentence} The key is written as one part; write dg.AssetKey([{parts}]).")
    hint = did_you_mean(name, known) or " If it is made elsewhere, declare it: dg.AssetSpec(...)."
    return Node(key=name, external=True, stub=True, unreadable=sentence + hint)


def _node(spec: dg.AssetSpec, *, parents: Iterable[str], group: str, external: bool, checks: Checks) -> Node:
    key, metadata = _name(spec.key), {name: _plain(value) for name, value in spec.metadata.items()}
    findings = _findings(metadata, FINDINGS, key)
    resolutions = tuple(Resolution.parse(raw, where=key) for raw in _listed(metadata, RESOLUTIONS, key))
    lineage = _lineage(metadata, key)
    return Node(
        key=key,
        # A column read from an asset makes it a parent, whether or not `deps` says so.
        parents=tuple(sorted({*parents, *(lineage.reads if lineage else ())})),
        group=group,
        owners=tuple(spec.owners),
        table=metadata.get(_TABLE),
        external=external,
        assessed=bool(findings or resolutions or metadata.get(ASSESSED)),
        unreadable=metadata.get(UNREADABLE),
        findings=findings,
        resolutions=resolutions,
        process=_findings(metadata, PROCESS, key),
        lineage=lineage,
        columns=_columns(metadata.get(_SCHEMA)),
        checks=frozenset(checks),
        personal=_personal(metadata.get(_SCHEMA)),
        kinds=frozenset(spec.kinds),
        quarantining=frozenset(name for name, said in checks.items() if _plain(said.get(_CONSEQUENCE)) == "quarantine"),
    )


def _findings(metadata: Mapping[str, Any], name: str, key: str) -> tuple[Finding, ...]:
    return tuple(Finding.parse(raw, where=key) for raw in _listed(metadata, name, key))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value


def _listed(metadata: Mapping[str, Any], name: str, key: str) -> Sequence[Any]:
    listed = metadata.get(name, ())
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise FindingError(f"{key}: metadata '{name}' must be a list, not {listed!r}. Use @carries.")
    return listed


def _columns(schema: dg.TableSchema | None) -> frozenset[str] | None:
    return None if schema is None else frozenset(column.name for column in schema.columns)


def _personal(schema: dg.TableSchema | None) -> dict[str, str]:
    """The class of personal data in each column that has one, as a column tag."""
    columns = schema.columns if schema else ()
    return {column.name: column.tags[_PERSONAL] for column in columns if column.tags and _PERSONAL in column.tags}


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
