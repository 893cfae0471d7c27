"""The whole demo with its tables and files on S3."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from heirloom.resources import lake
from heirloom.settings import Settings

pytestmark = pytest.mark.faults

PROJECT = Path(__file__).parents[2]
DEMO = [Path(sys.executable).with_name("heirloom"), "demo", "--customers", "150", "--days", "400"]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("on_s3")


@pytest.fixture(scope="module")
def environ(home, s3) -> dict[str, str]:
    places = {
        "HEIRLOOM_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "HEIRLOOM_WAREHOUSE": "s3://shop/demo/warehouse",
        "HEIRLOOM_FILES": "s3://shop/demo/files",
        "HEIRLOOM_S3_ENDPOINT": s3["endpoint"],
        "HEIRLOOM_S3_REGION": s3["region"],
    }
    return {**os.environ, **places}


@pytest.fixture(scope="module")
def demo(environ) -> str:
    done = subprocess.run(DEMO, env=environ, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def objects(demo, s3) -> dict[str, bytes]:
    client = boto3.client("s3", endpoint_url=s3["endpoint"], region_name=s3["region"])
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="shop", Prefix="demo/")
    names = [one["Key"] for page in pages for one in page.get("Contents", [])]
    found = {name: client.get_object(Bucket="shop", Key=name)["Body"].read() for name in names}
    client.close()
    return found


def test_the_demo_answers_as_on_disk(demo):
    assert "gini" in demo
    assert demo.count(" EUR  ") == 10


def test_tables_models_and_reports_are_all_there_and_nowhere_else(objects, home):
    kinds = {name.rsplit(".", 1)[-1] for name in objects}

    assert {"parquet", "avro", "json", "html"} <= kinds
    assert {path.name for path in home.rglob("*") if path.suffix in {".parquet", ".avro", ".html"}} == {
        "truth.parquet",
        "uplift.parquet",
    }


def test_no_name_of_a_customer_is_in_any_object_or_row(objects, home, environ):
    with sqlite3.connect(home / "shop.db") as shop:
        rows = shop.execute("select name, email from customers where name is not null and email is not null")
        told = [what for row in rows for what in row]
    tables = lake(Settings.read({name: value for name, value in environ.items() if name.startswith("HEIRLOOM_")}))
    written = [body.decode("latin-1") for body in objects.values()]
    written += [
        str(tables.table(".".join(name)).scan().to_arrow().to_pylist()) for name in tables.catalog.list_tables("clv")
    ]

    assert len(told) > 200
    assert not [what for text in written for what in told if what in text]
