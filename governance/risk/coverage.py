"""How far a risk came: of the assets at each distance from where it begins, which have it, and why others not."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from governance.risk.inheritance import Inheritance
from governance.risk.node import Node
from governance.risk.proof import Evidence
from governance.risk.sources import Source, group_origin

# resolution: an asset ended it for all its heirs. edge: one did so for what comes from one parent only.
# lineage: no column that carries it is read. not in force: today is outside of its period.
Why = Literal["resolution", "edge", "lineage", "not in force"]
Ends = frozenset[str | None]


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An asset made from the origin on which the risk does not stand; it stopped `at` this one or one above it."""

    asset: str
    why: Why
    at: str
    evidence: Evidence | None = None


@dataclass(frozen=True, kw_only=True)
class Hop:
    """The assets at one distance, counted along the shortest way: those that have the risk, and the others."""

    distance: int
    got: tuple[str, ...]
    missed: tuple[Missed, ...]

    @property
    def assets(self) -> int:
        return len(self.got) + len(self.missed)

    @property
    def share(self) -> float:
        return len(self.got) / self.assets

    def as_json(self) -> dict[str, Any]:
        missed = [asdict(one) for one in self.missed]
        counts = {"distance": self.distance, "assets": self.assets, "share": round(self.share, 4)}
        return {**counts, "got": list(self.got), "missed": missed}


@dataclass(frozen=True, kw_only=True)
class Covered:
    """One risk from one origin, hop by hop."""

    risk: str
    origin: str
    hops: tuple[Hop, ...]

    def as_json(self) -> dict[str, Any]:
        return {"risk": self.risk, "origin": self.origin, "hops": [hop.as_json() for hop in self.hops]}


def covered(risks: Inheritance, risk: str, *, origins: Collection[str] = ()) -> list[Covered]:
    """A risk from each of these assets that carries it; from wherever it begins without names."""
    begin = sorted({origin for origin, finding in risks.findings if finding.risk == risk})
    wanted = [origin for origin in begin if not origins or origin in origins]
    return [
        Covered(risk=risk, origin=origin, hops=tuple(coverage(risks, risk=risk, origin=origin))) for origin in wanted
    ]


def coverage(risks: Inheritance, *, risk: str, origin: str) -> list[Hop]:
    """From the nearest assets to the furthest. A group's own members are at distance 0."""
    wanted = _wanted(risks, risk=risk, origin=origin)
    ends = {key: _ends(risks, key, [number for number, source in wanted.items() if source.in_force]) for key in risks}
    distances = _distances(risks.nodes, origin)
    stops = _stops(risks.nodes, distances, ends)
    hops: dict[int, list[str]] = {}
    for key in sorted(distances.keys() - {origin}):
        hops.setdefault(distances[key], []).append(key)
    idle = not any(source.in_force for source in wanted.values())
    return [
        Hop(
            distance=distance,
            got=tuple(key for key in keys if None in ends[key]),
            missed=tuple(
                Missed(asset=key, why="not in force", at=origin)
                if idle
                else _missed(risks, key, ends[key], risk=risk, stop=stops.get(key, key))
                for key in keys
                if None not in ends[key]
            ),
        )
        for distance, keys in sorted(hops.items())
    ]


def _wanted(risks: Inheritance, *, risk: str, origin: str) -> dict[int, Source]:
    return {
        number: source
        for number, source in enumerate(risks.sources)
        if source.origin == origin and any(finding.risk == risk for finding in source.findings)
    }


def _ends(risks: Inheritance, key: str, numbers: list[int]) -> Ends:
    """Where it met its end on the way, None where it stands; empty if it did not arrive."""
    held = risks.held(key).items()
    return frozenset(
        place.resolved_at for place, bundle in held if any(bundle.distance(number) is not None for number in numbers)
    )


def _distances(nodes: Mapping[str, Node], origin: str) -> dict[str, int]:
    """Of everything made from the origin, itself included; `nodes` are parents first."""
    found: dict[str, int] = {}
    for key, node in nodes.items():
        if origin in (key, group_origin(node.group)):
            found[key] = 0
        elif above := [found[parent] for parent in node.parents if parent in found]:
            found[key] = min(above) + 1
    return found


def _stops(nodes: Mapping[str, Node], distances: Mapping[str, int], ends: Mapping[str, Ends]) -> dict[str, str]:
    """For each asset at which it did not arrive: the nearest one, itself or above, whose parents still have it."""
    found: dict[str, str] = {}
    for key in distances:
        if not ends[key]:
            above = sorted((distances[parent], parent) for parent in nodes[key].parents if parent in distances)
            arrived = any(ends[parent] for _, parent in above)
            found[key] = key if arrived or not above else found[above[0][1]]
    return found


def _missed(risks: Inheritance, key: str, ends: Ends, *, risk: str, stop: str) -> Missed:
    ended = sorted(end for end in ends if end is not None)
    if not ended:
        return Missed(asset=key, why="lineage", at=stop)
    at = ended[0]
    whole = any(end.risk == risk and end.parent is None for end in risks.nodes[at].resolutions)
    evidence: Evidence = "claim" if risks.proofs is None else "proven"
    return Missed(asset=key, why="resolution" if whole else "edge", at=at, evidence=evidence)
