"""Where a finding on a column goes in the next asset: along lineage, by influence, or assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from governance.risk.node import Node

Via = Literal["asset", "column", "influence", "assumed"]


class Place(NamedTuple):
    """Where in an asset a finding sits, how it got off its column, and which asset ended it on the way."""

    column: str | None = None
    via: Via = "asset"
    resolved_at: str | None = None


@dataclass(frozen=True)
class Crossing:
    """The way from one parent into an asset. An edge that passes no risk will be decided here."""

    feeds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    influences: frozenset[str] = frozenset()
    followed: bool = False
    complete: bool = False

    def places(self, place: Place) -> list[Place]:
        """The places that a finding at `place` of the parent reaches."""
        if place.column is None:
            return [place]
        reached = [Place(column, "column", place.resolved_at) for column in self.feeds.get(place.column, ())]
        if not reached and place.column in self.influences:
            reached.append(Place(None, "influence", place.resolved_at))
        if not (self.followed and self.complete):
            reached.append(Place(None, "assumed", place.resolved_at))
        return reached


UNKNOWN = Crossing()


def crossings(node: Node) -> Mapping[str, Crossing]:
    """The crossing from each parent of which the lineage speaks; for all others it is `UNKNOWN`."""
    if node.lineage is None:
        return {}
    feeds: dict[str, dict[str, set[str]]] = {}
    influences: dict[str, set[str]] = {}
    for column, sources in node.lineage.made_from.items():
        for parent, source in sources:
            feeds.setdefault(parent, {}).setdefault(source, set()).add(column)
    for parent, source in node.lineage.influences:
        influences.setdefault(parent, set()).add(source)
    # A column that lineage leaves out may come from anywhere: only an empty list says "made from no column".
    complete = node.columns is None or node.columns <= node.lineage.made_from.keys()
    return {
        parent: Crossing(
            _closed(feeds.get(parent, {})) if parent == node.key else _sorted(feeds.get(parent, {})),
            frozenset(influences.get(parent, ())),
            followed=True,
            complete=complete,
        )
        for parent in feeds.keys() | influences.keys()
    }


def _sorted(feeds: Mapping[str, set[str]]) -> dict[str, list[str]]:
    return {source: sorted(columns) for source, columns in feeds.items()}


def _closed(feeds: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """What a column feeds in an asset made from its own past, however many runs later."""
    return _sorted({source: _reached(source, feeds) - {source} for source in feeds})


def _reached(source: str, feeds: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [source]
    while waiting:
        fresh = feeds.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
