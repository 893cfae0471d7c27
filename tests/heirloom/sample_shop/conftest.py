import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from heirloom.sample_shop import Shop, generate


@pytest.fixture(scope="session")
def shop() -> Shop:
    return generate(customers=800, days=450, seed=11)


@pytest.fixture(scope="session")
def lines(shop: Shop) -> pl.DataFrame:
    return pl.DataFrame(shop.transactions)


@pytest.fixture(scope="session")
def sold(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.unique(["invoice", "line"]).filter(~pl.col("invoice").str.starts_with("C"))


@pytest.fixture(scope="session")
def cancelled(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.unique(["invoice", "line"]).filter(pl.col("invoice").str.starts_with("C"))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A server of our own on loopback, gone after the tests."""
    as_postgres = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    folder = Path(tempfile.mkdtemp(prefix="sample-shop-postgresql-"))
    if as_postgres:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    control = (*as_postgres, "pg_ctl", "-D", str(folder / "data"), "-w", "-s")
    listen = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    subprocess.run([*control, "initdb", "-o", "--auth=trust --username=shop"], check=True, capture_output=True)
    subprocess.run([*control, "-l", str(folder / "log"), "-o", listen, "start"], check=True)
    yield f"postgresql://shop@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True)
    shutil.rmtree(folder)
