"""Findings told from outside (a file, a catalogue), placed on the assets they speak of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from governance.risk.errors import UnknownAsset, did_you_mean
from governance.risk.findings import Finding
from governance.risk.names import Names, parts, unquoted
from governance.risk.node import Node
from governance.risk.order import keyed

Findings = Mapping[str, Sequence[Finding]]
_GROUP = "group:"


def placed(nodes: Iterable[Node], findings: Findings) -> list[Node]:
    """The nodes with what is told of them; a table that is no asset here becomes an external one.

    `findings` are by asset key, table name or `group:<name>`. An empty list says: looked at, and nothing found.
    """
    by_key = keyed(nodes)
    names = Names(by_key.values())
    for name in sorted(findings, key=_longest_first):
        if name.startswith(_GROUP):
            by_key |= _in_group(name.removeprefix(_GROUP), findings[name], by_key.values())
        else:
            key = names.find(name) or unquoted(name)
            by_key[key] = _told(by_key.get(key), key, findings[name])
            names.add(by_key[key])
    return list(by_key.values())


def _longest_first(name: str) -> tuple[int, str]:
    """The longest of a table's names becomes its key, in whatever order they are told."""
    return -len(parts(name)), name


def _told(node: Node | None, key: str, findings: Sequence[Finding]) -> Node:
    if node is None or node.stub:
        node = Node(key=key, external=True)
    return replace(node, assessed=True, findings=_more(node.findings, findings))


def _in_group(group: str, findings: Sequence[Finding], nodes: Iterable[Node]) -> dict[str, Node]:
    nodes = tuple(nodes)
    inside = [node for node in nodes if node.group == group]
    if not inside:
        raise UnknownAsset(f"No asset is in group '{group}'.{did_you_mean(group, {node.group for node in nodes})}")
    return {node.key: replace(node, process=_more(node.process, findings)) for node in inside}


def _more(known: Sequence[Finding], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys((*known, *findings)))
