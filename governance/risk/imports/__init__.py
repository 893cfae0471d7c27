"""Findings on tables that others own, from where they are written down: YAML, dbt, OpenMetadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from governance.risk.errors import FindingError
from governance.risk.findings import Finding
from governance.risk.imports import dbt, openmetadata, yaml_findings

__all__ = ["findings_in"]


def findings_in(*paths: Path | str) -> dict[str, list[Finding]]:
    """What these files say, by asset key or table name, for `inherit(findings=...)`; the kind of a file shows itself.

    A table with an empty list was looked at, and nothing was found.
    """
    told: dict[str, list[Finding]] = {}
    for path in map(Path, paths):
        for table, findings in _read(path).items():
            told.setdefault(table, []).extend(findings)
    return told


def _read(path: Path) -> Mapping[str, list[Finding]]:
    match path.suffix:
        case ".yaml" | ".yml":
            return yaml_findings.told(path)
        case ".json":
            return _from_json(_json(path), where=str(path))
    raise FindingError(f"{path} is neither YAML nor JSON. Name it .yaml, .yml or .json.")


def _from_json(document: Any, *, where: str) -> Mapping[str, list[Finding]]:
    match document:
        case {"nodes": _} | {"sources": _}:
            return dbt.told(document, where=where)
        case [*_] | {"data": [*_]} | {"fullyQualifiedName": _}:
            return openmetadata.told(document, where=where)
    raise FindingError(f"{where} is neither a dbt manifest nor an OpenMetadata export of tables.")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FindingError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except ValueError as error:
        raise FindingError(f"{path}: not JSON: {error}.") from error
