"""The routes of a finding as a tree, from where it begins to whoever inherits it."""

from collections.abc import Iterable, Iterator
from typing import Any

from governance.risk import Arrival

Branches = dict[str, Any]


def tree(arrivals: Iterable[Arrival]) -> Iterator[str]:
    """Every witness route with its columns; what routes share at their beginning is said once."""
    branches: Branches = {}
    for one in arrivals:
        at = branches
        for step in _steps(one):
            at = at.setdefault(step, {})
    waiting = [("  ", "  ", root, below) for root, below in sorted(branches.items(), reverse=True)]
    while waiting:
        before, indent, name, below = waiting.pop()
        yield before + name
        waiting.extend(_children(below, indent))


def _steps(arrival: Arrival) -> list[str]:
    steps = [
        f"{asset}.{column}" if column else asset for asset, column in zip(arrival.route, arrival.columns, strict=True)
    ]
    if arrival.via in ("influence", "assumed"):
        # Off its column it stays off: here it left it.
        steps[arrival.columns.index(None)] += f" ({arrival.via})"
    return [arrival.origin, *steps] if arrival.kind == "process" else steps


def _children(below: Branches, indent: str) -> Iterator[tuple[str, str, str, Branches]]:
    """Last first, as a stack wants them."""
    for number, (name, further) in enumerate(sorted(below.items(), reverse=True)):
        last = number == 0
        yield f"{indent}{'└─' if last else '├─'} ", indent + ("   " if last else "│  "), name, further
