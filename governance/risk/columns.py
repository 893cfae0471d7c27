"""Where a finding on a column goes in the next asset: along lineage, by influence, or assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from governance.risk.node import Lineage, Node

Via = Literal["asset", "column", "influence", "assumed"]


class Place(NamedTuple):
    """Where in an asset a finding sits, how it got off its column, and which asset ended it on the way."""

    column: str | None = None
    via: Via = "asset"
    resolved_at: str | None = None


_INFLUENCE = Place(None, "influence")
_ASSUMED = Place(None, "assumed")


@dataclass(frozen=True)
class Crossing:
    """The way from one parent into an asset: where each column goes, and where all others go."""

    feeds: Mapping[str, Sequence[Place]]
    others: Sequence[Place]

    def places(self, place: Place) -> Sequence[Place]:
        """The places that a finding at `place` of the parent reaches; off its column it stays off."""
        if place.column is None:
            return (place,)
        reached = self.feeds.get(place.column, self.others)
        if place.resolved_at is None:
            return reached
        return [there._replace(resolved_at=place.resolved_at) for there in reached]


UNKNOWN = Crossing({}, (_ASSUMED,))


def crossings(node: Node) -> Mapping[str, Crossing]:
    """The crossing from each parent of which the lineage speaks; for all others it is `UNKNOWN`."""
    if node.lineage is None:
        return {}
    # A column that lineage leaves out may come from anywhere: only an empty list says "made from no column".
    complete = node.columns is None or node.columns <= node.lineage.made_from.keys()
    others = () if complete else (_ASSUMED,)
    feeds = _feeds(node.lineage)
    if node.key in feeds:
        feeds[node.key] = _closed(feeds[node.key])
    own = {column: Place(column, "column") for column in node.lineage.made_from}
    reached = {
        parent: {source: (*(own[column] for column in sorted(columns)), *others) for source, columns in sources.items()}
        for parent, sources in feeds.items()
    }
    for parent, source in node.lineage.influences:
        kept = reached.setdefault(parent, {}).get(source, others)
        reached[parent][source] = (*kept, _INFLUENCE)
    return {parent: Crossing(places, others) for parent, places in reached.items()}


def _feeds(lineage: Lineage) -> dict[str, dict[str, set[str]]]:
    feeds: dict[str, dict[str, set[str]]] = {}
    for column, sources in lineage.made_from.items():
        for parent, source in sources:
            feeds.setdefault(parent, {}).setdefault(source, set()).add(column)
    return feeds


def _closed(feeds: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What a column feeds in an asset made from its own past, however many runs later."""
    return {source: _reached(source, feeds) - {source} for source in feeds}


def _reached(source: str, feeds: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [source]
    while waiting:
        fresh = feeds.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
