"""What changed between two answers of `heirloom risks --json`: who gained, lost, worsened; order plays no part."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from governance.risk.arrivals import Arrival
from governance.risk.errors import RiskError
from governance.risk.register import Severity

What = Literal["gained", "worsened", "unmitigated", "unknown", "lost"]
_ORDER: tuple[What, ...] = ("gained", "worsened", "unmitigated", "unknown", "lost")
Document = Mapping[str, Any]


class NotAnAnswer(RiskError):
    """A document that `heirloom risks --json` did not print."""


class Thing(NamedTuple):
    """What may come and go: a risk on an asset or one of its columns, from one origin."""

    asset: str
    risk: str
    origin: str
    origin_column: str | None
    column: str | None


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are its severities, evidence or knowledge, `route` the way it takes now."""

    what: What
    thing: Thing
    before: str | None
    after: str | None
    route: tuple[str, ...] = ()
    new_asset: bool = False

    @property
    def worse(self) -> bool:
        """Whether somebody must answer for it: that a new asset is not assessed yet makes nothing worse."""
        return self.what != "lost" and not (self.what == "unknown" and self.new_asset)

    @property
    def order(self) -> tuple[Any, ...]:
        severity = Severity.parse(self.after or self.before) if self.what in ("gained", "lost", "worsened") else 0
        return (_ORDER.index(self.what), -severity, *(part or "" for part in self.thing))


class _Standing(NamedTuple):
    severity: Severity
    strength: int
    route: tuple[str, ...]


_STRENGTHS = ("nothing", "a claim", "a claim with a proof", "proven")
_KNOWLEDGE = ("assessed", "not assessed", "unreadable")


def thing(arrival: Arrival, asset: str) -> Thing:
    """What of an asset an arrival is."""
    return Thing(asset, arrival.risk, arrival.origin, arrival.finding.column, arrival.column)


def changes(base: Document, head: Document) -> list[Change]:
    """From `base` to `head`, what is new before what is gone, worst first."""
    before, after = _standing(base), _standing(head)
    if bool(base.get("evidence")) != bool(head.get("evidence")):
        raise NotAnAnswer("Only one of the two answers asked the event log. Save and compare both with --evidence.")
    found = [
        *_gained(before, after, "gained"),
        *_gained(after, before, "lost"),
        *_worsened(before, after),
        *_unknown(base, head),
    ]
    return sorted(found, key=lambda change: change.order)


def unaccepted(found: Iterable[Change], accepted: Callable[[Change], bool] = lambda _: False) -> list[Change]:
    """What is worse and was taken on by nobody."""
    return [change for change in found if change.worse and not accepted(change)]


def _gained(before: Mapping[Thing, _Standing], after: Mapping[Thing, _Standing], what: What) -> Iterator[Change]:
    for one, now in after.items():
        if not _covering(one, before):
            word = now.severity.word
            before_, after_ = (None, word) if what == "gained" else (word, None)
            yield Change(what, one, before_, after_, now.route)


def _worsened(before: Mapping[Thing, _Standing], after: Mapping[Thing, _Standing]) -> Iterator[Change]:
    for one, now in after.items():
        if known := _covering(one, before):
            severity, strength = max(there.severity for there in known), min(there.strength for there in known)
            if now.severity > severity:
                yield Change("worsened", one, severity.word, now.severity.word, now.route)
            if now.strength < strength:
                yield Change("unmitigated", one, _STRENGTHS[strength], _STRENGTHS[now.strength], now.route)


def _covering(one: Thing, known: Mapping[Thing, _Standing]) -> list[_Standing]:
    """The same there, or on the asset as a whole: to learn by which column a risk came is no new risk."""
    return [known[there] for there in {one, one._replace(column=None)} if there in known]


def _unknown(base: Document, head: Document) -> Iterator[Change]:
    before, after = _assets(base), _assets(head)
    for asset, now in after.items():
        new = asset not in before
        known, knows = 0 if new else _knowledge(before[asset]), _knowledge(now)
        if knows > known:
            gap = now.get("unreadable") or now.get("unassessed") or {"asset": asset}
            missing = Thing(asset, "", gap["asset"], None, None)
            yield Change("unknown", missing, None if new else _KNOWLEDGE[known], _KNOWLEDGE[knows], new_asset=new)
    for location in sorted(head.get("failed", {}).keys() - base.get("failed", {}).keys()):
        yield Change("unknown", Thing(f"code location {location}", "", location, None, None), "loaded", "unreadable")


def _knowledge(asset: Mapping[str, Any]) -> int:
    if asset["state"] == "unreadable" or asset.get("unreadable"):
        return 2
    return int(asset["state"] == "not_assessed" or bool(asset.get("unassessed")))


def _standing(document: Document) -> dict[Thing, _Standing]:
    """What stands, the worst of what differs only in note or owner."""
    found: dict[Thing, _Standing] = {}
    for asset, risks in _assets(document).items():
        for one in (*risks["own"], *risks["inherited"]):
            if one.get("resolved_at") is None and one.get("in_force", True):
                there = Thing(asset, one["risk"], one["origin"], one.get("origin_column"), one["column"])
                found[there] = _worst(_read(one), found.get(there))
    return found


def _read(arrival: Mapping[str, Any]) -> _Standing:
    claimed = arrival.get("state") == "claim"
    strength = 3 if arrival["mitigated"] else (1 + bool(arrival.get("proof"))) * claimed
    return _Standing(Severity.parse(arrival["severity"]), strength, tuple(arrival["route"]))


def _worst(one: _Standing, other: _Standing | None) -> _Standing:
    if other is None:
        return one
    route = min((len(one.route), one.route), (len(other.route), other.route))[1]
    return _Standing(max(one.severity, other.severity), min(one.strength, other.strength), route)


def _assets(document: Document) -> Mapping[str, Mapping[str, Any]]:
    match document:
        case {"assets": dict(assets)} if all(map(_is_answer, assets.values())):
            return cast("dict[str, Mapping[str, Any]]", assets)
    raise NotAnAnswer("This is no answer of `heirloom risks --json`: it has no 'assets' with 'state' and 'inherited'.")


def _is_answer(asset: Any) -> bool:
    return isinstance(asset, Mapping) and {"state", "own", "inherited"} <= asset.keys()
