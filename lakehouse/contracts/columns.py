"""The columns of a contract: names, types, classes of personal data, and the one that holds the partitions."""

import re
from dataclasses import dataclass

from lakehouse.contracts import types
from lakehouse.contracts.yaml_lines import Block, nearest

_COLUMN = frozenset(
    "id name businessName description logicalType physicalType physicalName required unique primaryKey "
    "primaryKeyPosition partitioned partitionKeyPosition classification criticalDataElement examples tags "
    "logicalTypeOptions quality customProperties authoritativeDefinitions transformSourceObjects transformLogic "
    "transformDescription encryptedName".split()
)
RELATIONSHIPS = {"relationships": "keys into other tables are not checked"}
_BEYOND = RELATIONSHIPS | {
    "items": "give the column its whole type, as in physicalType: array<string>",
    "properties": "a column has no columns: list them as columns of the table",
}
_TEXT = re.compile(r"(?:var)?char(?:acter)?(?: varying)?\s*[(\[]\s*(\d+)\s*[)\]]", re.IGNORECASE)
_CUSTOM = frozenset({"id", "property", "value", "description"})
_PARTITIONED_BY = frozenset({"date", "string", "boolean", *types.WHOLE})


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type as Spark writes it, and the class of personal data in it, if any."""

    name: str
    type: str
    description: str
    required: bool = False
    key: bool = False
    pii: str | None = None


def read_column(block: Block) -> Column:
    block.only(_COLUMN, beyond=_BEYOND)
    name = block.need("name")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise block.refuse(f"column '{name}' must be letters, digits and _", key="name")
    known_customs(block, frozenset({"onViolation"}))
    key = block.flag("primaryKey")
    return Column(
        name=name,
        type=_type(block),
        description=str(block.maybe("description") or "").strip(),
        required=block.flag("required") or key,
        key=key,
        pii=_pii(block),
    )


def _type(block: Block) -> str:
    logical = block.need("logicalType")
    if logical not in {*types.LOGICAL, "array"}:
        raise block.refuse(
            f"logicalType '{logical}' of column '{block['name']}' is not known; "
            f"{nearest(logical, [*types.LOGICAL, 'array'])}",
            key="logicalType",
        )
    text = block.maybe("physicalType") or types.LOGICAL.get(logical)
    if text is None:
        raise block.refuse(f"column '{block['name']}' needs a physicalType, such as array<string>", key="logicalType")
    parsed = "string" if _TEXT.fullmatch(text) else types.parse(text)
    if parsed is None:
        raise block.refuse(
            f"type '{text}' of column '{block['name']}' is not known; "
            f"{nearest(text, [*types.KNOWN, 'decimal(p,s)', 'array<t>'])}",
            key="physicalType",
        )
    if not types.agrees(parsed, logical=logical):
        raise block.refuse(
            f"column '{block['name']}' is {logical} by its logicalType and {parsed} by its physicalType",
            key="physicalType",
        )
    return parsed


def text_limit(block: Block) -> int | None:
    """How long a text may be by its physicalType, as in varchar(20)."""
    found = _TEXT.fullmatch(block.maybe("physicalType") or "")
    return int(found[1]) if found else None


def _pii(block: Block) -> str | None:
    """`classification: personal.email` puts the column into the personal data class `email`."""
    text = block.maybe("classification") or ""
    found = re.fullmatch(r"personal\.([a-z0-9_]+)", text)
    if not found and re.match(r"personal|pii", text, re.IGNORECASE):
        raise block.refuse(
            f"classification '{text}' names no class of personal data, as in personal.email", key="classification"
        )
    return found[1] if found else None


def partition_of(table: Block, columns: tuple[Column, ...]) -> str | None:
    blocks = table.blocks("properties")
    named = [column for block, column in zip(blocks, columns, strict=True) if block.flag("partitioned")]
    if len(named) > 1:
        both = ", ".join(column.name for column in named)
        raise table.refuse(f"one partition column at most, here are {both}", key="properties")
    for column in named:
        if column.type not in _PARTITIONED_BY:
            block = blocks[columns.index(column)]
            raise block.refuse(
                f"a table is not partitioned by a {column.type}, as '{column.name}' is: give it a column of type date "
                "or string for that",
                key="partitioned",
            )
    return named[0].name if named else None


def custom(block: Block, name: str) -> Block | None:
    """The entry of `customProperties` with this name."""
    return next((one for one in block.blocks("customProperties") if one.get("property") == name), None)


def known_customs(block: Block, known: frozenset[str]) -> None:
    for one in block.blocks("customProperties"):
        one.only(_CUSTOM)
        if one.need("property") not in known:
            raise one.refuse(
                f"custom property '{one['property']}' is not known here; known: {', '.join(sorted(known)) or 'none'}"
            )
