import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heirloom.sample_shop import ShopError, generate, write


@pytest.fixture(scope="module")
def small():
    return generate(customers=60, days=60, seed=4)


def rows(file, question):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


def written(value):
    return float(value) if isinstance(value, Decimal) else value


def test_what_is_read_is_what_was_written(small, tmp_path):
    write(small, f"sqlite:///{tmp_path}/shop.db")

    for name, table in small.tables.items():
        texts = dict.fromkeys(("invoice_date", "assigned_at"), "%Y-%m-%d %H:%M:%S.000") | {"day": "%Y-%m-%d"}
        texts |= {"birth_date": "%Y-%m-%d", "signup_date": "%Y-%m-%d"}
        expected = [
            tuple(v.strftime(texts[n]) if v and n in texts else written(v) for n, v in row.items())
            for row in table.to_pylist()
        ]
        assert rows(tmp_path / "shop.db", f"select * from {name}") == expected


def test_columns_are_declared_as_sqlite_jdbc_reads_them(small, tmp_path):
    write(small, f"sqlite:///{tmp_path}/shop.db")

    declared = {
        name: {column[1]: column[2].lower() for column in rows(tmp_path / "shop.db", f"pragma table_info({name})")}
        for name in small.tables
    }
    assert declared == {
        "transactions": {
            "invoice": "text",
            "line": "integer",
            "stock_code": "text",
            "description": "text",
            "quantity": "integer",
            "unit_price": "double",
            "currency": "text",
            "invoice_date": "timestamp",
            "customer_id": "text",
            "country": "text",
        },
        "customers": {
            "customer_id": "text",
            "name": "text",
            "email": "text",
            "phone": "text",
            "birth_date": "text",
            "gender": "text",
            "channel": "text",
            "country": "text",
            "consent": "boolean",
            "signup_date": "text",
        },
        "products": {
            "stock_code": "text",
            "description": "text",
            "category": "text",
            "unit_price": "double",
        },
        "rates": {"day": "text", "currency": "text", "rate_to_eur": "double"},
        "campaigns": {
            "campaign": "text",
            "audience": "text",
            "arm": "text",
            "offer": "text",
            "customer_id": "text",
            "probability": "double",
            "assigned_at": "timestamp",
            "sent": "boolean",
            "opened": "boolean",
            "clicked": "boolean",
            "unsubscribed": "boolean",
            "bought": "boolean",
        },
        "networks": {"network": "text", "country": "text"},
    }


def test_a_day_of_invoices_is_found_by_index(small, tmp_path):
    write(small, f"sqlite:///{tmp_path}/shop.db")

    plan = rows(
        tmp_path / "shop.db",
        "explain query plan select * from transactions where invoice_date >= '2024-01-05'",
    )
    assert "transactions_invoice_date" in plan[0][-1]


def test_the_truth_lies_beside_the_database_and_not_in_it(small, tmp_path):
    write(small, f"sqlite:///{tmp_path}/shop.db")

    tables = rows(tmp_path / "shop.db", "select name from sqlite_master where type = 'table'")
    assert sorted(name for (name,) in tables) == [
        "campaigns",
        "customers",
        "networks",
        "products",
        "rates",
        "transactions",
    ]
    assert pq.read_table(tmp_path / "truth.parquet") == small.truth
    assert pq.read_table(tmp_path / "uplift.parquet") == small.uplift
    assert sorted(file.name for file in tmp_path.iterdir()) == ["shop.db", "truth.parquet", "uplift.parquet"]


def test_an_empty_shop_is_written_with_its_columns(tmp_path):
    write(generate(customers=0, days=1, seed=1), f"sqlite:///{tmp_path}/shop.db")

    assert rows(tmp_path / "shop.db", "select count(*), count(invoice_date) from transactions") == [(0, 0)]


def test_a_written_shop_replaces_the_one_before(small, tmp_path):
    write(small, f"sqlite:///{tmp_path}/shop.db")
    write(generate(customers=5, days=10, seed=1), f"sqlite:///{tmp_path}/shop.db")

    assert rows(tmp_path / "shop.db", "select count(*) from customers") == [(5,)]
    assert pq.read_table(tmp_path / "truth.parquet").num_rows == 5


def test_a_write_that_fails_half_way_leaves_the_shop_before(small, tmp_path):
    write(small, f"sqlite:///{tmp_path}/shop.db")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    unwritable = replace(small, rates=pa.table({"day": pa.array([1], pa.int8())}))

    with pytest.raises(KeyError, match="int8"):
        write(unwritable, f"sqlite:///{tmp_path}/shop.db")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_relative_file_and_its_folder_are_made(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(small, "sqlite:///data/shop.db")

    assert (tmp_path / "data" / "shop.db").is_file()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://user:secret@host/shop", "the scheme 'mysql'; use sqlite:///path/file.db or postgresql://"),
        ("postgres://user:secret@host/shop", "the scheme 'postgres'; use sqlite:///path/file.db or postgresql://"),
        ("shop.db", "with no scheme; use sqlite:///path/file.db or postgresql://"),
        ("sqlite:///", "'sqlite:///' names no file; use sqlite:///relative/file.db"),
        ("sqlite://shop.db", "'sqlite://shop.db' names no file; use sqlite:///relative/file.db"),
        ("sqlite:////tmp", "'sqlite:////tmp' names no file; use sqlite:///relative/file.db"),
    ],
)
def test_urls_that_name_no_database_are_refused(small, url, sentence):
    with pytest.raises(ShopError, match=sentence) as refusal:
        write(small, url)
    assert "secret" not in str(refusal.value)
