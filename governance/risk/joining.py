"""Several code locations as one graph: what one only names, another makes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from governance.risk.errors import UnknownAsset
from governance.risk.node import Node
from governance.risk.order import keyed

T = TypeVar("T")


def joined(locations: Mapping[str, Sequence[Node]]) -> list[Node]:
    """The nodes of all locations by key. Whoever makes an asset knows it; what others declare of it is added."""
    same: dict[str, dict[str, Node]] = {}
    for location, nodes in locations.items():
        for key, node in keyed(nodes).items():
            same.setdefault(key, {})[location] = node
    return [_one(same[key]) for key in sorted(same)]


def fail_closed(nodes: Iterable[Node], failed: Collection[str]) -> list[Node]:
    """What no loaded location makes may be made in one that did not load, from nobody knows what."""
    if not failed:
        return list(nodes)
    why = f"may be made in {', '.join(sorted(failed))}, which could not be loaded."
    return [replace(node, unreadable=f"'{node.key}' {why}") if node.external else node for node in nodes]


def _one(same: Mapping[str, Node]) -> Node:
    known = {location: node for location, node in same.items() if not node.stub} or dict([*same.items()][:1])
    makers = [location for location, node in known.items() if not node.external]
    if len(makers) > 1:
        raise UnknownAsset(
            f"Two code locations make '{known[makers[0]].key}': {' and '.join(makers)}. Rename one of the two."
        )
    nodes = list(known.values())
    first = known[makers[0]] if makers else nodes[0]
    return replace(
        first,
        parents=_all(node.parents for node in nodes),
        owners=_all(node.owners for node in nodes),
        # A node has one group: what another location says of its own group stays with the node.
        findings=_all(node.findings if node.group == first.group else node.findings + node.process for node in nodes),
        resolutions=_all(node.resolutions for node in nodes),
        process=_all(node.process for node in nodes if node.group == first.group),
        checks=frozenset(_all(node.checks for node in nodes)),
        assessed=first.assessed if makers else any(node.assessed for node in nodes),
        personal={column: class_ for node in (*nodes, first) for column, class_ in node.personal.items()},
        unreadable=next((node.unreadable for node in nodes if node.unreadable), None),
    )


def _all(lists: Iterable[Iterable[T]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))
