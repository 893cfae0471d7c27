"""A table made from its contract, and how it may follow the contract later: a new optional column, nothing else."""

from itertools import count
from typing import TYPE_CHECKING

from lakehouse.contracts.columns import Column
from lakehouse.contracts.document import Contract
from lakehouse.errors import LakeUnavailable, SchemaMismatch
from lakehouse.lake import NAME, Lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.table import Table
    from pyiceberg.types import IcebergType

_PROPERTIES = {"format-version": "2", "write.distribution-mode": "hash", "write.parquet.compression-codec": "zstd"}
FIRST = "heirloom.first"
_TRIES = 20


def follow(contract: Contract, *, lake: Lake) -> "Table":
    """The contract's table, created or evolved, with at least one (empty) version.

    A new optional column is a step of its own: it stays when the write that brought it is blocked, as another writer
    may have filled it by then. Every version is read with its own columns: readers of the last good one do not see it.
    """
    return ensure(contract.id, contract.columns, partition=contract.partition, lake=lake, said_by=contract.reference)


def ensure(name: str, columns: tuple[Column, ...], *, partition: str | None, lake: Lake, said_by: str) -> "Table":
    """The table of this name with these columns, which `said_by` asks for."""
    from pyiceberg.exceptions import CommitFailedException, NoSuchTableError

    with lake.reaching(f"{NAME}.{name}"):
        for _ in range(_TRIES):
            try:
                table = lake.catalog.load_table(name)
            except NoSuchTableError:
                table = _create(name, columns, partition=partition, lake=lake)
            try:
                _evolve(table, columns, partition=partition, refused=f"table {NAME}.{name} cannot follow {said_by}")
                if table.current_snapshot() is None:
                    table.append(table.schema().as_arrow().empty_table(), snapshot_properties={FIRST: "true"})
            except CommitFailedException:
                continue
            except SchemaMismatch:
                if not is_unwritten(table) or len(table.refs()) > 1:
                    raise
                lake.catalog.drop_table(name)  # nobody has read or is writing it: it is made as it is wanted now
                continue
            return table
    raise LakeUnavailable(f"{NAME}.{name} is changed by too many writers at once: run again")


def is_unwritten(table: "Table") -> bool:
    """Whether nothing but the first, empty version was ever published."""
    current = table.current_snapshot()
    return current is None or (current.summary is not None and FIRST in current.summary.additional_properties)


def _create(name: str, columns: tuple[Column, ...], *, partition: str | None, lake: Lake) -> "Table":
    from pyiceberg.exceptions import TableAlreadyExistsError
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.types import NestedField

    ids = count(1)
    fields = [
        NestedField(next(ids), one.name, iceberg_type(one.type, ids), required=False, doc=one.description or None)
        for one in columns
    ]
    spec = UNPARTITIONED_PARTITION_SPEC
    if partition:
        source = next(one.field_id for one in fields if one.name == partition)
        spec = PartitionSpec(PartitionField(source, 1000, IdentityTransform(), partition))
    _make_namespace(name.split(".", maxsplit=1)[0], lake=lake)
    try:
        return lake.catalog.create_table(name, Schema(*fields), partition_spec=spec, properties=_PROPERTIES)
    except TableAlreadyExistsError:
        return lake.table(name)


def _make_namespace(name: str, *, lake: Lake) -> None:
    try:
        lake.catalog.create_namespace_if_not_exists(name)
    except Exception:  # the SQL catalog looks, then inserts: another writer may come between
        if not lake.catalog.namespace_exists(name):
            raise


def _evolve(table: "Table", columns: tuple[Column, ...], *, partition: str | None, refused: str) -> None:
    actual = {one.name: str(one.field_type) for one in table.schema().fields}
    wanted = {column.name: str(iceberg_type(column.type, count(1))) for column in columns}
    new = [column for column in columns if column.name not in actual]
    problems = [f"column '{name}' is gone" for name in actual if name not in wanted]
    problems += [
        f"column '{name}' is {actual[name]} in the table and {kind} in the contract"
        for name, kind in wanted.items()
        if name in actual and actual[name] != kind
    ]
    problems += [
        f"new column '{column.name}' is required, but rows without it exist" for column in new if column.required
    ]
    problems += _moved_partition(table, partition)
    if problems:
        raise SchemaMismatch(
            f"{refused}: {'; '.join(problems)}. "
            "A new optional column is added by itself; for anything else make a new table and fill it"
        )
    if new:
        with table.update_schema() as update:
            for column in new:
                update.add_column(column.name, iceberg_type(column.type, count(1)), doc=column.description or None)


def _moved_partition(table: "Table", partition: str | None) -> list[str]:
    actual = [one.name for one in table.spec().fields]
    wanted = [partition] if partition else []
    said = f"it is partitioned by {actual or 'nothing'}, the contract says {wanted or 'nothing'}"
    return [] if actual == wanted else [said]


def iceberg_type(name: str, ids: "Iterator[int]") -> "IcebergType":
    from pyiceberg import types as t

    if name.startswith("decimal("):
        precision, scale = name[len("decimal(") : -1].split(",")
        return t.DecimalType(int(precision), int(scale))
    if name.startswith("array<"):
        return t.ListType(next(ids), iceberg_type(name[len("array<") : -1], ids), element_required=False)
    simple: dict[str, type[IcebergType]] = {
        "string": t.StringType, "boolean": t.BooleanType, "binary": t.BinaryType, "date": t.DateType,
        "tinyint": t.IntegerType, "smallint": t.IntegerType, "int": t.IntegerType, "bigint": t.LongType,
        "float": t.FloatType, "double": t.DoubleType,
        "timestamp": t.TimestamptzType, "timestamp_ntz": t.TimestampType,
    }  # fmt: skip
    return simple[name]()
