"""Write, audit, publish: rows land on a branch that nobody reads, and one commit makes them the table.

The commit is a compare-and-swap on `main`. If another writer came first, the branch's own rows are laid on the new
main and the swap is tried again: both writers' partitions land, and of the same partition one wins whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.errors import LakeUnavailable
from lakehouse.lake import NAME, Lake

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

_TRIES = 20
BRANCH = "audit_"


@dataclass(frozen=True, kw_only=True)
class Staged:
    """Rows on an audit branch, made from `base`, not yet readable."""

    lake: Lake
    table: str
    branch: str
    base: int
    condition: str | None
    properties: Mapping[str, str]

    @property
    def snapshot(self) -> "Snapshot":
        found = self.lake.table(self.table).snapshot_by_name(self.branch)
        assert found is not None
        return found

    @property
    def added(self) -> int:
        summary = self.snapshot.summary
        return int(summary.additional_properties.get("added-records", "0")) if summary else 0


def stage(frame: DataFrame, table: str, *, lake: Lake, condition: str | None, properties: Mapping[str, str]) -> Staged:
    """Write `frame` over the rows of `condition` (all rows without one) on a branch of its own."""
    with lake.reaching(f"{NAME}.{table}"):
        staged = _branch(lake, table, condition=condition, properties=properties)
        try:
            _write(frame, staged)
        except BaseException:
            drop(staged)
            raise
    return staged


def publish(staged: Staged) -> int:
    """Make the branch the table; the new snapshot's id."""
    from pyiceberg.exceptions import CommitFailedException

    with staged.lake.reaching(f"{NAME}.{staged.table}"):
        for _ in range(_TRIES):
            try:
                return _swap(staged)
            except CommitFailedException:
                if _main(staged.lake.table(staged.table)) != staged.base:
                    staged = _rebase(staged)
    raise LakeUnavailable(f"{NAME}.{staged.table} changed {_TRIES} times while it was being published: run again")


def drop(staged: Staged) -> None:
    """Forget the branch; its files are left to maintenance."""
    table = staged.lake.table(staged.table)
    if staged.branch in table.refs():
        table.manage_snapshots().remove_branch(staged.branch).commit()


def _branch(lake: Lake, table: str, *, condition: str | None, properties: Mapping[str, str]) -> Staged:
    from pyiceberg.exceptions import CommitFailedException

    branch = f"{BRANCH}{uuid4().hex[:12]}"
    for _ in range(_TRIES):
        current = lake.table(table)
        base = _main(current)
        try:
            current.manage_snapshots().create_branch(snapshot_id=base, branch_name=branch).commit()
        except CommitFailedException:
            continue
        return Staged(lake=lake, table=table, branch=branch, base=base, condition=condition, properties=properties)
    raise LakeUnavailable(f"{NAME}.{table} is changed by too many writers at once: run again")


def _write(frame: DataFrame, staged: Staged) -> None:
    # `option("branch")` is ignored by Iceberg's writer and lands in main: only the name decides.
    writer = frame.writeTo(f"{NAME}.{staged.table}.branch_{staged.branch}")
    for name, value in staged.properties.items():
        writer = writer.option(f"snapshot-property.{name}", value)
    writer.overwrite(F.expr(staged.condition) if staged.condition else F.lit(True))  # noqa: FBT003


def _swap(staged: Staged) -> int:
    from pyiceberg.table.refs import SnapshotRefType
    from pyiceberg.table.update import AssertRefSnapshotId, RemoveSnapshotRefUpdate, SetSnapshotRefUpdate

    table, new = staged.lake.table(staged.table), staged.snapshot.snapshot_id
    staged.lake.catalog.commit_table(
        table,
        (AssertRefSnapshotId(ref="main", snapshot_id=staged.base),),
        (
            SetSnapshotRefUpdate(ref_name="main", type=SnapshotRefType.BRANCH, snapshot_id=new),
            RemoveSnapshotRefUpdate(ref_name=staged.branch),
        ),
    )
    return new


def _rebase(staged: Staged) -> Staged:
    from pyspark.sql import SparkSession

    session = SparkSession.active()
    rows = session.table(f"{NAME}.{staged.table}.branch_{staged.branch}")
    mine = rows.where(staged.condition) if staged.condition else rows
    moved = _branch(staged.lake, staged.table, condition=staged.condition, properties=staged.properties)
    _write(mine, moved)
    drop(staged)
    return moved


def _main(table: "Table") -> int:
    current = table.current_snapshot()
    assert current is not None, "a table has a first, empty version from its creation on"
    return current.snapshot_id
