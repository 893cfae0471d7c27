"""Landing a shop's lines over JDBC, contract and pseudonyms on, against reading them alone: 1M lines."""

import sys
import tempfile
from pathlib import Path

from ratios import alternating, table

import clv_assets
from clv_assets.landing import landed_lines
from heirloom.sample_shop import generate, write
from lakehouse.contracts.document import read
from lakehouse.jdbc import JdbcSource
from lakehouse.lake import Lake
from lakehouse.partitions import Scope
from lakehouse.pseudonyms import Pseudonyms
from lakehouse.spark import Spark
from lakehouse.writing import Door

CUSTOMERS = int(sys.argv[1]) if len(sys.argv) > 1 else 15_000
DAYS = 730


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shop = generate(customers=CUSTOMERS, days=DAYS, seed=1)
        write(shop, f"sqlite:///{home}/shop.db")
        lake = Lake(catalog_url=f"sqlite:///{home}/catalog.db", warehouse=f"{home}/warehouse")
        spark = Spark(lake=lake, master="local[2]")
        source = JdbcSource(spark, f"sqlite:///{home}/shop.db", setting="HEIRLOOM_SHOP")
        contract = read(Path(clv_assets.__file__).parent / "contracts" / "transactions.yaml")
        window = Scope("2024-01-01", end="2026-01-01")
        door = Door(contract=contract, lake=lake, scope=window, run_id="bench")
        key = Pseudonyms(b"0123456789abcdef")

        def land() -> None:
            door.write(landed_lines(source.read("transactions"), source.read("rates"), pseudonyms=key))

        def only_read() -> None:
            source.read("transactions").write.format("noop").mode("overwrite").save()

        print(f"{shop.transactions.num_rows:,} lines, {DAYS} days")
        seconds = alternating({"reading alone": only_read, "landing through the contract": land}, runs=3)
        table("JDBC from SQLite", seconds, bars={"landing through the contract": 1.5})


if __name__ == "__main__":
    main()
