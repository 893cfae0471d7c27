"""Which assets the business looks at: those that are made here and of which nothing more is made."""

from collections.abc import Mapping

from governance.risk.node import Node


def outputs(nodes: Mapping[str, Node]) -> tuple[str, ...]:
    read = {parent for node in nodes.values() for parent in node.parents if parent != node.key}
    return tuple(sorted(key for key, node in nodes.items() if key not in read and (node.parents or not node.external)))
