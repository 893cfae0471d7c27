"""Contracts made for tests, through the file they would stand in."""

from pathlib import Path

import yaml

from lakehouse.contracts import types
from lakehouse.contracts.document import Contract, read

LOGICAL = {"number": "number", "string": "string", "binary": "string", "timestamp_ntz": "timestamp"}


def column(name: str, type_: str, **words) -> dict:
    """`column("amount", "double", required=True, logicalTypeOptions={"minimum": 0})`."""
    family = types.family(type_)
    logical = "integer" if type_ in types.WHOLE else LOGICAL.get(family, family)
    return {"name": name, "logicalType": logical, "physicalType": type_, **words}


def predicate(name: str, implementation: str, **words) -> dict:
    return {"name": name, "type": "custom", "engine": "heirloom", "implementation": implementation, **words}


def on_violation(consequence: str) -> dict:
    return {"customProperties": [{"property": "onViolation", "value": consequence}]}


def contract(folder: Path, id_: str, columns, *, quality=(), version="1.0.0", **document) -> Contract:
    table = id_.split(".")[1]
    written = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": id_,
        "version": version,
        "status": "active",
        **document,
        "schema": [{"name": table, "properties": list(columns), "quality": list(quality)}],
    }
    path = folder / f"{table}.yaml"
    path.write_text(yaml.safe_dump(written, sort_keys=False))
    return read(path)
