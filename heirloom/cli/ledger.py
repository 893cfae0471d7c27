"""`heirloom ledger`: what was known when."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from heirloom.cli.failing import in_a_sentence
from heirloom.cli.table import aligned

if TYPE_CHECKING:
    from governance.evidence.upstream import Known

_DATE = click.DateTime(["%Y-%m-%d"])
_SHOWN = 20


@click.group()
def command() -> None:
    """What was known when: every run that ended, with the risks that were known then."""


@command.command()
@in_a_sentence
def record() -> None:
    """Record the runs that ended and are not in the ledger yet. The daemon does it by itself."""
    from heirloom.definitions import ACCEPTANCES, defs
    from heirloom.home import instance
    from heirloom.ledger import recorder
    from heirloom.settings import read

    settings = read()
    with instance(settings) as dagster:
        done = sum(1 for _ in recorder(settings, defs, acceptances=ACCEPTANCES).catch_up(dagster))
    print(f"{done} runs recorded")


@command.command()
@click.option("--as-of", type=_DATE, help="The end of a day, UTC; now without it.")
@click.option("--last", default=_SHOWN, show_default=True, help="How many.")
@in_a_sentence
def runs(*, as_of: dt.datetime | None, last: int) -> None:
    """The newest recorded runs: how each ended, and what stood against its assets' risks."""
    from heirloom.ledger import ledger
    from heirloom.settings import read

    found = ledger(read()).runs(until=as_of.date() if as_of else None)
    titles = ("ended", "job", "health", "open", "accepted", "mitigated", "failed checks", "unknown", "run")
    print("\n".join(aligned([titles, *map(_run, found[-last:])], indent="")))


@command.command()
@click.argument("tables", nargs=-1, required=True)
@click.option("--as-of", type=_DATE, help="The end of a day, UTC; now without it.")
@in_a_sentence
def risks(tables: Sequence[str], *, as_of: dt.datetime | None) -> None:
    """What was known of TABLES: asset keys, or names as their databases have them."""
    from heirloom.ledger import upstream_risks

    found = upstream_risks(tables, as_of=as_of.date() if as_of else None)
    print("\n".join(line for one in found.values() for line in _told(one)))


@command.command()
@click.argument("run", required=False)
@in_a_sentence
def changes(run: str | None) -> None:
    """What opened, changed and closed with a RUN; with the newest without one."""
    from heirloom.ledger import ledger
    from heirloom.settings import read

    book = ledger(read())
    recording = book.run(run) if run else book.as_of()
    if recording is None:
        raise click.ClickException(f"the ledger has no run {run}" if run else "nothing is recorded yet")
    rows = list(book.changes(recording["run_id"]))
    print(f"{recording['job']} {recording['run_id']}, recorded {recording['time']:%Y-%m-%d %H:%M:%S} UTC")
    told = [(row["change"], row["asset"], row["severity"], row["risk"], row["state"], _origin(row)) for row in rows]
    print("\n".join(aligned(told)) if told else "  nothing changed")


def _run(row: dict[str, Any]) -> tuple[str, ...]:
    counts = ("risks_open", "risks_accepted", "risks_mitigated", "checks_failed")
    unknown = row["not_assessed"] + row["unreadable"]
    ended = f"{row['ended']:%Y-%m-%d %H:%M:%S}"
    return (ended, row["job"], row["health"], *(str(row[name]) for name in counts), str(unknown), row["run_id"])


def _told(one: "Known") -> Iterator[str]:
    recorded = f", as recorded {one.time:%Y-%m-%d %H:%M:%S} UTC" if one.time else ""
    yield f"{one.name}: {one.state.replace('_', ' ')}{recorded}" + (f" ({one.why})" if one.why else "")
    rows = [(row["severity"], row["risk"], _origin(row), _accepted(row) or row["state"]) for row in one.risks]
    yield from aligned(rows) if rows else ()


def _origin(row: dict[str, Any]) -> str:
    origin, column = row.get("origin") or row["asset"], row.get("origin_column") or row.get("column")
    return f"{origin}.{column}" if column else origin


def _accepted(row: dict[str, Any]) -> str:
    return f"accepted by {row['accepted_by']} until {row['accepted_until']}" if row["accepted_by"] else ""
