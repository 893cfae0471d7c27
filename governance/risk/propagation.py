"""The one pass over the graph, parents before children: linear in edges, without recursion."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import add
from typing import NamedTuple

from governance.risk.columns import UNKNOWN, Crossing, Place, crossings
from governance.risk.findings import Resolution
from governance.risk.node import Node
from governance.risk.sources import Source, group_origin

Hop = tuple[str, Place]


class Bundle(NamedTuple):
    """The sources at one place of one asset: their numbers, distances and numbers of routes, side by side.

    `hops` are the places of parents they came from; which of them a source took is found when a route is asked for.
    """

    numbers: tuple[int, ...]
    distances: list[int]
    routes: list[int]
    hops: tuple[Hop, ...] = ()

    def distance(self, number: int) -> int | None:
        index = bisect_left(self.numbers, number)
        return self.distances[index] if self.numbers[index : index + 1] == (number,) else None


Held = Mapping[Place, Bundle]


def propagated(
    ordered: Iterable[Node], sources: Sequence[Source], proofs: Mapping[str, bool] | None
) -> dict[str, Held]:
    """What each asset holds, at which place. A resolution whose proof does not hold ends nothing."""
    begun = _begun(sources)
    held: dict[str, Held] = {}
    for node in ordered:
        counting = [end for end in node.resolutions if proofs is None or proofs[end.proof]]
        held[node.key] = _held(node, held, begun, _Ends(node.key, counting, sources))
    return held


def nearest_route(held: Mapping[str, Held], key: str, place: Place, number: int) -> list[Hop]:
    """From the origin to `place` of `key`; of equally near routes the first in order of names."""
    steps = [(key, place)]
    distance = held[key][place].distance(number)
    while distance:
        distance -= 1
        hops = held[key][place].hops
        key, place = next((up, there) for up, there in hops if held[up][there].distance(number) == distance)
        steps.append((key, place))
    return steps[::-1]


class _Ends(NamedTuple):
    """The resolutions that count at one asset."""

    asset: str
    resolutions: Sequence[Resolution]
    sources: Sequence[Source]

    def applied(self, held: Held) -> Held:
        """The same, with what ends here at places that say so: there it stays visible to all heirs."""
        if not self.resolutions:
            return held
        after: dict[Place, Bundle] = {}
        for place, bundle in held.items():
            risks = {end.risk for end in self.resolutions if not place.resolved_at and end.covers(place.column)}
            ended = [self.sources[number].resolvable in risks for number in bundle.numbers]
            after[place] = _picked(bundle, [not end for end in ended])
            after[place._replace(resolved_at=place.resolved_at or self.asset)] = _picked(bundle, ended)
        return {place: bundle for place, bundle in after.items() if bundle.numbers}


def _begun(sources: Sequence[Source]) -> dict[str, Held]:
    numbers: dict[str, dict[Place, list[int]]] = {}
    for number, source in enumerate(sources):
        place = Place() if source.column is None else Place(source.column, "column")
        numbers.setdefault(source.origin, {}).setdefault(place, []).append(number)
    return {
        origin: {place: Bundle(tuple(here), [0] * len(here), [1] * len(here)) for place, here in places.items()}
        for origin, places in numbers.items()
    }


def _held(node: Node, held: Mapping[str, Held], begun: Mapping[str, Held], ends: _Ends) -> Held:
    """Resolutions end what comes in, a group's risks too; what the asset itself declares it still has."""
    crossing, own = crossings(node), begun.get(node.key, {})
    parents = {parent: held[parent] for parent in sorted({*node.parents} - {node.key})}
    arrived = _joined(_crossed(parents, crossing), begun.get(group_origin(node.group), {}))
    arrived = ends.applied(arrived)
    if node.key in node.parents:
        # Through an asset's own past only a finding on a column can reach a new place.
        before = {place: there for place, there in _joined(arrived, own).items() if place.column is not None}
        arrived = _joined(arrived, ends.applied(_crossed({node.key: before}, crossing)))
    return _in_order(_joined(arrived, own))


def _crossed(parents: Mapping[str, Held], crossing: Mapping[str, Crossing]) -> Held:
    hops: dict[Place, list[Hop]] = {}
    bundles: dict[Place, list[Bundle]] = {}
    for parent, held in parents.items():
        way = crossing.get(parent, UNKNOWN)
        for place, bundle in held.items():
            for reached in way.places(place):
                hops.setdefault(reached, []).append((parent, place))
                bundles.setdefault(reached, []).append(bundle)
    return {place: _merged(bundles[place], hops=tuple(hops[place]), step=1) for place in hops}


def _joined(one: Held, other: Held) -> Held:
    if not (one and other):
        return one or other
    both = {
        place: _merged([one[place], other[place]], hops=one[place].hops + other[place].hops)
        for place in one.keys() & other.keys()
    }
    return {**one, **other, **both}


def _merged(bundles: Sequence[Bundle], *, hops: tuple[Hop, ...], step: int = 0) -> Bundle:
    """Nearest distance and sum of routes. Deep in a graph all parents hold the same sources: the short way."""
    numbers = bundles[0].numbers
    if any(bundle.numbers != numbers for bundle in bundles):
        return _united(bundles, hops=hops, step=step)
    distances, routes = bundles[0].distances, bundles[0].routes
    for bundle in bundles[1:]:
        distances = list(map(min, distances, bundle.distances))
        routes = list(map(add, routes, bundle.routes))
    return Bundle(numbers, [distance + step for distance in distances], routes, hops)


def _united(bundles: Sequence[Bundle], *, hops: tuple[Hop, ...], step: int) -> Bundle:
    first, *others = bundles
    nearest = dict(zip(first.numbers, first.distances, strict=True))
    counted = dict(zip(first.numbers, first.routes, strict=True))
    for bundle in others:
        for number, distance, routes in zip(bundle.numbers, bundle.distances, bundle.routes, strict=True):
            if number not in nearest or distance < nearest[number]:
                nearest[number] = distance
            counted[number] = counted.get(number, 0) + routes
    numbers = tuple(sorted(nearest))
    return Bundle(numbers, [nearest[n] + step for n in numbers], [counted[n] for n in numbers], hops)


def _picked(bundle: Bundle, wanted: Sequence[bool]) -> Bundle:
    columns = (bundle.numbers, bundle.distances, bundle.routes)
    numbers, distances, routes = (
        [value for value, keep in zip(column, wanted, strict=True) if keep] for column in columns
    )
    return Bundle(tuple(numbers), distances, routes, bundle.hops)


def _in_order(held: Held) -> Held:
    # Among equally near routes the first place wins, so places must not lie as lineage happened to be written.
    if len(held) == 1:
        return held
    return dict(sorted(held.items(), key=lambda item: tuple(part or "" for part in item[0])))
