"""What was known when: Iceberg tables `lake.governance.*`, appended to and never changed, written without a JVM.

A run's rows are one commit a table. The commit to `runs` comes last and is what says "recorded". A recording that was
cut off before it is completed by the next one: a table that has rows of the run already gets no more of them. Of two
recorders at once one loses the compare-and-swap, looks again and finds the other's rows.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from governance.evidence import where
from governance.evidence.tables import COLUMNS, FINDINGS, INHERITED, NAMESPACE, RUNS
from lakehouse.errors import LakeUnavailable
from lakehouse.evolution import ensure
from lakehouse.lake import NAME, Lake

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table

Row = Mapping[str, Any]
_TRIES = 20
_LISTED = 200
_SNAPSHOTS = 20
# pyiceberg would lay an append anew on whatever another writer committed: here the writer must look at that first.
_PROPERTIES = {
    "commit.retry.num-retries": "0",
    # Every look reads the manifests: few large ones are read faster than many small.
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "10",
    "write.metadata.delete-after-commit.enabled": "true",
}
_NEAR = 3
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The ledger of one environment, in one lake."""

    lake: Lake
    env: str

    def append_once(self, name: str, rows: Sequence[Row], *, run_id: str) -> bool:
        """Append a run's rows, unless the table has rows of it. Whether it did."""
        from pyiceberg.exceptions import CommitFailedException

        if not rows:
            return False
        with self.reaching(name):
            for _ in range(_TRIES):
                table = self.writable(name)
                if _count(table, where.equal("run_id", run_id)):
                    return False
                try:
                    table.append(arrow(rows, table))
                except CommitFailedException:
                    continue
                return True
        raise LakeUnavailable(f"{NAME}.{NAMESPACE}.{name} is changed by too many writers at once: run again")

    def writable(self, name: str) -> "Table":
        """The table as it is now, made if it is not there; an append to it fails if another comes first."""
        from pyiceberg.exceptions import CommitFailedException

        said_by = "the ledger's columns"
        table = ensure(f"{NAMESPACE}.{name}", COLUMNS[name], partition=None, lake=self.lake, said_by=said_by)
        while not _PROPERTIES.items() <= table.properties.items():
            with suppress(CommitFailedException), table.transaction() as change:
                change.set_properties(_PROPERTIES)
            table = table.refresh()
        return _with_few_snapshots(table)

    def rows(
        self, name: str, which: "BooleanExpression | None" = None, *, columns: Iterable[str] = ("*",)
    ) -> list[dict[str, Any]]:
        """Rows of a table; none if it was never written. Columns that came later are None."""
        table = self._readable(name)
        if table is None:
            return []
        with self.reaching(name):
            known = {field.name for field in table.schema().fields}
            selected = tuple(one for one in columns if one == "*" or one in known)
            found = table.scan(row_filter=which or where.everything(), selected_fields=selected).to_arrow()
        return list(found.to_pylist())

    def properties(self, name: str) -> Mapping[str, str]:
        """A table's own properties; none if it was never written."""
        table = self._readable(name)
        return dict(table.properties) if table else {}

    def _readable(self, name: str) -> "Table | None":
        from pyiceberg.exceptions import NoSuchTableError

        with self.reaching(name):
            try:
                return self.lake.catalog.load_table(f"{NAMESPACE}.{name}")
            except NoSuchTableError:
                return None

    def of_run(self, name: str, run_id: str, *, columns: Iterable[str] = ("*",)) -> list[dict[str, Any]]:
        return self.rows(name, where.equal("run_id", run_id), columns=columns)

    def run(self, run_id: str) -> dict[str, Any] | None:
        """The recording of a run, if it is whole."""
        return next(iter(self.of_run(RUNS, run_id)), None)

    def recorded(self, run_ids: Sequence[str]) -> frozenset[str]:
        """Which of these runs are recorded whole."""
        if not run_ids:
            return frozenset()
        # Longer lists are not held against what files know of themselves.
        wanted = where.among("run_id", run_ids) if len(run_ids) <= _LISTED else where.everything()
        return frozenset(row["run_id"] for row in self.rows(RUNS, wanted, columns=("run_id",))) & frozenset(run_ids)

    def as_of(self, moment: dt.datetime | dt.date | None = None) -> dict[str, Any] | None:
        """The newest recording at a moment (a date: at its end, UTC); None if there was none yet."""
        return self._newest("time", until=end_of(moment) if moment else dt.datetime.now(dt.UTC))

    def runs(self, *, until: dt.date | None = None) -> list[dict[str, Any]]:
        """Every recorded run of this environment, in the order in which they ended."""
        moment = end_of(until) if until else dt.datetime.now(dt.UTC)
        found = self.rows(RUNS, where.every(where.equal("env", self.env), where.until("time", moment.isoformat())))
        return sorted(found, key=lambda row: (row["ended"], row["run_id"]))

    def changes(self, run_id: str) -> list[dict[str, Any]]:
        """What opened, changed and closed with a run: findings first, then what is inherited."""
        changed = where.every(where.equal("run_id", run_id), where.unlike("change", "held"))
        return [row for name in (FINDINGS, INHERITED) for row in sorted(self.rows(name, changed), key=_by_asset)]

    def last_ended(self, before: dt.datetime | None = None) -> dict[str, Any] | None:
        """Of the recorded runs the one that ended last, before a moment."""
        return self._newest("ended", until=before or dt.datetime.now(dt.UTC), strictly=before is not None)

    def _newest(self, column: str, *, until: dt.datetime, strictly: bool = False) -> dict[str, Any] | None:
        """Looked for in the newest file first: each knows the last moment in it, and mostly holds one recording."""
        bound = where.before if strictly else where.until
        within = where.every(where.equal("env", self.env), bound(column, until.isoformat()))
        last = self._last_moments(column, within)
        for moment in (*last[:_NEAR], None):
            which = where.every(within, where.since(column, moment.isoformat())) if moment else within
            if found := self.rows(RUNS, which):
                return max(found, key=lambda row: (row[column], row["time"], row["run_id"]))
        return None

    def _last_moments(self, column: str, which: "BooleanExpression") -> list[dt.datetime]:
        """The last moment of each file that may have such rows, the newest first."""
        table = self._readable(RUNS)
        if table is None:
            return []
        at = table.schema().find_field(column).field_id
        with self.reaching(RUNS):
            files = [task.file for task in table.scan(row_filter=which).plan_files()]
        # Iceberg keeps a moment as microseconds, in eight bytes.
        micros = {int.from_bytes(file.upper_bounds[at], "little") for file in files if at in file.upper_bounds}
        return [_EPOCH + dt.timedelta(microseconds=one) for one in sorted(micros, reverse=True)]

    def reaching(self, name: str, so: str = "what is missing is recorded when it is back") -> Any:
        return self.lake.reaching(f"{NAME}.{NAMESPACE}.{name}", so)


def _by_asset(row: Row) -> tuple[str, str, str]:
    return row["change"], row["asset"], row["risk"]


def end_of(moment: dt.datetime | dt.date) -> dt.datetime:
    """The moment itself, or the end of a day; always with a time zone."""
    if isinstance(moment, dt.datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone, as in {moment.isoformat()}+00:00")
        return moment
    return dt.datetime.combine(moment, dt.time.max, dt.UTC)


def arrow(rows: Sequence[Row], table: "Table") -> Any:
    """Rows in the table's own types."""
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows), schema=table.schema().as_arrow())


def _with_few_snapshots(table: "Table") -> "Table":
    """The ledger is read by its columns, not by snapshot; and each snapshot that is kept makes every commit slower."""
    from pyiceberg.exceptions import CommitFailedException

    if len(table.snapshots()) > _SNAPSHOTS:
        oldest_first = sorted(table.snapshots(), key=lambda one: one.sequence_number or 0)
        with suppress(CommitFailedException):  # another writer came first, and may have done it
            table.maintenance.expire_snapshots().by_ids([one.snapshot_id for one in oldest_first[:-1]]).commit()
        table = table.refresh()
    return table


def _count(table: "Table", which: "BooleanExpression") -> int:
    return int(table.scan(row_filter=which, selected_fields=("run_id",)).to_arrow().num_rows)
