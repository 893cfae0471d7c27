"""A document of the standard as another tool wrote it, made one of this house: its id, one of its tables.

What this house cannot keep is refused with the other tool's own line, as in every contract.
"""

from pathlib import Path

from lakehouse.contracts.document import of_document
from lakehouse.contracts.yaml_lines import Block, dumped, parsed


def adopted(content: bytes, path: Path, *, id_: str, table: str | None = None) -> str:
    """The contract of one table as YAML, under the id that its asset asks for."""
    document = parsed(content, path)
    chosen = _chosen(document, table)
    document["id"] = id_
    document["schema"] = [chosen]
    chosen["name"] = id_.rpartition(".")[2]
    of_document(document, digest="")
    return dumped(document)


def _chosen(document: Block, table: str | None) -> Block:
    tables = document.blocks("schema")
    named = ", ".join(str(one.get("name")) for one in tables) or "none"
    found = [one for one in tables if table is None or one.get("name") == table]
    if len(found) != 1:
        raise document.refuse(f"one contract is one table: choose it with --table; there are {named}", key="schema")
    return found[0]
