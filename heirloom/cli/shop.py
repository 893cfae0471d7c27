"""`heirloom shop`: make a shop of any size, with its clicks, or play them."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from heirloom.sample_shop import Shop
    from heirloom.sample_shop.clicks.history import Period


@click.command()
@click.option("--customers", default=2000, show_default=True, help="How many customers.")
@click.option("--days", default=730, show_default=True, help="How many days of orders.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same shop.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default="2024-01-01", show_default=True)
@click.option("--to", "url", help="sqlite:///file or postgresql://...; the shop of the settings without it.")
@click.option(
    "--clicks", metavar="FOLDER|URL", help="Write the history of clicks there: a folder or s3://bucket/prefix."
)
@click.option(
    "--every", type=click.Choice(["hour", "day"]), default="hour", show_default=True, help="A file of clicks."
)
@click.option("--plain", is_flag=True, help="Clicks as .json instead of .json.gz.")
@click.option("--zone", default="Europe/Berlin", show_default=True, help="The shop's clock, which visitors live by.")
@click.option("--live", "rate", type=float, help="Only play clicks, so many a second, into the folder --to names.")
@click.option("--seconds", type=float, default=float("inf"), help="How long to play; until the shop's sessions end.")
@in_a_sentence
def command(  # noqa: PLR0913
    *,
    customers: int,
    days: int,
    seed: int,
    start: datetime,
    url: str | None,
    clicks: str | None,
    every: "Period",
    plain: bool,
    zone: str,
    rate: float | None,
    seconds: float,
) -> None:
    """Make a shop: customers, orders, products, rates, campaigns, clicks; its truth is kept apart."""
    from heirloom.sample_shop import describe, generate, write
    from heirloom.settings import read

    if rate is not None and not url:
        raise click.UsageError("--live needs --to, the folder or s3://bucket/prefix in which the clicks land")
    shop = generate(customers=customers, days=days, seed=seed, start=start.date())
    if rate is not None and url:
        _play(shop, url, rate=rate, seconds=seconds, zone=zone)
        return
    write(shop, url or read().shop.shown)
    print(describe(shop))
    if clicks:
        _write(shop, clicks, every=every, compressed=not plain, zone=zone)


def _write(shop: "Shop", url: str, *, every: "Period", compressed: bool, zone: str) -> None:
    from heirloom.sample_shop.clicks import clicked, write

    print(write(clicked(shop, zone=zone), url, every=every, compressed=compressed))


def _play(shop: "Shop", url: str, *, rate: float, seconds: float, zone: str) -> None:
    from heirloom.sample_shop.clicks import clicked, play

    print(f"{play(clicked(shop, zone=zone), url, rate=rate, seconds=seconds):,} lines played")
