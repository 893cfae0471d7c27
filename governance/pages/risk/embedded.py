"""The graph and what it holds, as small as it gets: everything is said once and meant by its number.

Routes are not written out. Each place says from which places its findings came, and the page walks back along those.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from governance.pages.risk.advice import advice
from governance.pages.risk.answers import Answer
from governance.risk import refusals
from governance.risk.appetite import Judged
from governance.risk.arrivals import Arrival
from governance.risk.columns import Place
from governance.risk.findings import Finding
from governance.risk.inheritance import Inheritance
from governance.risk.propagation import Hop
from governance.risk.sources import Source, group_origin

_DATES = ("review_by", "valid_from", "valid_until")


class _Numbered(dict[Any, int]):
    """A number for each different thing, in the order they came."""

    def __missing__(self, thing: Hashable) -> int:
        self[thing] = number = len(self)
        return number

    @property
    def things(self) -> list[Any]:
        return [*self]


class Graph:
    """Assets, findings and places of an inheritance, by number."""

    def __init__(self, risks: Inheritance) -> None:
        self._risks = risks
        self.assets = {key: number for number, key in enumerate(risks)}
        self._places: dict[Hop, int] = {
            (key, place): number
            for number, (key, place) in enumerate((key, place) for key in self.assets for place in risks.held(key))
        }
        self._findings: dict[tuple[str, Finding], int] = {
            (source.origin, finding): number
            for number, (source, finding) in enumerate(
                (source, finding) for source in risks.sources for finding in source.findings
            )
        }

    def finding(self, arrival: Arrival) -> int:
        return self._findings[arrival.origin, arrival.finding]

    def place(self, arrival: Arrival, asset: str) -> int:
        return self._places[asset, Place(arrival.column, arrival.via, arrival.resolved_at)]

    def as_json(self) -> dict[str, Any]:
        risks = self._risks
        return {
            "assets": [self._asset(key) for key in self.assets],
            **self._held(),
            "sources": [[one.origin, one.kind, one.column or "", int(one.in_force)] for one in risks.sources],
            "findings": [*self._all_findings()],
            "register": {
                risk.id: {"label": risk.label, "description": risk.description, "severity": risk.severity.word}
                for risk in risks.register.values()
            },
        }

    def _asset(self, key: str) -> list[Any]:
        node = self._risks.nodes[key]
        gaps = self._risks.gaps(key)
        return [
            key, node.group, list(node.owners), self._risks.state(key), int(node.external),
            [self.assets[parent] for parent in node.parents if parent in self.assets and parent != key],
            [gap and gap.asset for gap in gaps], int(node.assessed), node.unreadable or "",
            [{"risk": end.risk, "proof": end.proof, "note": end.note} for end in node.resolutions],
        ]  # fmt: skip

    def _held(self) -> dict[str, Any]:
        """Places as [asset, column, via, ended at, numbers, distances, places they came from, which of those bar what].

        A place from which not all came that was there is listed with the numbers that did.
        """
        words, lists = _Numbered(), _Numbered()
        places: list[list[Any]] = []
        for (key, place), number in self._places.items():
            bundle = self._risks.held(key)[place]
            assert len(places) == number
            places.append([
                self.assets[key], words[place.column or ""], words[place.via],
                self.assets[place.resolved_at] if place.resolved_at else -1,
                lists[bundle.numbers], lists[bundle.distances],
                [self._places[hop] for hop in dict.fromkeys(bundle.hops)],
                [[self._places[hop], lists[tuple(sorted(passed))]] for hop, passed in bundle.only],
            ])  # fmt: skip
        return {"places": places, "words": words.things, "lists": lists.things}

    def _all_findings(self) -> Iterator[dict[str, Any]]:
        for source, arrival in begun(self._risks):
            finding = arrival.finding
            said = {
                "risk": finding.risk, "severity": arrival.severity.word, "source": source, "note": finding.note,
                "owner": finding.owner, "mitigation": finding.mitigation, "by": finding.mitigation_owner,
                "proof": finding.proof, "opened_by": finding.opened_by, "opened": arrival.opened,
                "state": arrival.state,
                **{name: getattr(finding, name) and getattr(finding, name).isoformat() for name in _DATES},
                "measured": dict(arrival.measured),
            }  # fmt: skip
            yield {name: value for name, value in said.items() if value not in (None, {})}


def begun(risks: Inheritance) -> Iterator[tuple[int, Arrival]]:
    """Every finding where it begins, with the number of its source."""
    groups: dict[str, list[str]] = {}
    for node in risks.nodes.values():
        groups.setdefault(group_origin(node.group), []).append(node.key)
    for number, source in enumerate(risks.sources):
        key, place = _start(risks, number, source, groups)
        for arrival in risks.arrivals(key, place, number):
            yield number, replace(arrival, resolved_at=None, resolution=None)


def answer(one: Answer, graph: Graph, risks: Inheritance) -> dict[str, Any]:
    """What an asset has, one row a finding and fate, with what to do about it."""
    return {
        "asset": graph.assets[one.asset],
        "governed": one.governed,
        "verdict": one.verdict,
        "gaps": list(one.gaps),
        "findings": one.findings,
        "risks": [_risk(same, one, graph, risks) for same in refusals.together(one.risks)],
    }


def _risk(same: Sequence[Judged], of: Answer, graph: Graph, risks: Inheritance) -> dict[str, Any]:
    one = same[0]
    told = advice(one, risks, governed=of.governed)
    return {
        "finding": graph.finding(one.arrival),
        "place": graph.place(one.arrival, of.asset),
        "columns": sorted({each.arrival.column for each in same if each.arrival.column}),
        "standing": one.standing,
        "refused": one.refused or "",
        "why": [*refusals.why(one, risks)],
        "who": told.who,
        "when": told.when,
        "date": told.date.isoformat() if told.date else "",
        "todo": told.todo,
        "ticket": one.acceptance.ticket if one.acceptance else "",
    }


def _start(risks: Inheritance, number: int, source: Source, groups: Mapping[str, Sequence[str]]) -> Hop:
    """An asset and place where a source begins; that of a group begins in each of its assets."""
    if source.kind != "process":
        return source.origin, Place() if source.column is None else Place(source.column, "column")
    return next(
        (key, place)
        for key in groups[source.origin]
        for place, bundle in risks.held(key).items()
        if bundle.distance(number) == 0
    )
