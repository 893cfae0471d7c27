"""The one pass over the graph, parents before children: linear in edges, without recursion."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import add
from typing import NamedTuple

from governance.risk.columns import UNKNOWN, Crossing, Place, crossings
from governance.risk.findings import Resolution
from governance.risk.node import Node
from governance.risk.proof import Proof
from governance.risk.sources import Source, group_origin

Hop = tuple[str, Place]


class Bundle(NamedTuple):
    """The sources at one place of one asset (`here`): numbers, distances and numbers of routes, side by side.

    `hops` are the places of parents they came from; which of them a source took is found when a route is asked for.
    From hops in `only` not all came that were there: the edge passed some of them, or ended them.
    """

    here: Hop
    numbers: tuple[int, ...]
    distances: tuple[int, ...]
    routes: tuple[int, ...]
    hops: tuple[Hop, ...] = ()
    only: tuple[tuple[Hop, frozenset[int]], ...] = ()

    def distance(self, number: int) -> int | None:
        index = bisect_left(self.numbers, number)
        return self.distances[index] if index < len(self.numbers) and self.numbers[index] == number else None


Held = Mapping[Place, Bundle]


def propagated(
    ordered: Iterable[Node], sources: Sequence[Source], proofs: Mapping[str, Proof] | None
) -> dict[str, Held]:
    """What each asset holds, at which place. A resolution whose proof does not hold ends nothing."""
    begun = _begun(sources)
    held: dict[str, Held] = {}
    for node in ordered:
        counting = [end for end in node.resolutions if proofs is None or proofs[end.proof].word == "proven"]
        held[node.key] = _held(node, held, begun, _Ends(node.key, counting, sources))
    return held


def nearest_route(held: Mapping[str, Held], key: str, place: Place, number: int) -> list[Hop]:
    """From the origin to `place` of `key`; of equally near routes the first in order of names."""
    bundle, steps = held[key][place], [(key, place)]
    for nearer in range((bundle.distance(number) or 0) - 1, -1, -1):
        barred = {hop for hop, passed in bundle.only if number not in passed} if bundle.only else ()
        for hop in bundle.hops:
            above = held[hop[0]][hop[1]]
            if above.distance(number) == nearer and hop not in barred:
                break
        bundle = above
        steps.append(hop)
    return steps[::-1]


class _Ends(NamedTuple):
    """The resolutions that count at one asset."""

    asset: str
    resolutions: Sequence[Resolution]
    sources: Sequence[Source]

    def applied(self, held: Held, *, parent: str | None = None) -> Held:
        """The same, with what ends here at places that say so: there it stays visible to all heirs."""
        if not self.resolutions:
            return held
        kept: dict[Place, Bundle] = {}
        ended: dict[Place, Bundle] = {}
        for place, bundle in held.items():
            covering = [end for end in self.resolutions if end.covers(place.column, parent=parent)]
            risks = {end.risk for end in covering if not place.resolved_at}
            ends = [self.sources[number].resolvable in risks for number in bundle.numbers]
            if not all(ends):
                kept[place] = _picked(bundle, [not end for end in ends], at=place, edge=parent is not None)
            if any(ends):
                at = place._replace(resolved_at=self.asset)
                ended[at] = _picked(bundle, ends, at=at, edge=parent is not None)
        return _joined(self.asset, kept, ended)


def _begun(sources: Sequence[Source]) -> dict[str, Held]:
    numbers: dict[str, dict[Place, list[int]]] = {}
    for number, source in enumerate(sources):
        place = Place() if source.column is None else Place(source.column, "column")
        numbers.setdefault(source.origin, {}).setdefault(place, []).append(number)
    return {
        origin: {
            place: Bundle((origin, place), tuple(here), (0,) * len(here), (1,) * len(here))
            for place, here in places.items()
        }
        for origin, places in numbers.items()
    }


def _held(node: Node, held: Mapping[str, Held], begun: Mapping[str, Held], ends: _Ends) -> Held:
    """Resolutions end what comes in, a group's risks too; what the asset itself declares it still has."""
    key, crossing, own = node.key, crossings(node), begun.get(node.key, {})
    parents = {parent: held[parent] for parent in sorted({*node.parents} - {key})}
    process = {
        place: there._replace(here=(key, place)) for place, there in begun.get(group_origin(node.group), {}).items()
    }
    arrived = ends.applied(_joined(key, _arrived(key, parents, crossing, ends), process))
    if key in node.parents:
        # Through an asset's own past only a finding on a column can reach a new place.
        before = {place: there for place, there in _joined(key, arrived, own).items() if place.column is not None}
        arrived = _joined(key, arrived, ends.applied(_crossed(key, {key: before}, crossing), parent=key))
    return _joined(key, arrived, own)


def _arrived(key: str, parents: Mapping[str, Held], crossing: Mapping[str, Crossing], ends: _Ends) -> Held:
    """What comes in from all parents; over an edge that does not pass a risk it comes in ended."""
    if not any(end.parent for end in ends.resolutions):
        return _crossed(key, parents, crossing)
    arrived: Held = {}
    for parent, held in parents.items():
        over = ends.applied(_crossed(key, {parent: held}, crossing), parent=parent)
        arrived = _joined(key, arrived, over)
    return arrived


def _crossed(key: str, parents: Mapping[str, Held], crossing: Mapping[str, Crossing]) -> Held:
    arriving: dict[Place, list[Bundle]] = {}
    for parent, held in parents.items():
        way = crossing.get(parent, UNKNOWN)
        for place, bundle in held.items():
            for reached in way.places(place):
                arriving.setdefault(reached, []).append(bundle)
    return {place: _stepped((key, place), bundles) for place, bundles in arriving.items()}


def _stepped(here: Hop, bundles: Sequence[Bundle]) -> Bundle:
    numbers, distances, routes = _merged(bundles)
    return Bundle(
        here,
        numbers,
        tuple([distance + 1 for distance in distances]),
        routes,
        tuple([bundle.here for bundle in bundles]),
    )


def _joined(key: str, one: Held, other: Held) -> Held:
    if not (one and other):
        return one or other
    both = {
        place: Bundle(
            (key, place),
            *_merged([one[place], other[place]]),
            one[place].hops + other[place].hops,
            one[place].only + other[place].only,
        )
        for place in one.keys() & other.keys()
    }
    return {**one, **other, **both}


Columns = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _merged(bundles: Sequence[Bundle]) -> Columns:
    """Nearest distance and sum of routes. Deep in a graph all parents hold the same sources: the short way."""
    first = bundles[0]
    numbers, distances, routes = first.numbers, first.distances, first.routes
    for bundle in bundles[1:]:
        if bundle.numbers != numbers:
            return _united(bundles)
        distances = tuple(map(min, distances, bundle.distances))
        routes = tuple(map(add, routes, bundle.routes))
    return numbers, distances, routes


def _united(bundles: Sequence[Bundle]) -> Columns:
    first, *others = bundles
    nearest = dict(zip(first.numbers, first.distances, strict=True))
    counted = dict(zip(first.numbers, first.routes, strict=True))
    for bundle in others:
        for number, distance, routes in zip(bundle.numbers, bundle.distances, bundle.routes, strict=True):
            if number not in nearest or distance < nearest[number]:
                nearest[number] = distance
            counted[number] = counted.get(number, 0) + routes
    numbers = tuple(sorted(nearest))
    return numbers, tuple([nearest[number] for number in numbers]), tuple([counted[number] for number in numbers])


def _picked(bundle: Bundle, wanted: Sequence[bool], *, at: Place, edge: bool) -> Bundle:
    """Part of a bundle. Over an `edge` its hops say so: other parents may bring the rest to the same place."""
    columns = (bundle.numbers, bundle.distances, bundle.routes)
    numbers, distances, routes = (tuple(compress(column, wanted)) for column in columns)
    only = tuple((hop, frozenset(numbers)) for hop in bundle.hops) if edge else bundle.only
    return Bundle((bundle.here[0], at), numbers, distances, routes, bundle.hops, only)
