"""One asset as inheritance sees it. Nothing here knows Dagster, so that graphs are cheap to make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from governance.risk.findings import Finding, Resolution


@dataclass(frozen=True)
class Lineage:
    """From which (asset, column) each column is made, and which only shape the rows: filter, join, grouping."""

    made_from: Mapping[str, Sequence[tuple[str, str]]]
    influences: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Node:
    """An asset: what it is made from and what was declared on it.

    Without `lineage` every column of a parent is assumed to reach the whole asset. `columns` is the known
    schema; `unreadable` says why what the asset carries could not be read.
    """

    key: str
    parents: tuple[str, ...] = ()
    group: str = "default"
    external: bool = False
    assessed: bool = False
    unreadable: str | None = None
    findings: tuple[Finding, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    lineage: Lineage | None = None
    columns: frozenset[str] | None = None
    checks: frozenset[str] = frozenset()

    @property
    def declared(self) -> tuple[Finding | Resolution, ...]:
        return (*self.findings, *self.resolutions)
