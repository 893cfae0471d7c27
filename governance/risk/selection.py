"""Part of an answer: by asset, column, owner and risk, looking up to what is inherited or down to who inherits."""

from dataclasses import dataclass, replace

from governance.risk.arrivals import Arrival, AssetRisks
from governance.risk.findings import Finding
from governance.risk.inheritance import Inheritance


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is asked for; nothing said is everything.

    Up, an asset's column has its own risks and those of the asset as a whole. Down, only findings of the assets
    themselves count, of their `column` if one is named. An owner has the findings and mitigations in that name and
    those of the assets it owns.
    """

    assets: tuple[str, ...] = ()
    column: str | None = None
    owner: str | None = None
    risk: str | None = None
    down: bool = False

    def of(self, risks: Inheritance) -> dict[str, AssetRisks]:
        """The assets that have something of it, or all that were named."""
        found = {key: self._narrowed(risks[key], risks) for key in self._keys(risks)}
        named = not self.down and (self.assets or (self.owner is None and self.risk is None))
        return {key: here for key, here in found.items() if named or here.own or here.inherited}

    def _keys(self, risks: Inheritance) -> list[str]:
        if not self.assets:
            return list(risks)
        return heirs(risks, *self.assets) if self.down else list(self.assets)

    def _narrowed(self, here: AssetRisks, risks: Inheritance) -> AssetRisks:
        own, inherited = (
            tuple(one for one in arrivals if self._wanted(one, here.key, risks))
            for arrivals in (here.own, here.inherited)
        )
        return replace(here, own=() if self.down else own, inherited=inherited)

    def _wanted(self, arrival: Arrival, asset: str, risks: Inheritance) -> bool:
        subject = arrival.origin if self.down else asset
        owners = risks.nodes[subject].owners if subject in risks.nodes else ()
        column = arrival.finding.column if self.down else arrival.column
        return (
            self.risk in (None, arrival.risk)
            and (self.owner is None or self.owner in {*owners, *owners_of(arrival.finding)})
            and (self.column in (None, column) or (not self.down and column is None))
            and (not self.down or not self.assets or arrival.origin in self.assets)
        )


def owners_of(finding: Finding) -> tuple[str, ...]:
    """Who is named with it or with what is done about it; a catalogue may name several."""
    named = (finding.owner, finding.mitigation_owner)
    return tuple(owner.strip() for owners in named if owners for owner in owners.split(","))


def heirs(risks: Inheritance, *assets: str) -> list[str]:
    """Everything made from these, however far on, without them unless they are made from one another."""
    children: dict[str, list[str]] = {}
    for key, node in risks.nodes.items():
        for parent in node.parents:
            children.setdefault(parent, []).append(key)
    seen: set[str] = set()
    waiting = [*assets]
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - seen
        seen |= fresh
        waiting.extend(fresh)
    return sorted(seen)
