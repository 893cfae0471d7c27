"""What `heirloom risks` says of what is inherited: the answer in a sentence, then a table or the routes."""

from collections.abc import Iterable, Iterator, Sequence

from governance.risk import Arrival, AssetRisks, Inheritance
from governance.risk.outputs import outputs
from governance.risk.refusals import ends
from governance.risk.reviews import ended
from governance.risk.summary import Summary
from heirloom.cli.risk_tree import tree
from heirloom.cli.risk_words import (
    by_finding,
    called,
    columns,
    details,
    named,
    place,
    plural,
    state,
    together,
    ways,
    worst,
)
from heirloom.cli.table import aligned

_NAMED = 3


def overview(risks: Inheritance, found: Iterable[Summary]) -> Iterator[str]:
    """One line an asset, below the worst of every business output; then what counts no more since not long ago."""
    found = sorted(found, key=lambda one: (-one.severity, one.key))
    yield f"{_outputs(risks, found)}; {_known(found)}."
    titles = ("asset", "state", "own", "inherited", "worst inherited", "not known")
    yield from aligned([titles, *map(_row, found)])
    if risks.today:
        yield from (f"Over: {one.sentence}" for one in ended(risks, risks.today))


def asset(here: AssetRisks, risks: Inheritance, *, why: bool) -> Iterator[str]:
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
        broken = ends(same[0], risks) if same[0].stands else ()
        yield from (f"      {detail}" for detail in (*details(same[0]), *broken))


def _outputs(risks: Inheritance, found: Sequence[Summary]) -> str:
    keys = {*outputs(risks.nodes)}
    last = [one for one in found if one.key in keys]
    said = [f"{one.key} inherits {_worst(one) or 'nothing known'}" for one in last[:_NAMED]]
    more = [f"{plural(len(last) - _NAMED, 'more business output')} nothing worse"] if len(last) > _NAMED else []
    return ", ".join([*said, *more]) or "There is no business output"


def _worst(one: Summary) -> str:
    return called(*one.worst_inherited) if one.worst_inherited else ""


def _known(found: Sequence[Summary]) -> str:
    unreadable = sum(one.unreadable is not None for one in found)
    unassessed = sum(one.unreadable is None and one.unassessed is not None for one in found)
    if not unreadable + unassessed:
        return f"all {plural(len(found), 'asset')} and what they are made from were assessed"
    return f"of {plural(len(found), 'asset')} {unassessed} not fully assessed, {unreadable} not fully readable"


def _row(one: Summary) -> tuple[str, ...]:
    counts = (str(one.own or "-"), str(one.inherited or "-"))
    return (one.key, one.state.replace("_", " "), *counts, _worst(one) or "-", _gap(one))


def _gap(here: AssetRisks | Summary) -> str:
    if here.unreadable:
        return f"{here.unreadable.asset} could not be read"
    return f"{here.unassessed.asset} is not assessed" if here.unassessed else ""


def _sentence(here: AssetRisks) -> str:
    own, inherited = (together(one for one in ones if one.stands) for ones in (here.own, here.inherited))
    carries = f"carries {plural(len(own), 'finding')} and " if own else ""
    inherits = f"inherits {plural(len(inherited), 'finding')}" if inherited else "inherits nothing known"
    standing = worst((*here.own, *here.inherited))
    at_worst = f", at worst {named(standing)}" if standing else ""
    return f"{here.key} {carries}{inherits}{at_worst}; {_gap(here) or 'it and all it is made from were assessed'}."


def _cells(same: list[Arrival]) -> tuple[str, ...]:
    first = same[0]
    origin = f"from {place(first)}" if first.distance else "its own"
    return (first.severity.word, first.risk, origin, f"on {columns(same)}", ways(same), first.kind, state(first))
