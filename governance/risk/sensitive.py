"""Personal data: classified once on a column, followed by lineage to every asset that holds it, under whatever name.

A class ends like a risk: at an asset with a counting resolution of a risk of personal data (area `privacy`, category
"personal data" or none of its own), such as pseudonymising. Where the column goes on from there stays visible.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from governance.risk.arrivals import Kind
from governance.risk.columns import Via
from governance.risk.findings import Resolution
from governance.risk.inheritance import Inheritance
from governance.risk.node import Node
from governance.risk.outputs import outputs
from governance.risk.proof import Evidence
from governance.risk.propagation import Bundle, Held, nearest_route, propagated
from governance.risk.register import Register
from governance.risk.sources import Source

_AREA = "privacy"
_CATEGORIES = ("personal data", _AREA)
_CLASS = "a class of personal data"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """An asset that a classified column reaches: on which `column` of its own, None for the asset as a whole.

    `classified` is the class that the asset itself gives that column. `ended_at` is where it was made harmless, as its
    resolution's `note` says.
    """

    asset: str
    column: str | None
    via: Via
    distance: int
    route: tuple[str, ...]
    columns: tuple[str | None, ...]
    kinds: tuple[str, ...]
    output: bool
    classified: str | None
    ended_at: str | None
    evidence: Evidence | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Sensitive:
    """A column, the class of personal data that it was given, and who holds it, the nearest first."""

    asset: str
    column: str
    class_: str
    holders: tuple[Holder, ...]

    def as_json(self) -> dict[str, Any]:
        holders = [asdict(holder) for holder in self.holders]
        return {"asset": self.asset, "column": self.column, "class": self.class_, "holders": holders}


def sensitive(risks: Inheritance) -> list[Sensitive]:
    """Every classified column with its holders. One that only holds what another asset gave a class is a holder too."""
    nodes = [_ending(node, risks.register) for node in risks.nodes.values()]
    sources = [_source(node, column) for node in nodes for column in sorted(node.personal)]
    held = propagated(nodes, sources, risks.proofs)
    last = frozenset(outputs(risks.nodes))
    reached: dict[int, list[Holder]] = {number: [] for number in range(len(sources))}
    for number, holder in _holders(nodes, held, last, known=risks.proofs is not None):
        reached[number].append(holder)
    return [
        Sensitive(
            asset=source.origin,
            column=source.column or "",
            class_=risks.nodes[source.origin].personal[source.column or ""],
            holders=tuple(sorted(reached[number], key=_order)),
        )
        for number, source in enumerate(sources)
    ]


def _source(node: Node, column: str) -> Source:
    kind: Kind = "static" if node.external else "direct"
    return Source(origin=node.key, kind=kind, column=column, resolvable=_CLASS, in_force=True, findings=())


def _ending(node: Node, register: Register) -> Node:
    """The node with those resolutions only that make personal data harmless."""
    ends = [end for end in node.resolutions if _of_personal_data(end, register)]
    return replace(node, resolutions=tuple(replace(end, risk=_CLASS) for end in ends))


def _of_personal_data(end: Resolution, register: Register) -> bool:
    risk = register[end.risk]
    return risk.area == _AREA and risk.category in _CATEGORIES


def _holders(
    nodes: Sequence[Node], held: Mapping[str, Held], last: frozenset[str], *, known: bool
) -> Iterator[tuple[int, Holder]]:
    by_key = {node.key: node for node in nodes}
    for node in nodes:
        for place, bundle in held[node.key].items():
            ended = by_key[place.resolved_at].resolutions if place.resolved_at else ()
            for number, distance in _come(bundle):
                route = nearest_route(held, node.key, place, number)
                yield (
                    number,
                    Holder(
                        asset=node.key,
                        column=place.column,
                        via=place.via,
                        distance=distance,
                        route=tuple(asset for asset, _ in route),
                        columns=tuple(there.column for _, there in route),
                        kinds=tuple(sorted(node.kinds)),
                        output=node.key in last,
                        classified=node.personal.get(place.column) if place.column else None,
                        ended_at=place.resolved_at,
                        evidence=("proven" if known else "claim") if place.resolved_at else None,
                        note="; ".join(end.note for end in ended) or None,
                    ),
                )


def _come(bundle: Bundle) -> Iterator[tuple[int, int]]:
    """The numbers that come from elsewhere, with their distances."""
    return ((number, distance) for number, distance in zip(bundle.numbers, bundle.distances, strict=True) if distance)


def _order(holder: Holder) -> tuple[Any, ...]:
    return holder.distance, holder.asset, holder.ended_at or "", holder.column or "", holder.via
