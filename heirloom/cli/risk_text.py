"""What `heirloom risks` says of what is inherited: the answer in a sentence, then a table or the routes."""

from collections.abc import Iterable, Iterator, Mapping

from governance.risk import Arrival, AssetRisks, Inheritance
from governance.risk.outputs import outputs
from heirloom.cli.risk_tree import tree
from heirloom.cli.risk_words import by_finding, columns, details, named, place, plural, state, together, ways, worst
from heirloom.cli.table import aligned

_NAMED = 3


def overview(risks: Inheritance, found: Mapping[str, AssetRisks]) -> Iterator[str]:
    """One line an asset, below the worst of every business output."""
    yield f"{_outputs(risks, found)}; {_known(found.values())}."
    titles = ("asset", "state", "own", "inherited", "worst inherited", "not known")
    yield from aligned([titles, *map(_row, sorted(found.values(), key=_order))])


def asset(here: AssetRisks, *, why: bool) -> Iterator[str]:
    """All about one asset."""
    yield _sentence(here)
    arrivals = (*here.own, *here.inherited)
    if why:
        for same in by_finding(arrivals).values():
            yield from ("", f"{named(same[0])}: {state(same[0])}", *tree(same))
        return
    rows = together(arrivals)
    for line, same in zip(aligned(list(map(_cells, rows))), rows, strict=True):
        yield line
        yield from (f"      {detail}" for detail in details(same[0]))


def _outputs(risks: Inheritance, found: Mapping[str, AssetRisks]) -> str:
    last = sorted((found[key] for key in outputs(risks.nodes) if key in found), key=_order)
    said = [f"{here.key} inherits {_worst(here)}" for here in last[:_NAMED]]
    more = [f"{plural(len(last) - _NAMED, 'more business output')} nothing worse"] if len(last) > _NAMED else []
    return ", ".join([*said, *more]) or "There is no business output"


def _order(here: AssetRisks) -> tuple[int, str]:
    standing = worst((*here.inherited, *here.own))
    return (-standing.severity if standing else 0), here.key


def _worst(here: AssetRisks) -> str:
    standing = worst(here.inherited)
    return named(standing) if standing else "nothing known"


def _known(found: Iterable[AssetRisks]) -> str:
    found = list(found)
    unreadable = sum(here.unreadable is not None for here in found)
    unassessed = sum(here.unreadable is None and here.unassessed is not None for here in found)
    if not unreadable + unassessed:
        return f"all {plural(len(found), 'asset')} and what they are made from were assessed"
    return f"of {plural(len(found), 'asset')} {unassessed} not fully assessed, {unreadable} not fully readable"


def _row(here: AssetRisks) -> tuple[str, ...]:
    counts = [str(len(together(arrivals)) or "-") for arrivals in (here.own, here.inherited)]
    inherited = worst(here.inherited)
    return (here.key, here.state.replace("_", " "), *counts, named(inherited) if inherited else "-", _gap(here))


def _gap(here: AssetRisks) -> str:
    if here.unreadable:
        return f"{here.unreadable.asset} could not be read"
    return f"{here.unassessed.asset} is not assessed" if here.unassessed else ""


def _sentence(here: AssetRisks) -> str:
    own, inherited = (together(one for one in ones if not one.resolved_at) for ones in (here.own, here.inherited))
    carries = f"carries {plural(len(own), 'finding')} and " if own else ""
    inherits = f"inherits {plural(len(inherited), 'finding')}" if inherited else "inherits nothing known"
    standing = worst((*here.own, *here.inherited))
    at_worst = f", at worst {named(standing)}" if standing else ""
    return f"{here.key} {carries}{inherits}{at_worst}; {_gap(here) or 'it and all it is made from were assessed'}."


def _cells(same: list[Arrival]) -> tuple[str, ...]:
    first = same[0]
    origin = f"from {place(first)}" if first.distance else "its own"
    return (first.severity.word, first.risk, origin, f"on {columns(same)}", ways(same), first.kind, state(first))
