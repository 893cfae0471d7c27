"""How much risk each asset group may carry, in a reviewed file, and the judgement of one asset by it.

```yaml
clv/scores:
  critical: accepted
  high: accepted or proven
  medium: any
  not_assessed: refuse
  unreadable: refuse
  overdue: refuse
```

`low` is any unless it says otherwise.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from governance.risk.acceptances import Acceptance, Acceptances
from governance.risk.arrivals import Arrival
from governance.risk.errors import AppetiteError, did_you_mean
from governance.risk.inheritance import Inheritance
from governance.risk.register import Severity
from governance.risk.yaml_lines import Entry, Text, entries

Standing = Literal["open", "accepted", "proven"]
_ALLOWED: Mapping[str, frozenset[Standing]] = {
    "refuse": frozenset(),
    "accepted": frozenset({"accepted"}),
    "proven": frozenset({"proven"}),
    "accepted or proven": frozenset({"accepted", "proven"}),
    "any": frozenset({"accepted", "proven", "open"}),
}
_UNKNOWNS = {"not_assessed": ("refuse", "any"), "unreadable": ("refuse",), "overdue": ("refuse", "any")}
_KEYS = (*(severity.word for severity in reversed(Severity)), *_UNKNOWNS)


@dataclass(frozen=True, kw_only=True)
class Appetite:
    """What assets of one group may carry, and which of not_assessed, unreadable and overdue are refused."""

    group: str
    allowed: Mapping[Severity, frozenset[Standing]]
    refused: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A standing risk of an asset, as the policy sees it; `refused` says by which word of the policy it is too much."""

    arrival: Arrival
    standing: Standing
    acceptance: Acceptance | None
    lapsed: Acceptance | None
    refused: str | None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All risks that stand on an asset, and its gaps that the policy refuses, in words."""

    asset: str
    appetite: Appetite
    risks: tuple[Judged, ...]
    gaps: tuple[str, ...]

    @property
    def refused(self) -> tuple[Judged, ...]:
        return tuple(one for one in self.risks if one.refused)

    @property
    def passed(self) -> bool:
        return not self.refused and not self.gaps


def policy_in(path: Path | str, *, groups: Collection[str]) -> dict[str, Appetite]:
    """The appetite of each group in the file. Every word must be there and known, and so must the group."""
    policy: dict[str, Appetite] = {}
    for entry in entries(Path(path)):
        group, where = entry.name
        if group not in groups:
            raise AppetiteError(f"{where}: no asset is in group '{group}'.{did_you_mean(group, groups)}")
        policy[group] = _appetite(entry)
    return policy


def judged(
    risks: Inheritance, asset: str, *, appetite: Appetite, acceptances: Acceptances, today: dt.date
) -> Judgement:
    """The risks of one asset held against its group's appetite. What was ended or is not in force does not stand."""
    here = risks[asset]
    standing = [one for one in (*here.own, *here.inherited) if one.stands]
    return Judgement(
        asset=asset,
        appetite=appetite,
        risks=tuple(weighed(one, asset, appetite, acceptances, today) for one in standing),
        gaps=tuple(_gaps(risks, asset, appetite.refused)),
    )


def weighed(one: Arrival, asset: str, appetite: Appetite, acceptances: Acceptances, today: dt.date) -> Judged:
    """One risk of an asset held against an appetite."""
    acceptance = acceptances.accepted(one, asset, today)
    standing: list[Standing] = ["open"]
    if acceptance:
        standing.append("accepted")
    if one.mitigated:
        standing.append("proven")
    late = one.finding.review_by is not None and one.finding.review_by < today
    if late and "overdue" in appetite.refused:
        refused: str | None = "overdue"
    else:
        refused = None if appetite.allowed[one.severity].intersection(standing) else one.severity.word
    lapsed = None if acceptance else acceptances.lapsed(one, asset, today)
    return Judged(arrival=one, standing=standing[-1], acceptance=acceptance, lapsed=lapsed, refused=refused)


def _gaps(risks: Inheritance, asset: str, refused: frozenset[str]) -> Iterator[str]:
    here = risks[asset]
    if here.unreadable and "unreadable" in refused:
        why = risks.nodes[here.unreadable.asset].unreadable
        yield f"what {here.unreadable.asset} carries could not be read ({why}): mend that first"
    if here.unassessed and "not_assessed" in refused:
        names = ", ".join(risks.unassessed(asset)[:5])
        yield f"nobody assessed {names}: say with @carries or @assessed what is known of it"


def _appetite(entry: Entry) -> Appetite:
    group, where = entry.name
    for name, text in entry.fields.items():
        if name not in _KEYS:
            raise AppetiteError(f"{text.where}: unknown key '{name}'.{did_you_mean(name, _KEYS)}")
    said = {"low": Text("any", where), **entry.fields}
    if missing := [name for name in _KEYS if name not in said]:
        raise AppetiteError(f"{where}: '{group}' does not say {', '.join(missing)}.")
    unknowns = {name: _word(said[name], words) for name, words in _UNKNOWNS.items()}
    refused = frozenset(name for name, word in unknowns.items() if word == "refuse")
    return Appetite(group=group, allowed=_allowed(said), refused=refused)


def _allowed(said: Mapping[str, Text]) -> dict[Severity, frozenset[Standing]]:
    """What each severity may be; the worse one never more than the lesser."""
    allowed = {severity: _ALLOWED[_word(said[severity.word], tuple(_ALLOWED))] for severity in Severity}
    for lower, higher in pairwise(Severity):
        if not allowed[higher] <= allowed[lower]:
            where, (worse, lesser) = said[higher.word].where, (said[higher.word].value, said[lower.word].value)
            raise AppetiteError(f"{where}: {higher}: {worse} allows what {lower}: {lesser} refuses. Swap them.")
    return allowed


def _word(text: Text, words: tuple[str, ...]) -> str:
    if text.value not in words:
        hint = did_you_mean(text.value, words)
        raise AppetiteError(f"{text.where}: '{text.value}' is none of {', '.join(words)}.{hint}")
    return text.value
