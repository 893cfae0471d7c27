"""A data contract (Open Data Contract Standard v3, one table a file): loaded, or refused with its line."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from lakehouse.contracts import types
from lakehouse.contracts.rules import RowRule, TableRule, column_rules, quality_rule, rejected_share, structural
from lakehouse.contracts.yaml_lines import Block, load

_VERSIONS = re.compile(r"v?3\.(0|1)\.\d+")
_SEMVER = re.compile(r"\d+\.\d+\.\d+")
_STATUS = frozenset({"proposed", "draft", "active", "deprecated", "retired"})
_PROSE = frozenset(
    "name tenant domain dataProduct tags servers team roles support price contractCreatedTs "
    "authoritativeDefinitions".split()
)
_DOCUMENT = _PROSE | frozenset(
    "apiVersion kind id version status description schema slaProperties customProperties".split()
)
_TABLE = frozenset(
    "id name logicalType physicalType physicalName description businessName tags dataGranularityDescription "
    "authoritativeDefinitions properties quality customProperties".split()
)
_COLUMN = frozenset(
    "id name businessName description logicalType physicalType physicalName required unique primaryKey "
    "primaryKeyPosition partitioned partitionKeyPosition classification criticalDataElement examples tags "
    "logicalTypeOptions quality customProperties authoritativeDefinitions".split()
)
_SLA = frozenset({"id", "property", "value", "valueExt", "unit", "element", "driver", "description"})


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type as Spark writes it, and the class of personal data in it, if any."""

    name: str
    type: str
    description: str
    required: bool = False
    key: bool = False
    pii: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a table promises: columns, rules on its rows, rules on the whole, service levels."""

    id: str
    version: str
    status: str
    description: str
    columns: tuple[Column, ...]
    partition: str | None
    row_rules: tuple[RowRule, ...]
    table_rules: tuple[TableRule, ...]
    freshness_hours: float | None = None
    digest: str = field(repr=False)
    path: Path = field(compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        package, table = self.id.split(".")
        return package, table

    @property
    def reference(self) -> str:
        return f"{self.id}@{self.version}"

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return MappingProxyType({column.name: column for column in self.columns})

    @property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)

    @property
    def rules(self) -> tuple[RowRule | TableRule, ...]:
        return (*self.row_rules, *self.table_rules)


def contracts_in(folder: Path) -> dict[tuple[str, str], Contract]:
    """Every contract of a folder, by asset key; the file is named like its table."""
    found: dict[tuple[str, str], Contract] = {}
    for path in sorted(folder.glob("*.yaml")):
        contract = read(path)
        if path.stem != contract.key[1]:
            raise load(path).refuse(f"contract '{contract.id}' belongs in {contract.key[1]}.yaml", key="id")
        found[contract.key] = contract
    return found


def read(path: Path) -> Contract:
    """The contract in `path`."""
    document = load(path)
    document.only(_DOCUMENT)
    _header(document)
    table = _one_table(document)
    columns = tuple(_column(block) for block in table.blocks("properties"))
    if not columns:
        raise table.refuse("a table has at least one column: list them under 'properties'")
    _distinct(table, [column.name for column in columns])
    partition = _partition(table)
    keys = tuple(column.name for column in columns if column.key)
    rows, whole = _rules(document, table, columns, keys=keys, partition=partition)
    return Contract(
        id=document["id"],
        version=document["version"],
        status=document["status"],
        description=str(table.get("description") or _purpose(document)).strip(),
        columns=columns,
        partition=partition,
        row_rules=rows,
        table_rules=whole,
        freshness_hours=_freshness(document),
        digest=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
        path=path,
    )


def custom(block: Block, name: str) -> Block | None:
    """The entry of `customProperties` with this name."""
    return next((one for one in block.blocks("customProperties") if one.get("property") == name), None)


def _header(document: Block) -> None:
    if not _VERSIONS.fullmatch(str(document.need("apiVersion"))):
        raise document.refuse(f"apiVersion {document['apiVersion']} is not read here: v3.0.x, v3.1.x", key="apiVersion")
    if document.need("kind") != "DataContract":
        raise document.refuse(f"kind is '{document['kind']}': a contract says DataContract", key="kind")
    if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", document.need("id")):
        raise document.refuse(f"id '{document['id']}' must be <package>.<table>, as in clv.customers", key="id")
    if not _SEMVER.fullmatch(str(document.need("version"))):
        raise document.refuse(f"version '{document['version']}' must be like 1.2.0", key="version")
    if document.need("status") not in _STATUS:
        raise document.refuse(f"status '{document['status']}' is none of {', '.join(sorted(_STATUS))}", key="status")
    _known_customs(document, frozenset({"rejectedShare"}))


def _one_table(document: Block) -> Block:
    tables = document.blocks("schema")
    if len(tables) != 1:
        raise document.refuse(f"one contract is one table, here are {len(tables)}", key="schema")
    table = tables[0]
    table.only(_TABLE)
    if table.need("name") != document["id"].split(".")[1]:
        raise table.refuse(f"table '{table['name']}' must be named as in id '{document['id']}'", key="name")
    _known_customs(table, frozenset())
    return table


def _column(block: Block) -> Column:
    block.only(_COLUMN)
    name = block.need("name")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise block.refuse(f"column '{name}' must be letters, digits and _", key="name")
    _known_customs(block, frozenset({"onViolation"}))
    return Column(
        name=name,
        type=_type(block),
        description=str(block.get("description", "")).strip(),
        required=bool(block.get("required", False)) or bool(block.get("primaryKey", False)),
        key=bool(block.get("primaryKey", False)),
        pii=_pii(block),
    )


def _type(block: Block) -> str:
    logical = block.need("logicalType")
    text = block.get("physicalType") or types.LOGICAL.get(logical)
    if text is None or (parsed := types.parse(text)) is None:
        near = get_close_matches(str(text), types.KNOWN, n=1)
        hint = (
            f"did you mean {near[0]}?"
            if near
            else "known: " + ", ".join(sorted(types.KNOWN)) + ", decimal(p,s), array<t>"
        )
        raise block.refuse(
            f"type '{text or logical}' of column '{block['name']}' is not known; {hint}", key="physicalType"
        )
    return parsed


def _pii(block: Block) -> str | None:
    """`classification: personal.email` puts the column into the personal data class `email`."""
    text = str(block.get("classification", ""))
    return text.removeprefix("personal.") if text.startswith("personal.") else None


def _partition(table: Block) -> str | None:
    named = [block["name"] for block in table.blocks("properties") if block.get("partitioned")]
    if len(named) > 1:
        raise table.refuse(f"one partition column at most, here are {', '.join(named)}", key="properties")
    return named[0] if named else None


def _rules(
    document: Block, table: Block, columns: tuple[Column, ...], *, keys: tuple[str, ...], partition: str | None
) -> tuple[tuple[RowRule, ...], tuple[TableRule, ...]]:
    found: list[RowRule | TableRule] = [*structural(keys=keys, partition=partition)]
    for block, column in zip(table.blocks("properties"), columns, strict=True):
        found += column_rules(block, name=column.name, type=column.type, required=column.required)
        found += [quality_rule(rule, column=column.name) for rule in block.blocks("quality")]
    found += [quality_rule(rule, column=None) for rule in table.blocks("quality")]
    budget = custom(document, "rejectedShare")
    found.append(rejected_share(budget))
    _distinct(table, [rule.name for rule in found], what="rule")
    rows = tuple(rule for rule in found if isinstance(rule, RowRule))
    return rows, tuple(rule for rule in found if isinstance(rule, TableRule))


def _known_customs(block: Block, known: frozenset[str]) -> None:
    for one in block.blocks("customProperties"):
        if one.get("property") not in known:
            raise one.refuse(
                f"custom property '{one.get('property')}' is not known here; known: {', '.join(sorted(known)) or 'none'}"
            )


def _freshness(document: Block) -> float | None:
    hours: float | None = None
    for level in document.blocks("slaProperties"):
        level.only(_SLA)
        if level.need("property") not in {"freshness", "latency"}:
            raise level.refuse(
                f"service level '{level['property']}' cannot be enforced here; known: freshness, latency",
                key="property",
            )
        unit = {"h": 1.0, "hours": 1.0, "hour": 1.0, "d": 24.0, "days": 24.0, "day": 24.0}.get(str(level.get("unit")))
        if unit is None or not isinstance(level.get("value"), int | float):
            raise level.refuse("a freshness needs a number as 'value' and 'unit': h or d", key="unit")
        hours = float(level["value"]) * unit
    return hours


def _purpose(document: Block) -> str:
    description = document.get("description", "")
    return description.get("purpose", "") if isinstance(description, Block) else str(description)


def _distinct(table: Block, names: list[str], *, what: str = "column") -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise table.refuse(f"{what} {', '.join(twice)} is declared twice: names are unique in a table")
