"""`heirloom lake`: looking after the tables."""

from datetime import UTC, datetime, timedelta

import click

from heirloom.cli.failing import in_a_sentence


@click.group()
def command() -> None:
    """Look after the tables."""


@command.command()
@click.option("--drop", is_flag=True, help="Drop those that are older than a day.")
@in_a_sentence
def leftovers(*, drop: bool) -> None:
    """Name what killed writers left behind: branches that nobody reads."""
    from heirloom.resources import lake
    from heirloom.settings import read
    from lakehouse import maintenance

    tables, yesterday = lake(read()), datetime.now(UTC) - timedelta(days=1)
    found = list(maintenance.leftovers(tables))
    for one in found:
        stale = drop and one.since < yesterday
        if stale:
            maintenance.forget(one, lake=tables)
        print(f"{one.table}  {one.branch}  {one.since:%Y-%m-%d %H:%M}{'  dropped' if stale else ''}")
    print(f"{len(found)} left over")
