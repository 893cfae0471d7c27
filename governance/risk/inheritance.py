"""What every asset carries and inherits, and the answer for each."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from governance.risk.arrivals import Arrival, AssetRisks, Gap, Kind, State
from governance.risk.columns import Place
from governance.risk.errors import UnknownAsset, did_you_mean
from governance.risk.findings import Finding
from governance.risk.load_gate import Groups, refuse_unknown
from governance.risk.names import Names
from governance.risk.node import Node
from governance.risk.order import parents_first
from governance.risk.proof import Evidence, Holds, Measured, Proof
from governance.risk.propagation import Bundle, Held, nearest_route, propagated
from governance.risk.register import Register
from governance.risk.sources import Source, sources_of


def inheritance(
    nodes: Iterable[Node],
    *,
    register: Register,
    groups: Groups | None = None,
    holds: Holds | None = None,
    today: dt.date | None = None,
) -> "Inheritance":
    """The inheritance of a graph, in one pass.

    `holds` answers what a check (`asset/key:check`) proves now. Without it nothing has been proven yet:
    resolutions are taken at their word but stay visible as claims, and what rests on a claim is not clean.
    A finding that a check opens stands unless that check is proven to hold.
    Without `today` every finding is in force, whatever its period.
    """
    ordered = parents_first(nodes)
    groups = _said(ordered, groups or {})
    by_key = {node.key: node for node in ordered}
    refuse_unknown(by_key, register=register, groups=groups)
    proofs = _asked(ordered, groups, holds) if holds else None
    sources = sources_of(ordered, groups, closed=_closed(proofs), today=today)
    return Inheritance(
        nodes=by_key,
        register=register,
        proofs=proofs,
        today=today,
        _sources=sources,
        _idle=frozenset(number for number, source in enumerate(sources) if not source.in_force),
        _held=propagated(ordered, sources, proofs),
        _unassessed=_nearest(ordered, {node.key for node in ordered if not node.assessed}),
        _unreadable=_nearest(ordered, {node.key for node in ordered if node.unreadable is not None}),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Inheritance(Mapping[str, AssetRisks]):
    """The risks of every asset by key ("a/b"); each answer is made when it is asked for."""

    nodes: Mapping[str, Node]
    register: Register
    proofs: Mapping[str, Proof] | None
    today: dt.date | None
    _sources: Sequence[Source]
    _idle: frozenset[int]
    _held: Mapping[str, Held]
    _unassessed: Mapping[str, Gap]
    _unreadable: Mapping[str, Gap]

    def __getitem__(self, key: str) -> AssetRisks:
        if key not in self.nodes:
            raise UnknownAsset(f"No asset '{key}'.{did_you_mean(key, self.nodes)}")
        arrivals = sorted(self._arrivals(key), key=lambda arrival: arrival.order)
        return AssetRisks(
            key=key,
            state=self.state(key),
            own=tuple(one for one in arrivals if one.origin == key and not one.distance),
            inherited=tuple(one for one in arrivals if one.origin != key or one.distance),
            resolutions=tuple(sorted(self.nodes[key].resolutions, key=lambda end: sorted(end.as_metadata().items()))),
            unassessed=self._unassessed.get(key),
            unreadable=self._unreadable.get(key),
        )

    def __contains__(self, key: object) -> bool:
        return key in self.nodes

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.nodes))

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Every finding with its origin, an asset or a group, in force or not; what a check closed is none."""
        return ((source.origin, finding) for source in self._sources for finding in source.findings)

    @cached_property
    def names(self) -> Names:
        """The assets by any name that means them, such as a table's."""
        return Names(self.nodes.values())

    def named(self, name: str) -> AssetRisks:
        return self[self.names.key(name)]

    def state(self, key: str) -> State:
        """Unreadable itself; else some risk is known; else something above is unknown; else clean."""
        if self.nodes[key].unreadable is not None:
            return "unreadable"
        if any(self._counts(place, bundle) for place, bundle in self._held[key].items()):
            return "risks"
        if key in self._unreadable:
            return "unreadable"
        return "not_assessed" if key in self._unassessed else "clean"

    @property
    def sources(self) -> Sequence[Source]:
        """Where findings begin; a bundle speaks of them by number."""
        return self._sources

    def held(self, key: str) -> Held:
        """What an asset holds at which place, in numbers: for whoever looks at more arrivals than can be made."""
        return self._held[key]

    def arrivals(self, key: str, place: Place, number: int) -> tuple[Arrival, ...]:
        """The findings of one source at one place that holds it."""
        bundle = self._held[key][place]
        at = bundle.numbers.index(number)
        return tuple(self._arrived(key, place, number, distance=bundle.distances[at], routes=bundle.routes[at]))

    def gaps(self, key: str) -> tuple[Gap | None, Gap | None]:
        """The nearest asset that nobody assessed, and the nearest that could not be read."""
        return self._unassessed.get(key), self._unreadable.get(key)

    def unassessed(self, key: str) -> tuple[str, ...]:
        """Every asset among this one and its ancestors that nobody assessed."""
        seen, waiting = {key}, [key]
        while waiting:
            fresh = {parent for parent in self.nodes[waiting.pop()].parents if parent in self._unassessed} - seen
            seen |= fresh
            waiting.extend(fresh)
        return tuple(sorted(one for one in seen if not self.nodes[one].assessed))

    def _counts(self, place: Place, bundle: Bundle) -> bool:
        """Whether something there stands; that a claim ended it is not known to be true."""
        return (self.proofs is None or not place.resolved_at) and not self._idle.issuperset(bundle.numbers)

    def _arrivals(self, key: str) -> Iterator[Arrival]:
        for place, bundle in self._held[key].items():
            for number, distance, routes in zip(bundle.numbers, bundle.distances, bundle.routes, strict=True):
                yield from self._arrived(key, place, number, distance=distance, routes=routes)

    def _arrived(self, key: str, place: Place, number: int, *, distance: int, routes: int) -> Iterator[Arrival]:
        source = self._sources[number]
        assets, places = zip(*nearest_route(self._held, key, place, number), strict=True)
        columns = tuple([there.column for there in places])
        for finding in source.findings:
            yield Arrival(
                finding=finding,
                severity=finding.severity or self.register[finding.risk].severity,
                kind=_kind(source, distance),
                origin=source.origin,
                distance=distance,
                column=place.column,
                via=place.via,
                route=assets,
                columns=columns,
                routes=routes,
                evidence=self._evidence(finding),
                resolved_at=place.resolved_at,
                resolution=self._resolution(place),
                opened=self._opened(finding),
                measured=self._measured(finding),
                in_force=source.in_force,
            )

    def _evidence(self, finding: Finding) -> Evidence | None:
        if finding.proof is None or self.proofs is None:
            return "claim" if finding.proof or finding.mitigation else None
        return self.proofs[finding.proof].word

    def _opened(self, finding: Finding) -> Evidence | None:
        if finding.opened_by is None:
            return None
        return "claim" if self.proofs is None else self.proofs[finding.opened_by].word

    def _measured(self, finding: Finding) -> Measured:
        return () if finding.opened_by is None or self.proofs is None else self.proofs[finding.opened_by].measured

    def _resolution(self, place: Place) -> Evidence | None:
        if not place.resolved_at:
            return None
        return "claim" if self.proofs is None else "proven"


def _said(nodes: Iterable[Node], groups: Groups) -> Groups:
    """What is said of each group, here or on its assets since an earlier pass."""
    said = {group: [*findings] for group, findings in groups.items()}
    for node in nodes:
        for finding in node.process:
            known = said.setdefault(node.group, [])
            if finding not in known:
                known.append(finding)
    return said


def _nearest(ordered: Iterable[Node], gaps: set[str]) -> dict[str, Gap]:
    """For each asset the nearest of these among itself and its ancestors."""
    found: dict[str, Gap] = {}
    for node in ordered:
        if node.key in gaps:
            found[node.key] = Gap(0, node.key)
        elif known := [found[parent] for parent in node.parents if parent in found]:
            distance, asset = min(known)
            found[node.key] = Gap(distance + 1, asset)
    return found


def _kind(source: Source, distance: int) -> Kind:
    return "indirect" if source.kind == "direct" and distance else source.kind


def _asked(nodes: Iterable[Node], groups: Groups, holds: Holds) -> dict[str, Proof]:
    declared = [one for node in nodes for one in node.declared]
    declared += [finding for findings in groups.values() for finding in findings]
    return {check: holds(check) for check in sorted({check for one in declared for check in one.asks})}


def _closed(proofs: Mapping[str, Proof] | None) -> frozenset[str]:
    return frozenset(check for check, proof in (proofs or {}).items() if proof.word == "proven")
