"""Where findings begin: gathered into sources, so that what can only travel together travels as one number."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from governance.risk.arrivals import Kind
from governance.risk.findings import Finding
from governance.risk.node import Node


@dataclass(frozen=True, kw_only=True)
class Source:
    """Findings of one origin and column that every resolution and the calendar treat alike.

    `resolvable` is their risk if anything ends it, else None: two hundred findings on one asset cost as much as one.
    """

    origin: str
    kind: Kind
    column: str | None
    resolvable: str | None
    in_force: bool
    findings: tuple[Finding, ...]


class _Alike(NamedTuple):
    column: str | None
    resolvable: str | None
    in_force: bool


def sources_of(
    nodes: Iterable[Node],
    groups: Mapping[str, Sequence[Finding]],
    *,
    closed: Collection[str] = (),
    today: dt.date | None = None,
) -> tuple[Source, ...]:
    """The sources of a graph. What is opened by one of the `closed` checks is none: that check holds."""
    nodes = tuple(nodes)
    ended = {resolution.risk for node in nodes for resolution in node.resolutions}
    origins: list[tuple[str, Kind, Sequence[Finding]]] = [
        (node.key, "static" if node.external else "direct", node.findings) for node in nodes
    ]
    origins += [(group_origin(group), "process", findings) for group, findings in sorted(groups.items())]
    return tuple(
        Source(origin=origin, kind=kind, findings=tuple(together), **alike._asdict())
        for origin, kind, findings in origins
        for alike, together in _together(_standing(findings, closed), ended, today).items()
    )


def group_origin(group: str) -> str:
    return f"group:{group}"


def _standing(findings: Sequence[Finding], closed: Collection[str]) -> Sequence[Finding]:
    return [finding for finding in findings if finding.opened_by not in closed]


def _together(findings: Sequence[Finding], ended: set[str], today: dt.date | None) -> dict[_Alike, list[Finding]]:
    together: dict[_Alike, list[Finding]] = {}
    # Sorted, so that the order of declaration shows nowhere.
    for finding in sorted(findings, key=lambda finding: sorted(finding.as_metadata().items())):
        resolvable = finding.risk if finding.risk in ended else None
        alike = _Alike(finding.column, resolvable, finding.in_force(today))
        together.setdefault(alike, []).append(finding)
    return together
