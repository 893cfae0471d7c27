"""What killed writers leave behind, by name: audit branches that were never published."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lakehouse.lake import NAME, Lake
from lakehouse.publish import BRANCH


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """An audit branch, and when its rows were written (or, if none were, those it was made from)."""

    table: str
    branch: str
    since: datetime


def leftovers(lake: Lake) -> Iterator[Leftover]:
    """Every audit branch of every table. One of a writer at work is among them: look at its age."""
    with lake.reaching("the catalog"):
        names = [".".join(name) for space in lake.catalog.list_namespaces() for name in lake.catalog.list_tables(space)]
    for name in names:
        table = lake.table(name)
        for branch in sorted(ref for ref in table.refs() if ref.startswith(BRANCH)):
            snapshot = table.snapshot_by_name(branch)
            assert snapshot is not None
            yield Leftover(table=name, branch=branch, since=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC))


def forget(leftover: Leftover, *, lake: Lake) -> None:
    """Drop the branch; snapshot expiry deletes its files."""
    with lake.reaching(f"{NAME}.{leftover.table}"):
        lake.table(leftover.table).manage_snapshots().remove_branch(leftover.branch).commit()
