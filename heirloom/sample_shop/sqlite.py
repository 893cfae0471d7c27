"""The shop as a SQLite file, with the column types that sqlite-jdbc reads right."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from heirloom.sample_shop.columns import COUNT, DAY, FLAG, MOMENT, NUMBER, PRICE, TEXT, Column
from heirloom.sample_shop.errors import ShopError
from heirloom.sample_shop.shop import Shop

# sqlite-jdbc reads a time from text only in a column declared `timestamp`, and fails on days declared `date`.
DECLARED = {
    TEXT: "text",
    COUNT: "integer",
    NUMBER: "double",
    PRICE: "double",
    FLAG: "boolean",
    DAY: "text",
    MOMENT: "timestamp",
}
ROWS_AT_ONCE = 50_000


def path(rest: str) -> Path:
    """The file that a URL names after `sqlite://`."""
    file = Path(rest.removeprefix("/"))
    if not rest.startswith("/") or not file.name or file.is_dir():
        raise ShopError(
            f"The URL 'sqlite://{rest}' names no file; use sqlite:///relative/file.db or sqlite:////absolute/file.db."
        )
    return file


def write(shop: Shop, file: Path) -> None:
    """Written aside, then moved: who reads the file finds the old shop or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as aside:
        database, truths = Path(aside, file.name), {"truth.parquet": shop.truth, "uplift.parquet": shop.uplift}
        for name, truth in truths.items():
            pq.write_table(truth, Path(aside, name))
        _fill(database, shop.tables)
        for name in truths:
            Path(aside, name).replace(file.with_name(name))
        database.replace(file)


def _fill(database: Path, tables: dict[str, pa.Table]) -> None:
    with closing(sqlite3.connect(database)) as connection:
        # nobody reads the file before it is whole: neither journal nor waiting for the disk
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        for name, table in tables.items():
            _create(connection, name, table)
        connection.execute("create index transactions_invoice_date on transactions (invoice_date)")
        connection.commit()


def _create(connection: sqlite3.Connection, name: str, table: pa.Table) -> None:
    columns = ", ".join(f"{field.name} {DECLARED[field.type]}" for field in table.schema)
    connection.execute(f"create table {name} ({columns})")
    places = ", ".join("?" * table.num_columns)
    connection.executemany(f"insert into {name} values ({places})", _rows(table))


def _rows(table: pa.Table) -> Iterator[tuple[object, ...]]:
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from zip(*(_stored(column).to_pylist() for column in batch.columns), strict=True)


def _stored(column: Column) -> Column:
    if column.type == MOMENT:
        return column.cast(pa.timestamp("ms")).cast(TEXT)  # 'YYYY-MM-DD HH:MM:SS.SSS'
    if column.type == DAY:
        return column.cast(TEXT)
    if column.type == PRICE:
        return column.cast(TEXT).cast(NUMBER)  # straight to a double, 2.55 becomes 2.5500000000000003
    return column
