"""Whether two names mean the same table: an asset key, a dotted name, a relation in anyone's quotes."""

import re
from collections.abc import Iterable

from governance.risk.errors import UnknownAsset, did_you_mean
from governance.risk.node import Node

_PART = re.compile(r'"[^"]+"|`[^`]+`|\[[^\]]+\]|[^./]+')
_QUOTES = '"`[]'


def parts(name: str) -> tuple[str, ...]:
    """`"DB"."lake"."ch"`, `db.lake.ch` and `db/lake/ch` have the same."""
    return tuple(part.strip(_QUOTES).casefold() for part in _PART.findall(name))


def same_table(one: str, other: str) -> bool:
    return _nearness(parts(one), parts(other)) > 0


def unquoted(name: str) -> str:
    return name.translate(str.maketrans("", "", _QUOTES))


class Names:
    """Assets by any of their names.

    Two names mean the same table if the shorter one, of at least two parts, ends the longer: `lake.ch` and
    `prod.lake.ch`. Quotes and case do not matter; a name of one part stands for itself alone.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._keys: set[str] = set()
        self._known: dict[tuple[str, ...], set[tuple[tuple[str, ...], str]]] = {}
        for node in nodes:
            self.add(node)

    def add(self, node: Node) -> None:
        self._keys.add(node.key)
        for name in (node.key, node.table):
            if name:
                known = parts(name)
                self._known.setdefault(known[-2:], set()).add((known, node.key))

    def find(self, name: str) -> str | None:
        """The key of the asset of this name, if there is one; a name that may mean several is refused."""
        if name in self._keys:
            return name
        wanted = parts(name)
        near = [(_nearness(wanted, known), key) for known, key in self._known.get(wanted[-2:], ())]
        nearest = max(near, default=(0, ""))[0]
        found = sorted({key for nearness, key in near if nearest and nearness == nearest})
        if len(found) > 1:
            raise UnknownAsset(f"'{name}' may be {' or '.join(found)}. Write the whole name.")
        return found[0] if found else None

    def key(self, name: str) -> str:
        """The key of the asset of this name; an unknown one is refused with the nearest."""
        found = self.find(name)
        if found is None:
            raise UnknownAsset(f"No asset or table '{name}' is known.{did_you_mean(name, self._keys)}")
        return found


def _nearness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """How many parts two names share at their ends, and a little more if that is all of both; 0 if they differ."""
    if one == other:
        return len(one) + 0.5
    shared = min(len(one), len(other))
    return shared if shared > 1 and one[-shared:] == other[-shared:] else 0
