"""What `heirloom risks --down` says: whom an asset's own findings reach."""

from collections.abc import Iterator, Mapping, Sequence

from governance.risk import Arrival, AssetRisks, Inheritance
from governance.risk.coverage import Covered, Hop, Missed
from governance.risk.outputs import outputs
from heirloom.cli.risk_tree import tree
from heirloom.cli.risk_words import by_finding, columns, details, named, plural, state, together, ways, worst
from heirloom.cli.table import aligned

_NAMED = 3
Heirs = list[tuple[str, Arrival]]


def reach(risks: Inheritance, found: Mapping[str, AssetRisks], *, why: bool) -> Iterator[str]:
    """Each finding with its heirs."""
    heirs: Heirs = [(key, one) for key, here in found.items() for one in here.inherited]
    yield _sentence(risks, heirs)
    for alike in by_finding(sorted((one for _, one in heirs), key=lambda one: one.order)).values():
        first = alike[0]
        yield from ("", named(first), *(f"  {detail}" for detail in details(first)))
        yield from tree(alike) if why else aligned(_rows(first, found))


def spread(covered: Sequence[Covered]) -> Iterator[str]:
    """How far each risk came, hop by hop, and why it came no further."""
    for one in covered:
        yield from ("", f"{one.risk} from {one.origin}, by distance:")
        yield from aligned([_hop(hop) for hop in one.hops])


def _hop(hop: Hop) -> tuple[str, ...]:
    assets = f"{len(hop.got)} of {plural(hop.assets, 'asset')}"
    return f"{hop.distance} away", assets, f"{hop.share:.0%}", _why(hop)


def _why(hop: Hop) -> str:
    named = [f"{one.asset}: {_ended(one)}" for one in hop.missed[:_NAMED]]
    more = [f"{len(hop.missed) - _NAMED} more"] if len(hop.missed) > _NAMED else []
    return "; ".join([*named, *more])


def _ended(one: Missed) -> str:
    at = f" at {one.at}" if one.at != one.asset else ""
    return f"{one.why}{at}" + (f" ({one.evidence})" if one.evidence else "")


def _sentence(risks: Inheritance, heirs: Heirs) -> str:
    standing = worst(one for _, one in heirs)
    if standing is None:
        return "No finding carried there reaches anybody."
    keys = {key for key, one in heirs if one.stands}
    last = sorted(keys & set(outputs(risks.nodes)))
    shown = f" ({', '.join(last)})" if 0 < len(last) <= _NAMED else ""
    business = f"{plural(len(last), 'business output')}{shown}"
    return f"It reaches {plural(len(keys), 'asset')}, of these {business}; at worst {named(standing)}."


def _rows(finding: Arrival, found: Mapping[str, AssetRisks]) -> Sequence[tuple[str, ...]]:
    rows = []
    for key, here in found.items():
        alike = [one for one in here.inherited if (one.finding, one.origin) == (finding.finding, finding.origin)]
        rows += [(key, f"on {columns(same)}", ways(same), state(same[0])) for same in together(alike)]
    return rows
