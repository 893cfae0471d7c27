"""A data contract (Open Data Contract Standard v3, one table a file): loaded, or refused with its line."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from lakehouse.contracts.columns import RELATIONSHIPS, Column, custom, known_customs, partition_of, read_column
from lakehouse.contracts.options import column_rules
from lakehouse.contracts.quality import quality_rule
from lakehouse.contracts.rules import RowRule, TableRule, rejected_share, structural
from lakehouse.contracts.yaml_lines import Block, is_number, load, nearest, parsed
from lakehouse.errors import ContractError

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
_PROSE_OF_A_SERVER = frozenset({"id", "description", "environment", "roles", "customProperties"})
_TABLE = frozenset(
    "id name logicalType physicalType physicalName description businessName tags dataGranularityDescription "
    "authoritativeDefinitions properties quality customProperties".split()
)
_SLA = frozenset({"id", "property", "value", "unit", "element", "driver", "description"})
_HOURS = {"h": 1.0, "hours": 1.0, "hour": 1.0, "d": 24.0, "days": 24.0, "day": 24.0}


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
    location: str = field(default="", repr=False)
    content: str = field(default="", repr=False)
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
    for path in sorted(folder.glob("*.y*ml")):
        if path.suffix != ".yaml":
            raise ContractError(f"{path}:1: contracts are read from *.yaml: rename it to {path.stem}.yaml")
        contract = read(path)
        if path.stem != contract.key[1]:
            raise load(path).refuse(f"contract '{contract.id}' belongs in {contract.key[1]}.yaml", key="id")
        found[contract.key] = contract
    return found


def read(path: Path) -> Contract:
    """The contract in `path`."""
    return contract_of(path.read_bytes(), path)


def contract_of(content: bytes, path: Path) -> Contract:
    """The contract that `path` holds, or held at another revision."""
    return of_document(parsed(content, path), digest=hashlib.sha256(content).hexdigest()[:12])


def of_document(document: Block, *, digest: str) -> Contract:
    document.only(_DOCUMENT)
    _header(document)
    table = _one_table(document)
    columns = tuple(read_column(block) for block in table.blocks("properties"))
    if not columns:
        raise table.refuse("a table has at least one column: list them under 'properties'")
    _distinct(table, [column.name for column in columns])
    rows, whole = _rules(document, table, columns)
    return Contract(
        id=document["id"],
        version=document["version"],
        status=document["status"],
        description=str(table.maybe("description") or _purpose(document)).strip(),
        columns=columns,
        partition=partition_of(table, columns),
        row_rules=rows,
        table_rules=whole,
        freshness_hours=_freshness(document, table),
        location=_location(document, table),
        content=hashlib.sha256(_said({**document, "version": None}).encode()).hexdigest(),
        digest=digest,
        path=document.path,
    )


def _said(part: object) -> str:
    """What was written, whatever the layout and the order of keys."""
    return json.dumps(part, sort_keys=True, default=str)


def _location(document: Block, table: Block) -> str:
    servers = [
        {key: server[key] for key in server if key not in _PROSE_OF_A_SERVER} for server in document.blocks("servers")
    ]
    return _said([servers, table.get("physicalName"), table.get("physicalType", "table")])


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
    known_customs(document, frozenset({"rejectedShare"}))


def _one_table(document: Block) -> Block:
    tables = document.blocks("schema")
    if len(tables) != 1:
        raise document.refuse(f"one contract is one table, here are {len(tables)}", key="schema")
    table = tables[0]
    table.only(_TABLE, beyond=RELATIONSHIPS)
    if table.need("name") != document["id"].split(".")[1]:
        raise table.refuse(f"table '{table['name']}' must be named as in id '{document['id']}'", key="name")
    known_customs(table, frozenset())
    return table


def _rules(
    document: Block, table: Block, columns: tuple[Column, ...]
) -> tuple[tuple[RowRule, ...], tuple[TableRule, ...]]:
    keys = tuple(column.name for column in columns if column.key)
    found: list[RowRule | TableRule] = [*structural(keys=keys, partition=partition_of(table, columns))]
    for block, column in zip(table.blocks("properties"), columns, strict=True):
        found += column_rules(block, name=column.name, type=column.type, required=column.required)
        found += [quality_rule(rule, column=column.name, type=column.type) for rule in block.blocks("quality")]
    for block in table.blocks("quality"):
        found.append(_of_columns(block, quality_rule(block, column=None), columns))
    found.append(rejected_share(custom(document, "rejectedShare")))
    # A key that is also declared without empty values says one thing twice.
    found = list({(rule.name, rule.mark): rule for rule in found}.values())
    _distinct(table, [rule.name for rule in found], what="rule")
    rows = tuple(rule for rule in found if isinstance(rule, RowRule))
    return rows, tuple(rule for rule in found if isinstance(rule, TableRule))


def _of_columns(block: Block, rule: RowRule | TableRule, columns: tuple[Column, ...]) -> RowRule | TableRule:
    """The rule, if the columns that it names are the table's."""
    names = [column.name for column in columns]
    for name in rule.columns if isinstance(rule, RowRule) else ():
        if name not in names:
            raise block.refuse(f"rule '{rule.name}' is on '{name}', which is no column; {nearest(name, names)}")
    return rule


def _freshness(document: Block, table: Block) -> float | None:
    levels = document.blocks("slaProperties")
    for level in levels:
        level.only(_SLA)
        if level.need("property") not in {"freshness", "latency"}:
            raise level.refuse(
                f"service level '{level['property']}' cannot be enforced here; known: freshness, latency",
                key="property",
            )
        if level.get("element", table["name"]) != table["name"]:
            raise level.refuse(f"freshness is that of the table, not of '{level['element']}'", key="element")
        if level.get("unit") not in _HOURS or not is_number(level.get("value")) or level["value"] <= 0:
            raise level.refuse("a freshness needs a number above 0 as 'value' and 'unit': h or d", key="unit")
    if len(levels) > 1:
        raise levels[1].refuse("a table has one freshness: keep one of these service levels")
    return float(levels[0]["value"]) * _HOURS[levels[0]["unit"]] if levels else None


def _purpose(document: Block) -> str:
    description = document.get("description") or ""
    return str(description.get("purpose") or "") if isinstance(description, Block) else str(description)


def _distinct(table: Block, names: list[str], *, what: str = "column") -> None:
    """Spark does not tell upper from lower case."""
    lowered = [name.lower() for name in names]
    twice = sorted({name for name in names if lowered.count(name.lower()) > 1})
    if twice:
        raise table.refuse(f"{what} {', '.join(twice)} is declared twice: names are unique in a table")
