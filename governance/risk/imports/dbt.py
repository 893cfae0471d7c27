"""Findings in a dbt `manifest.json`: `meta: {heirloom: [...]}` of models, sources, seeds and snapshots, and of columns.

A table goes by its relation, whatever its quotes, and by the asset key that dagster-dbt gives it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from governance.risk.errors import FindingError
from governance.risk.findings import Finding
from governance.risk.imports.stated import stated, text
from governance.risk.names import same_table, unquoted

_METAS = ("meta", "source_meta")
_TABLES = ("model", "seed", "snapshot", "source")


def told(manifest: Mapping[str, Any], *, where: str) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for id_, table in sorted(_tables(manifest, where=where)):
        findings = _findings(table, where=f"{where}: {id_}")
        for name in _names(table, where=f"{where}: {id_}") if findings is not None else ():
            found.setdefault(name, []).extend(findings or ())
    return found


def _tables(manifest: Mapping[str, Any], *, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for part in ("nodes", "sources"):
        for id_, table in _mapping(manifest, part, where=where).items():
            if _known(table, where=f"{where}: {id_}").get("resource_type", id_.partition(".")[0]) in _TABLES:
                yield id_, table


def _findings(table: Mapping[str, Any], *, where: str) -> list[Finding] | None:
    owner = _meta(table, "owner")
    columns = _mapping(table, "columns", where=where)
    places = [(None, table, where), *((name, columns[name], f"{where}.{name}") for name in columns)]
    found = [
        stated(meta, where=at, column=column, owner=owner if isinstance(owner, str) else None)
        for column, item, at in places
        for meta in _metas(item, where=at)
    ]
    if all(findings is None for findings in found):
        return None
    # Newer versions of dbt write the same meta in both places.
    return list(dict.fromkeys(finding for findings in found for finding in findings or ()))


def _metas(item: Mapping[str, Any], *, where: str) -> list[Mapping[str, Any]]:
    """A table's own come before those of its whole source, which they would hide."""
    config = _mapping(item, "config", where=where)
    return [_mapping(config, "meta", where=where), *(_mapping(item, name, where=where) for name in _METAS)]


def _meta(table: Mapping[str, Any], name: str) -> Any:
    return next((meta[name] for meta in _metas(table, where="") if meta.get(name)), None)


def _names(table: Mapping[str, Any], *, where: str) -> Iterator[str]:
    alias = text(table, "alias", "identifier", "name", where=where)
    relation = unquoted(table.get("relation_name") or ".".join(filter(None, (*map(table.get, _SCHEMA), alias))))
    yield relation
    key = _asset_key(table)
    if key and not same_table(key, relation):
        yield key


_SCHEMA = ("database", "schema")


def _asset_key(table: Mapping[str, Any]) -> str | None:
    match _meta(table, "dagster"):
        case {"asset_key": [*path]}:
            return "/".join(map(str, path))
    return f"{table['source_name']}/{table.get('name')}" if "source_name" in table else None


def _mapping(item: Mapping[str, Any], name: str, *, where: str) -> Mapping[str, Any]:
    return _known(_known(item, where=where).get(name) or {}, where=f"{where}: '{name}'")


def _known(item: Any, *, where: str) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise FindingError(f"{where} must be a mapping, not {item!r}.")
    return item
