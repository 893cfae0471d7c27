"""What to do about one risk of an asset, who is asked, and by when."""

import datetime as dt
from typing import NamedTuple

from governance.risk.appetite import Judged
from governance.risk.inheritance import Inheritance
from governance.risk.reviews import NOBODY


class Advice(NamedTuple):
    """`when` is a word and a date, or neither."""

    who: str
    when: str
    date: dt.date | None
    todo: str


def advice(one: Judged, risks: Inheritance, *, governed: bool) -> Advice:
    if one.refused == "overdue":
        return Advice(_who(one, risks), "overdue since", one.arrival.finding.review_by, _todo(one, risks))
    if one.acceptance:
        until, who = one.acceptance.until, one.acceptance.who or NOBODY
        return Advice(who, "accepted until", until, f"Nothing before {until}. {one.acceptance.why}")
    date = one.arrival.finding.review_by
    allowed = "The policy lets it stand. To be rid of it: " if governed and not one.refused else ""
    return Advice(_who(one, risks), "review by" if date else "no date", date, allowed + _todo(one, risks))


def _who(one: Judged, risks: Inheritance) -> str:
    """Who mitigates, else who owns the finding, else who owns where it comes from."""
    finding, node = one.arrival.finding, risks.nodes.get(one.arrival.origin)
    owners = ", ".join(node.owners) if node else ""
    return finding.mitigation_owner or finding.owner or owners or NOBODY


def _todo(one: Judged, risks: Inheritance) -> str:
    finding = one.arrival.finding
    if one.refused == "overdue":
        return "Review the finding and set a new date."
    if one.lapsed:
        sign = f"sign until a new date ({one.lapsed.who}'s ended {one.lapsed.until})" if one.lapsed.who else "sign"
        return f"Have a named person {sign}, or mend it at {one.arrival.origin}."
    if finding.opened_by:
        return _opened(finding.opened_by, risks)
    if finding.proof:
        return _proof(finding.proof, risks)
    if finding.mitigation:
        return f"Name a check that proves the mitigation: {finding.mitigation}"
    return f"Mend it at {_place(one)}, end it on the way, or have a named person accept it until a date."


def _opened(check: str, risks: Inheritance) -> str:
    word, said = _heard(check, risks)
    if word == "broken":
        return f"Mend what {check} found: {said}"
    return f"Run {check}: it has not said whether this stands."


def _proof(check: str, risks: Inheritance) -> str:
    word, said = _heard(check, risks)
    return {
        "proven": f"Nothing: {check} proves the mitigation.",
        "broken": f"Mend what {check} found: {said}",
        "stale": f"Run {check}: {said}.",
        "claim": f"Run {check}: until it has passed, the mitigation is a claim.",
    }[word]


def _heard(check: str, risks: Inheritance) -> tuple[str, str]:
    if risks.proofs is None:
        return "claim", ""
    proof = risks.proofs[check]
    numbers = ", ".join(f"{label} {number:g}" for label, number in proof.measured)
    return proof.word, f"{proof.said}{f' ({numbers})' if numbers else ''}"


def _place(one: Judged) -> str:
    column = one.arrival.finding.column
    return f"{one.arrival.origin}.{column}" if column else one.arrival.origin
