"""The answer for one asset in one line, made without its arrivals: for overviews of more assets than one reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from governance.risk.arrivals import Arrival, AssetRisks, Gap, State
from governance.risk.columns import Place
from governance.risk.inheritance import Inheritance
from governance.risk.register import Severity
from governance.risk.sources import Source


class Worst(NamedTuple):
    """A risk that stands, and where it begins."""

    severity: Severity
    risk: str
    origin: str
    column: str | None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How many findings an asset has, by fate, and the worst that stands; `severity` is 0 where none does."""

    key: str
    state: State
    own: int
    inherited: int
    severity: int
    worst_inherited: Worst | None
    unassessed: Gap | None
    unreadable: Gap | None


def summary(here: AssetRisks) -> Summary:
    """Of an answer, or of the part of it that was asked for."""
    own, inherited = (_worst(ones) for ones in (here.own, here.inherited))
    return Summary(
        key=here.key,
        state=here.state,
        own=_fates(here.own),
        inherited=_fates(here.inherited),
        severity=max(one.severity if one else 0 for one in (own, inherited)),
        worst_inherited=inherited,
        unassessed=here.unassessed,
        unreadable=here.unreadable,
    )


def summaries(risks: Inheritance) -> Iterator[Summary]:
    """Of every asset, whole."""
    heads = [_head(source, risks) for source in risks.sources]
    return (_summarised(risks, key, heads) for key in risks)


class _Head(NamedTuple):
    """A source's worst finding, and how many different findings it has."""

    worst: Worst
    in_force: bool
    findings: int


def _head(source: Source, risks: Inheritance) -> _Head:
    ranked = [(one.severity or risks.register[one.risk].severity, one.risk) for one in source.findings]
    severity, risk = min(ranked, key=lambda pair: (-pair[0], pair[1]))
    return _Head(Worst(severity, risk, source.origin, source.column), source.in_force, len(set(source.findings)))


def _summarised(risks: Inheritance, key: str, heads: Sequence[_Head]) -> Summary:
    fates: set[tuple[bool, int, str | None]] = set()
    standing: dict[bool, tuple[Any, ...]] = {}
    for place, bundle in risks.held(key).items():
        for number, distance in zip(bundle.numbers, bundle.distances, strict=True):
            head = heads[number]
            own = head.worst.origin == key and not distance
            fates.add((own, number, place.resolved_at))
            if place.resolved_at is None and head.in_force:
                rank = (*_rank(head.worst, distance, place), head.worst)
                standing[own] = min(rank, standing.get(own, rank))
    worst = [standing[own][-1] for own in sorted(standing)]
    unassessed, unreadable = risks.gaps(key)
    return Summary(
        key=key,
        state=risks.state(key),
        own=sum(heads[number].findings for own, number, _ in fates if own),
        inherited=sum(heads[number].findings for own, number, _ in fates if not own),
        severity=max((one.severity for one in worst), default=0),
        worst_inherited=standing[False][-1] if False in standing else None,
        unassessed=unassessed,
        unreadable=unreadable,
    )


def _rank(worst: Worst, distance: int, place: Place) -> tuple[Any, ...]:
    """As `Arrival.order` has it."""
    return -worst.severity, distance, worst.risk, worst.origin, worst.column or "", place.column or "", place.via


def _worst(arrivals: Sequence[Arrival]) -> Worst | None:
    first = min((one for one in arrivals if one.stands), key=lambda one: one.order, default=None)
    return Worst(first.severity, first.risk, first.origin, first.finding.column) if first else None


def _fates(arrivals: Sequence[Arrival]) -> int:
    return len({(one.finding, one.origin, one.resolved_at) for one in arrivals})
