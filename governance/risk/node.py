"""One asset as inheritance sees it. Nothing here knows Dagster, so that graphs are cheap to make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from governance.risk.findings import Finding, Resolution


@dataclass(frozen=True)
class Lineage:
    """From which (asset, column) each column is made, and which only shape the rows: filter, join, grouping."""

    made_from: Mapping[str, Sequence[tuple[str, str]]]
    influences: frozenset[tuple[str, str]] = frozenset()

    @property
    def reads(self) -> dict[str, set[str]]:
        """The columns it speaks of, by asset."""
        reads: dict[str, set[str]] = {}
        for sources in (*self.made_from.values(), self.influences):
            for asset, column in sources:
                reads.setdefault(asset, set()).add(column)
        return reads


@dataclass(frozen=True, kw_only=True)
class Node:
    """An asset: what it is made from and what was declared on it.

    Without `lineage` every column of a parent is assumed to reach the whole asset. `columns` is the known
    schema, `table` the name others know it by; `process` is what was said of its group; `unreadable` says why
    what the asset carries could not be read: for a `stub`, which others depend on and nobody defines, always.
    `quarantining` are those of its `checks` whose failing rows are taken out before a version is published;
    `personal` are columns with personal data, each with its class; `kinds` say what it is made with or made as.
    """

    key: str
    parents: tuple[str, ...] = ()
    group: str = "default"
    owners: tuple[str, ...] = ()
    table: str | None = None
    external: bool = False
    assessed: bool = False
    unreadable: str | None = None
    stub: bool = False
    findings: tuple[Finding, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    process: tuple[Finding, ...] = ()
    lineage: Lineage | None = None
    columns: frozenset[str] | None = None
    checks: frozenset[str] = frozenset()
    quarantining: frozenset[str] = frozenset()
    personal: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()

    @property
    def declared(self) -> tuple[Finding | Resolution, ...]:
        return (*self.findings, *self.resolutions)

    def unknown(self, columns: Iterable[str]) -> str | None:
        """The first of these that the schema, where there is one, does not have."""
        return None if self.columns is None else min(set(columns) - self.columns, default=None)
