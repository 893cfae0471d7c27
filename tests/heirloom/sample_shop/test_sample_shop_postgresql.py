import sys
from dataclasses import replace

import pyarrow as pa
import pytest

from heirloom.sample_shop import ShopError, generate, write


@pytest.fixture(scope="module")
def small():
    return generate(customers=60, days=60, seed=4)


def rows(url, question):
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def test_without_psycopg_the_sentence_says_what_to_install(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ShopError, match=r"psycopg is not installed; install heirloom\[postgres\]"):
        write(small, "postgresql://shop@127.0.0.1/shop")


@pytest.mark.faults
def test_what_is_read_is_what_was_written(small, postgresql_url):
    write(small, postgresql_url)

    for name, table in small.tables.items():
        expected = [tuple(row.values()) for row in table.to_pylist()]
        assert rows(postgresql_url, f"select * from {name}") == expected


@pytest.mark.faults
def test_columns_have_the_types_of_their_meaning(small, postgresql_url):
    write(small, postgresql_url)

    question = (
        "select column_name, format_type(atttypid, atttypmod) from information_schema.columns join pg_attribute"
        " on attrelid = table_name::regclass and attname = column_name where table_name = 'transactions'"
        " order by ordinal_position"
    )
    assert dict(rows(postgresql_url, question)) == {
        "invoice": "text",
        "line": "integer",
        "stock_code": "text",
        "description": "text",
        "quantity": "integer",
        "unit_price": "numeric(12,2)",
        "currency": "text",
        "invoice_date": "timestamp with time zone",
        "customer_id": "text",
        "country": "text",
    }


@pytest.mark.faults
def test_a_write_that_fails_half_way_leaves_the_tables_before(small, postgresql_url):
    write(small, postgresql_url)
    unwritable = replace(generate(customers=5, days=5, seed=1), rates=pa.table({"day": pa.array([1], pa.int8())}))

    with pytest.raises(KeyError, match="int8"):
        write(unwritable, postgresql_url)
    assert rows(postgresql_url, "select count(*) from customers") == [(60,)]
    assert rows(postgresql_url, "select count(*) from rates") == [(180,)]
