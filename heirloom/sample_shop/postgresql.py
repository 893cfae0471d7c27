"""The shop as tables of a PostgreSQL database."""

from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from heirloom.sample_shop.columns import COUNT, DAY, FLAG, MOMENT, NUMBER, PRICE, TEXT
from heirloom.sample_shop.errors import ShopError
from heirloom.sample_shop.shop import Shop

if TYPE_CHECKING:
    from psycopg import Cursor

DECLARED = {
    TEXT: "text",
    COUNT: "integer",
    NUMBER: "double precision",
    PRICE: "numeric(12,2)",
    FLAG: "boolean",
    DAY: "date",
    MOMENT: "timestamptz",
}
ROWS_AT_ONCE = 50_000


def write(shop: Shop, url: str) -> None:
    """Dropped, created and filled in one transaction."""
    try:
        import psycopg
    except ImportError as missing:
        raise ShopError(
            "The shop cannot be written to PostgreSQL: psycopg is not installed; install heirloom[postgres]."
        ) from missing
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for name, table in shop.tables.items():
            _create(cursor, name, table)
        cursor.execute("create index transactions_invoice_date on transactions (invoice_date)")


def _create(cursor: "Cursor", name: str, table: pa.Table) -> None:
    columns = ", ".join(f"{field.name} {DECLARED[field.type]}" for field in table.schema)
    cursor.execute(f"drop table if exists {name}")
    cursor.execute(f"create table {name} ({columns})")
    with cursor.copy(f"copy {name} from stdin with (format csv)") as copy:
        for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
            copy.write(_csv(batch))


def _csv(batch: pa.RecordBatch) -> bytes:
    text = BytesIO()
    csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
    return text.getvalue()
