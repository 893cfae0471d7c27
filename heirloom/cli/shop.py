"""`heirloom shop`: make a shop of any size."""

from datetime import datetime

import click

from heirloom.cli.failing import in_a_sentence


@click.command()
@click.option("--customers", default=2000, show_default=True, help="How many customers.")
@click.option("--days", default=730, show_default=True, help="How many days of orders.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same shop.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default="2024-01-01", show_default=True)
@click.option("--to", "url", help="sqlite:///file or postgresql://...; the shop of the settings without it.")
@in_a_sentence
def command(customers: int, days: int, seed: int, start: datetime, url: str | None) -> None:
    """Make a shop: customers, orders, products and rates; its truth is kept apart in truth.parquet."""
    from heirloom.sample_shop import describe, generate, write
    from heirloom.settings import read

    shop = generate(customers=customers, days=days, seed=seed, start=start.date())
    write(shop, url or read().shop.shown)
    print(describe(shop))
