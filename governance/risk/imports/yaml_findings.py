"""Findings in YAML: tables, each with a list of findings in the words of `@carries`."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from governance.risk.errors import FindingError
from governance.risk.findings import Finding
from governance.risk.yaml_lines import Text, document, fields, pairs


def told(path: Path) -> dict[str, list[Finding]]:
    tables = pairs(document(path), path, at=f"{path}:1", such_as="lake.sales_channel")
    return {table.value: [*_findings(node, path, table=table)] for table, node in tables}


def _findings(node: yaml.Node, path: Path, *, table: Text) -> Iterator[Finding]:
    if not isinstance(node, yaml.SequenceNode):
        raise FindingError(
            f"{table.where}: '{table.value}' must be a list of findings, or [] where somebody looked and found nothing."
        )
    for item in node.value:
        where = f"{path}:{item.start_mark.line + 1}"
        given = {name: text.value for name, text in fields(item, path, at=Text(table.value, where)).items()}
        yield Finding.parse(given, where=f"{where}: {table.value}")
