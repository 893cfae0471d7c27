"""Rows of a table as they were in one snapshot, for a certificate: pseudonyms and figures, never personal data."""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import dagster as dg

from governance.evidence import where
from governance.evidence.errors import NotCertifiable
from governance.evidence.personal import Personal
from governance.evidence.provenance import Made
from lakehouse.errors import TableMissing
from lakehouse.lake import Lake
from lakehouse.partitions import Scope, by_day

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table

_MOST = 20


def quoted(
    made: Made, keys: Mapping[str, str], *, lake: Lake, personal: Personal, partitions: dg.PartitionsDefinition | None
) -> dict[str, Any]:
    """The rows with these keys, in the partition and snapshot of the materialisation.

    Columns with personal data are withheld and named. Where the columns are not classified nothing is quoted.
    """
    allowed, withheld = _columns(made.asset, keys, personal)
    try:
        table = lake.table(made.asset.replace("/", ".", 1))
    except TableMissing as error:
        return _unreadable(str(error))
    snapshot = int(made.snapshot) if made.snapshot else None
    if snapshot is None or table.snapshot_by_id(snapshot) is None:
        return _unreadable(f"snapshot {snapshot} of {made.asset} has expired: the row as it was is gone")
    rows = _rows(table, snapshot, _filter(table, keys, made, partitions), allowed, lake)
    if not rows:
        raise NotCertifiable(f"{made.asset} has no row with that {', '.join(keys)} in {_place(made)}")
    if len(rows) > _MOST:
        raise NotCertifiable(f"{made.asset} has {len(rows)} rows with that {', '.join(keys)}: name more of its key")
    return {"state": "read", "snapshot": str(snapshot), "rows": rows, "withheld": withheld}


def _columns(asset: str, keys: Mapping[str, str], personal: Personal) -> tuple[list[str], dict[str, str]]:
    known, classes, anywhere = personal.columns.get(asset), personal.of(asset), personal.anywhere(asset)
    if known is None:
        raise NotCertifiable(f"{asset} has no contract that says which columns hold personal data: no row is quoted")
    if anywhere:
        kinds = ", ".join(sorted(anywhere))
        raise NotCertifiable(f"{asset} may hold personal data ({kinds}) in any column, as its lineage is not known")
    for name in keys:
        if name not in known:
            raise NotCertifiable(f"{asset} has no column '{name}'; it has {', '.join(sorted(known))}")
        if name in classes:
            raise NotCertifiable(f"{asset}.{name} holds personal data: look a row up by its pseudonym")
    return sorted(known - classes.keys()), {name: ", ".join(sorted(kinds)) for name, kinds in sorted(classes.items())}


def _filter(
    table: "Table", keys: Mapping[str, str], made: Made, partitions: dg.PartitionsDefinition | None
) -> "BooleanExpression":
    within = _within(table, made.partition, partitions)
    named = [where.equal(name, value) for name, value in sorted(keys.items())]
    return where.every(*([within] if within else []), *named)


def _within(
    table: "Table", partition: str | None, partitions: dg.PartitionsDefinition | None
) -> "BooleanExpression | None":
    columns = [one.name for one in table.spec().fields]
    if partition is None or not columns:
        return None
    if isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        window = partitions.time_window_for_partition_key(partition)
        return Scope(by_day(window.start), by_day(window.end)).files(columns[0])
    return Scope(partition, keys=(partition,)).files(columns[0])


def _rows(
    table: "Table", snapshot: int, which: "BooleanExpression", columns: list[str], lake: Lake
) -> list[dict[str, Any]]:
    there = {field.name for field in table.scan(snapshot_id=snapshot).projection().fields}
    wanted = tuple(name for name in columns if name in there)
    with lake.reaching(".".join(table.name())):
        try:
            scan = table.scan(row_filter=which, selected_fields=wanted, snapshot_id=snapshot)
            found = scan.to_arrow().to_pylist()
        except (TypeError, ValueError) as error:
            raise NotCertifiable(f"a key does not fit its column: {error}") from error
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def _plain(value: Any) -> Any:
    """As JSON can say it and read it back the same."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, dt.date | dt.datetime | Decimal) else value


def _unreadable(why: str) -> dict[str, Any]:
    return {"state": "unreadable", "why": why, "rows": [], "withheld": {}}


def _place(made: Made) -> str:
    return f"partition {made.partition}" if made.partition else "that version"
