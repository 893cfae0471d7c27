"""A judgement in words: which risk, from where, by which route, and what to do."""

from collections.abc import Iterator, Sequence

from governance.risk.appetite import Judged, Judgement
from governance.risk.arrivals import Arrival
from governance.risk.inheritance import Inheritance

_SAID = 5
_SHOWN = 50
_COLUMNS = 4


def sentence(judgement: Judgement, risks: Inheritance) -> str:
    """The worst first, and what to do about each."""
    group, refused = judgement.appetite.group, together(judgement.refused)
    if judgement.passed:
        return f"{len(together(judgement.risks))} findings, all within the appetite of {group}"
    said = [*judgement.gaps, *(_refusal(same[0], judgement, risks) for same in refused[:_SAID])]
    more = [f"{len(refused) - _SAID} more, see the table"] if len(refused) > _SAID else []
    return f"Beyond the appetite of {group}. " + ". ".join([*said, *more])


def counts(judgement: Judgement) -> dict[str, int]:
    """How many findings stand in which way."""
    every = together(judgement.risks)
    by_word = {word: sum(same[0].standing == word for same in every) for word in ("open", "accepted", "proven")}
    return {**by_word, "refused": len(together(judgement.refused)), "gaps": len(judgement.gaps)}


def table(judgement: Judgement) -> str:
    """Every finding that stands, in Markdown; the refused ones first."""
    every = sorted(together(judgement.risks), key=lambda same: same[0].refused is None)
    head = ["| risk | severity | from | on | stands | judged | nearest route |", "|---|---|---|---|---|---|---|"]
    omitted = [f"\n{len(every) - _SHOWN} more."] if len(every) > _SHOWN else []
    return "\n".join([*head, *map(_row, every[:_SHOWN]), *omitted])


def together(risks: Sequence[Judged]) -> list[list[Judged]]:
    """By finding and fate, however many columns it came by, in the order of the first of each."""
    found: dict[object, list[Judged]] = {}
    for one in risks:
        found.setdefault((one.arrival.finding, one.arrival.origin, one.standing, one.refused), []).append(one)
    return list(found.values())


def _refusal(one: Judged, judgement: Judgement, risks: Inheritance) -> str:
    arrival = one.arrival
    owner = f", owner {arrival.finding.owner}" if arrival.finding.owner else ""
    reasons = "; ".join([*why(one, risks)] or ["nothing is done about it"])
    must = "" if one.refused == "overdue" else f"; {_must(one, judgement)}"
    return f"{arrival.risk} ({arrival.severity}{owner}) from {_origin(arrival)} by {_route(arrival)}: {reasons}{must}"


def _must(one: Judged, judgement: Judgement) -> str:
    severity = one.arrival.severity
    words = " or ".join(sorted(judgement.appetite.allowed[severity]))
    return f"{severity} must be {words}" if words else f"nothing {severity} may be here"


def why(one: Judged, risks: Inheritance) -> Iterator[str]:
    """What was said or done against it, and why that is not enough."""
    finding = one.arrival.finding
    if one.refused == "overdue":
        yield f"its review was due on {finding.review_by}: look at it again and set a new date"
    if one.lapsed:
        signed = f"{one.lapsed.who} signed until {one.lapsed.until}" if one.lapsed.who else "nobody signed"
        yield f"its acceptance at {one.lapsed.at} does not hold: {signed}"
    if finding.opened_by:
        yield f"opened by {_heard(finding.opened_by, risks)}"
    if finding.proof:
        yield f"its proof is {_heard(finding.proof, risks)}"
    elif finding.mitigation:
        yield f"its mitigation ({finding.mitigation}) names no check that proves it"
    yield from ends(one.arrival, risks)


def ends(arrival: Arrival, risks: Inheritance) -> Iterator[str]:
    """Resolutions on the way that would have ended it."""
    before = (None, *arrival.route)
    for asset, column, parent in zip(arrival.route, arrival.columns, before, strict=False):
        for end in risks.nodes[asset].resolutions if asset != arrival.origin else ():
            if end.risk == arrival.risk and end.covers(column, parent=parent):
                yield f"{asset} would end it, but the proof is {_heard(end.proof, risks)}"


def _heard(check: str, risks: Inheritance) -> str:
    """The check, its word and what it said, with its numbers."""
    if risks.proofs is None:
        return f"{check}, not asked"
    proof = risks.proofs[check]
    numbers = ", ".join(f"{label} {number:g}" for label, number in proof.measured)
    return f"{check}, {proof.word}: {proof.said}{f' ({numbers})' if numbers else ''}"


def _row(same: Sequence[Judged]) -> str:
    one = same[0]
    accepted = f"accepted by {one.acceptance.who} until {one.acceptance.until}" if one.acceptance else one.standing
    cells = (
        one.arrival.risk,
        one.arrival.severity.word,
        _origin(one.arrival),
        _columns(same),
        accepted,
        f"refused: {one.refused}" if one.refused else "allowed",
        _route(one.arrival),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _columns(same: Sequence[Judged]) -> str:
    names = sorted({one.arrival.column for one in same if one.arrival.column is not None})
    more = [f"{len(names) - _COLUMNS} more"] if len(names) > _COLUMNS else []
    return ", ".join([*names[:_COLUMNS], *more]) or "all"


def _origin(arrival: Arrival) -> str:
    return f"{arrival.origin}.{arrival.finding.column}" if arrival.finding.column else arrival.origin


def _route(arrival: Arrival) -> str:
    return " > ".join(arrival.route)
