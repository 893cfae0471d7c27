"""Write, audit, publish: rows land on a branch that nobody reads, and one commit makes them the table.

The commit is a compare-and-swap on `main`. If another writer came first, the branch's own rows are laid on the new
main and the swap is tried again: both writers' partitions land, and of the same partition one wins whole. A write with
a `Marker` lands once: its number is part of the commit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.errors import LakeUnavailable
from lakehouse.lake import NAME, Lake
from lakehouse.marker import AlreadyPublished, Marker

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

_TRIES = 20
BRANCH = "audit_"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which rows of a table are written: beside what is there, or in place of `rows` (None: of all)."""

    table: str
    rows: Column | None = None
    beside: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    marker: Marker | None = None

    @property
    def on_snapshot(self) -> dict[str, str]:
        return {**self.properties, **(self.marker.on_snapshot if self.marker else {})}


@dataclass(frozen=True, kw_only=True)
class Staged:
    """Rows on an audit branch, made from `base`, not yet readable; `note` is published with the write's marker."""

    session: SparkSession
    lake: Lake
    plan: Plan
    branch: str
    base: int
    note: str | None = None

    @property
    def table(self) -> str:
        return self.plan.table

    @property
    def snapshot(self) -> "Snapshot":
        found = self.lake.table(self.table).snapshot_by_name(self.branch)
        assert found is not None
        return found

    @property
    def added(self) -> int:
        summary = self.snapshot.summary
        return int(summary.additional_properties.get("added-records", "0")) if summary else 0


def stage(frame: DataFrame, plan: Plan, *, lake: Lake) -> Staged:
    """Write `frame` as planned, on a branch of its own."""
    with lake.reaching(f"{NAME}.{plan.table}"):
        staged = _branch(frame.sparkSession, lake, plan)
        with dropped_on_error(staged):
            _write(frame, staged)
    return staged


def publish(staged: Staged) -> int:
    """Make the branch the table; the new snapshot's id. If that fails, the branch is gone."""
    from pyiceberg.exceptions import CommitFailedException

    for _ in range(_TRIES):
        with staged.lake.reaching(f"{NAME}.{staged.table}"), dropped_on_error(staged):
            try:
                return _swap(staged)
            except CommitFailedException:
                if _main(staged.lake.table(staged.table)) != staged.base:
                    staged = _rebase(staged)
    drop(staged)
    raise LakeUnavailable(f"{NAME}.{staged.table} changed {_TRIES} times while it was being published: run again")


def drop(staged: Staged) -> None:
    """Forget the branch; its files are left to maintenance."""
    from pyiceberg.exceptions import CommitFailedException

    for _ in range(_TRIES):
        table = staged.lake.table(staged.table)
        if staged.branch not in table.refs():
            return
        with suppress(CommitFailedException):
            table.manage_snapshots().remove_branch(staged.branch).commit()


@contextmanager
def dropped_on_error(*staged: Staged | None) -> Iterator[None]:
    """Leave no branch behind; where even that fails, maintenance finds it by its name, and the first error is told."""
    try:
        yield
    except BaseException:
        for one in filter(None, staged):
            with suppress(Exception):
                drop(one)
        raise


def _branch(session: SparkSession, lake: Lake, plan: Plan) -> Staged:
    from pyiceberg.exceptions import CommitFailedException

    branch = f"{BRANCH}{uuid4().hex[:12]}"
    for _ in range(_TRIES):
        current = lake.table(plan.table)
        base = _main(current)
        try:
            current.manage_snapshots().create_branch(snapshot_id=base, branch_name=branch).commit()
        except CommitFailedException:
            continue
        return Staged(session=session, lake=lake, plan=plan, branch=branch, base=base)
    raise LakeUnavailable(f"{NAME}.{plan.table} is changed by too many writers at once: run again")


def _write(frame: DataFrame, staged: Staged) -> None:
    # `option("branch")` is ignored by Iceberg's writer and lands in main: only the name decides.
    writer = frame.writeTo(f"{NAME}.{staged.table}.branch_{staged.branch}")
    for name, value in staged.plan.on_snapshot.items():
        writer = writer.option(f"snapshot-property.{name}", value)
    if staged.plan.beside:
        writer.append()
    else:
        writer.overwrite(F.lit(True) if staged.plan.rows is None else staged.plan.rows)  # noqa: FBT003


def _swap(staged: Staged) -> int:
    from pyiceberg.table.refs import SnapshotRefType
    from pyiceberg.table.update import (
        AssertRefSnapshotId,
        RemoveSnapshotRefUpdate,
        SetPropertiesUpdate,
        SetSnapshotRefUpdate,
    )

    table, new, marker = staged.lake.table(staged.table), staged.snapshot.snapshot_id, staged.plan.marker
    _refuse_twice(staged.plan, table)
    staged.lake.catalog.commit_table(
        table,
        (AssertRefSnapshotId(ref="main", snapshot_id=staged.base),),  # type: ignore[call-arg]
        (
            SetSnapshotRefUpdate(ref_name="main", type=SnapshotRefType.BRANCH, snapshot_id=new),  # type: ignore[call-arg]
            RemoveSnapshotRefUpdate(ref_name=staged.branch),  # type: ignore[call-arg]
            *([SetPropertiesUpdate(updates=dict(marker.on_table(staged.note)))] if marker else []),
        ),
    )
    return new


def _refuse_twice(plan: Plan, table: "Table") -> None:
    """Rows beside others would be there twice; rows in place of others are the same again."""
    if plan.marker and plan.beside and plan.marker.is_held(table):
        raise AlreadyPublished(
            f"{NAME}.{plan.table} holds write {plan.marker.number} of {plan.marker.source} already: another writer is "
            "at work with the same checkpoint. Stop one of them; nothing was published twice"
        )


def _rebase(staged: Staged) -> Staged:
    """The same rows on a branch of the new main; where both wrote to a partition, these rows replace the others'."""
    moved = stage(_own_rows(staged), staged.plan, lake=staged.lake)
    with dropped_on_error(moved):
        drop(staged)
    return replace(moved, note=staged.note)


def _own_rows(staged: Staged) -> DataFrame:
    if staged.plan.beside:
        between = {"start-snapshot-id": staged.base, "end-snapshot-id": staged.snapshot.snapshot_id}
        return staged.session.read.options(**between).table(f"{NAME}.{staged.table}")
    on_branch = staged.session.table(f"{NAME}.{staged.table}.branch_{staged.branch}")
    return on_branch if staged.plan.rows is None else on_branch.where(staged.plan.rows)


def _main(table: "Table") -> int:
    current = table.current_snapshot()
    assert current is not None, "a table has a first, empty version from its creation on"
    return current.snapshot_id
