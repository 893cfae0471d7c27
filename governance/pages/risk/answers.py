"""The answer first: what each thing the business uses has at worst, who must do what about it, by when."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from governance.risk.acceptances import Acceptances
from governance.risk.appetite import Appetite, Judged, Standing, judged, weighed
from governance.risk.inheritance import Inheritance
from governance.risk.outputs import outputs
from governance.risk.register import Severity

Verdict = Literal["beyond", "unknown", "risks", "within", "clean"]
_ORDER: tuple[Verdict, ...] = ("beyond", "unknown", "risks", "within", "clean")
_ALL: frozenset[Standing] = frozenset({"open", "accepted", "proven"})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one asset has, worst first: all that stands where a policy governs it, else the worst alone.

    `gaps` say what is not known of it; `findings` is how many stand, listed or not.
    """

    asset: str
    governed: bool
    verdict: Verdict
    risks: tuple[Judged, ...]
    gaps: tuple[str, ...]
    findings: int

    @property
    def worst(self) -> Judged | None:
        return self.risks[0] if self.risks else None

    @property
    def order(self) -> tuple[int, int, str]:
        severity = self.worst.arrival.severity if self.worst else 0
        return _ORDER.index(self.verdict), -severity, self.asset


def subjects(risks: Inheritance, policy: Mapping[str, Appetite]) -> list[str]:
    """What the business uses: that of which nothing more is made, and whatever a policy governs."""
    governed = (node.key for node in risks.nodes.values() if node.group in policy)
    return sorted({*outputs(risks.nodes), *governed})


def answers(
    risks: Inheritance, *, policy: Mapping[str, Appetite], acceptances: Acceptances, today: dt.date
) -> list[Answer]:
    """One for each subject; what somebody must act on comes first."""
    ranks = _ranks(risks)
    found = []
    for asset in subjects(risks, policy):
        appetite = policy.get(risks.nodes[asset].group)
        if appetite:
            found.append(_governed(risks, asset, appetite, acceptances, today))
        else:
            found.append(_told(risks, asset, ranks, acceptances, today))
    return sorted(found, key=lambda answer: answer.order)


def counts(found: Sequence[Answer]) -> dict[str, int]:
    """How many answers of each verdict, all of them named."""
    by_verdict = Counter(answer.verdict for answer in found)
    return {verdict: by_verdict[verdict] for verdict in _ORDER}


def headline(found: Sequence[Answer], risks: Inheritance, failed: Mapping[str, str]) -> str:
    """The whole page in some sentences."""
    said = [f"{_outputs(found)}: {_verdicts(found)}."]
    if worst := next((answer for answer in found if answer.worst), None):
        said.append(_worst(worst, risks))
    if failed:
        said.append(f"Not loaded, so not known: {', '.join(sorted(failed))}.")
    return " ".join(said)


def _governed(risks: Inheritance, asset: str, appetite: Appetite, acceptances: Acceptances, today: dt.date) -> Answer:
    found = judged(risks, asset, appetite=appetite, acceptances=acceptances, today=today)
    ordered = tuple(sorted(found.risks, key=_weight))
    gaps = tuple(_gaps(risks, asset))
    verdict: Verdict = "beyond" if found.refused else "unknown" if gaps else "within" if ordered else "clean"
    findings = len({(one.arrival.origin, one.arrival.finding) for one in ordered})
    return Answer(asset=asset, governed=True, verdict=verdict, risks=ordered, gaps=gaps, findings=findings)


def _told(risks: Inheritance, asset: str, ranks: Sequence[int], acceptances: Acceptances, today: dt.date) -> Answer:
    """Without a policy nothing is refused. Only the worst arrival is made: there may be very many."""
    held = {place: bundle for place, bundle in risks.held(asset).items() if place.resolved_at is None}
    every = [
        (-ranks[number], distance, place.column or "", number, place)
        for place, bundle in held.items()
        for number, distance in zip(bundle.numbers, bundle.distances, strict=True)
        if risks.sources[number].in_force
    ]
    anything = Appetite(group="", allowed=dict.fromkeys(Severity, _ALL), refused=frozenset())
    worst: tuple[Judged, ...] = ()
    if every:
        *_, number, place = min(every)
        arrivals = risks.arrivals(asset, place, number)
        worst = tuple(weighed(one, asset, anything, acceptances, today) for one in arrivals)
    gaps, numbers = tuple(_gaps(risks, asset)), {number for *_, number, _ in every}
    return Answer(
        asset=asset,
        governed=False,
        verdict="unknown" if gaps else "risks" if worst else "clean",
        risks=tuple(sorted(worst, key=_weight)[:1]),
        gaps=gaps,
        findings=sum(len(risks.sources[number].findings) for number in numbers),
    )


def _weight(one: Judged) -> tuple[object, ...]:
    """Refused before allowed, then worst first; what nobody stands for before what is accepted or proven."""
    arrival = one.arrival
    return (one.refused is None, -arrival.severity, one.standing != "open", arrival.distance, *arrival.order[3:])


def _ranks(risks: Inheritance) -> list[int]:
    """The worst severity of each source."""
    return [
        max(finding.severity or risks.register[finding.risk].severity for finding in source.findings)
        for source in risks.sources
    ]


def _gaps(risks: Inheritance, asset: str) -> Iterator[str]:
    unassessed, unreadable = risks.gaps(asset)
    if unreadable:
        why = (risks.nodes[unreadable.asset].unreadable or "").rstrip(".")
        yield f"What {unreadable.asset} carries could not be read: {why}. Mend that first."
    if unassessed:
        whose = "it" if unassessed.asset == asset else f"{unassessed.asset}, from which it is made"
        yield f"Nobody assessed {whose}. Say with @carries or @assessed what is known."


def _outputs(found: Sequence[Answer]) -> str:
    return f"{len(found)} business output{'' if len(found) == 1 else 's'}"


_SAID: Mapping[Verdict, str] = {
    "beyond": "beyond the appetite",
    "unknown": "not known",
    "risks": "with risks and no policy",
    "within": "within the appetite",
    "clean": "clean",
}


def _verdicts(found: Sequence[Answer]) -> str:
    said = [f"{count} {_SAID[verdict]}" for verdict, count in counts(found).items() if count]  # type: ignore[index]
    return ", ".join(said) or "nothing is made here"


def _worst(answer: Answer, risks: Inheritance) -> str:
    assert answer.worst
    arrival = answer.worst.arrival
    label = risks.register[arrival.risk].label
    origin = f"{arrival.origin}.{arrival.finding.column}" if arrival.finding.column else arrival.origin
    where = "its own" if arrival.origin == answer.asset else f"from {origin}"
    return f"At worst {answer.asset} has {arrival.severity} “{label}”, {where}, {_stands(answer.worst)}."


def _stands(worst: Judged) -> str:
    if worst.acceptance:
        return f"accepted by {worst.acceptance.who} until {worst.acceptance.until}"
    return "with a mitigation that is proven" if worst.standing == "proven" else "which nobody accepted"
