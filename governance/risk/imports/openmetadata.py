"""Findings in a JSON export of OpenMetadata's tables: tags `heirloom.<risk id>`, or a custom property `heirloom`.

One table, a list of them, or an answer of its API. The property holds a list of findings as YAML text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from governance.risk.errors import FindingError
from governance.risk.findings import Finding
from governance.risk.imports.stated import KEY, refuse_misspelt, stated, text
from governance.risk.names import unquoted

_TAG = re.compile(r'(?P<classification>[^.]+)\.(?P<quote>"?)(?P<risk>.+)(?P=quote)')


def told(export: Any, *, where: str) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for table in _tables(export, where=where):
        name = unquoted(table["fullyQualifiedName"])
        findings = _findings(table, where=f"{where}: {name}")
        if findings is not None:
            found.setdefault(name, []).extend(findings)
    return found


def _tables(export: Any, *, where: str) -> Iterator[Mapping[str, Any]]:
    listed = export.get("data", [export]) if isinstance(export, Mapping) else export
    for number, table in enumerate(listed, start=1):
        text(table, "fullyQualifiedName", where=f"{where}: table {number}")
        if not table.get("deleted"):
            yield table


def _findings(table: Mapping[str, Any], *, where: str) -> list[Finding] | None:
    owner = ", ".join(_owners(table, where=where)) or None
    found: list[list[Finding]] = []
    for column, item in [(None, table), *_columns(table, where=where)]:
        at = f"{where}.{column}" if column else where
        tagged = [*_tagged(item, where=at, column=column, owner=owner)]
        written = stated(_property(item, where=at), where=at, column=column, owner=owner)
        found += [tagged] if tagged else []
        found += [written] if written is not None else []
    return [finding for findings in found for finding in findings] if found else None


def _owners(table: Mapping[str, Any], *, where: str) -> Iterator[str]:
    """All of them: older versions have one."""
    for owner in table.get("owners") or filter(None, [table.get("owner")]):
        yield text(owner, "displayName", "name", where=f"{where}: owner")


def _columns(item: Mapping[str, Any], *, where: str, above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for column in item.get("children" if above else "columns") or ():
        name = above + text(column, "name", where=f"{where}: column")
        yield name, column
        yield from _columns(column, where=where, above=f"{name}.")


def _tagged(item: Mapping[str, Any], *, where: str, column: str | None, owner: str | None) -> Iterator[Finding]:
    for tag in item.get("tags") or ():
        name = text(tag, "tagFQN", where=f"{where}: tag")
        parsed = _TAG.fullmatch(name)
        refuse_misspelt(parsed["classification"] if parsed else name, where=f"{where}: tag '{name}'")
        if parsed and parsed["classification"] == KEY:
            raw = {"risk": parsed["risk"], "note": _note(tag), "column": column, "owner": owner}
            yield Finding.parse(raw, where=where)


def _note(tag: Mapping[str, Any]) -> str:
    how = "Suggested, not confirmed, in OpenMetadata" if tag.get("state") == "Suggested" else "Tagged in OpenMetadata"
    return f"{how}: {tag['description']}" if tag.get("description") else f"{how}."


def _property(item: Mapping[str, Any], *, where: str) -> Any:
    """The custom properties; ours is YAML in a text, as OpenMetadata has no type for lists of findings."""
    extension = item.get("extension")
    if not isinstance(extension, Mapping) or not isinstance(extension.get(KEY), str):
        return extension
    try:
        return {**extension, KEY: yaml.safe_load(extension[KEY])}
    except yaml.YAMLError as error:
        raise FindingError(f"{where}: property '{KEY}' is not YAML: {getattr(error, 'problem', error)}.") from error
