"""Parents before children, in one pass and without recursion."""

from collections.abc import Iterable, Mapping

from governance.risk.errors import CircularAssets, UnknownAsset, did_you_mean
from governance.risk.node import Node


def parents_first(nodes: Iterable[Node]) -> list[Node]:
    """The nodes in an order in which each comes after its parents; a loop is refused by name."""
    by_key = keyed(nodes)
    waiting, children = _edges(by_key)
    ordered = [node for key, node in by_key.items() if not waiting[key]]
    for node in ordered:
        for child in children[node.key]:
            waiting[child] -= 1
            if not waiting[child]:
                ordered.append(by_key[child])
    if len(ordered) < len(by_key):
        raise CircularAssets(_loop({key: by_key[key] for key, count in waiting.items() if count}))
    return ordered


def keyed(nodes: Iterable[Node]) -> dict[str, Node]:
    """The nodes by key, in order of keys."""
    by_key: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda node: node.key):
        if node.key in by_key:
            raise UnknownAsset(
                f"Two assets read '{node.key}'; perhaps one key is a single part. Write its parts apart."
            )
        by_key[node.key] = node
    return by_key


def _edges(by_key: Mapping[str, Node]) -> tuple[dict[str, int], dict[str, list[str]]]:
    waiting: dict[str, int] = {}
    children: dict[str, list[str]] = {key: [] for key in by_key}
    for key, node in by_key.items():
        # An asset made from its own past is no loop: yesterday comes before today.
        parents = [parent for parent in dict.fromkeys(node.parents) if parent != key]
        waiting[key] = len(parents)
        for parent in parents:
            if parent not in children:
                raise UnknownAsset(f"{key} is made from unknown '{parent}'.{did_you_mean(parent, by_key)}")
            children[parent].append(key)
    return waiting, children


def _loop(stuck: Mapping[str, Node]) -> str:
    """The sentence for the loop that is met on the way up from the first stuck asset."""
    route: dict[str, None] = {}
    key = min(stuck)
    while key not in route:
        route[key] = None
        key = min(parent for parent in stuck[key].parents if parent in stuck and parent != key)
    met = list(route)
    loop = met[met.index(key) :][::-1]
    first = loop.index(min(loop))
    names = " -> ".join([*loop[first:], *loop[: first + 1]])
    return f"Assets made from each other: {names}. Break the loop by removing one dependency."
