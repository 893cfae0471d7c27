"""`heirloom contracts history`: what was decided about each micro-batch of a table, and its latest good version."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from heirloom.cli.failing import in_a_sentence
from heirloom.cli.table import aligned

if TYPE_CHECKING:
    from lakehouse.contracts.batches import Batch, DatasetVersion
    from lakehouse.lake import Lake


class Moment(click.ParamType[int | datetime]):
    """A snapshot's number, or a moment; UTC where it says no zone."""

    name = "snapshot or moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | datetime:
        text = str(value)
        try:
            moment = datetime.fromisoformat(text) if not text.isdigit() else int(text)
        except ValueError:
            self.fail(f"{text} is neither a snapshot nor a moment such as 2026-11-21T09:30", param, ctx)
        return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) and moment.tzinfo is None else moment


@click.command()
@click.argument("table")
@click.option("--as-of", type=Moment(), help="The latest good version then, or the one that is this snapshot.")
@click.option("--rows", default=0, help="Print so many rows of that version.")
@in_a_sentence
def history(table: str, *, as_of: int | datetime | None, rows: int) -> None:
    """List the runs and micro-batches of a stream's TABLE (package.table), the oldest first, and its latest version."""
    from heirloom.resources import lake
    from heirloom.settings import read
    from lakehouse.contracts.batches import Verdicts, latest_good

    tables = lake(read())
    told = Verdicts(tables, table).all()
    if not told:
        raise click.ClickException(f"no stream has written to lake.{table}: there is no verdict on it")
    print(*aligned(list(_lines(told)), indent=""), sep="\n")
    good = latest_good(told, table=table, as_of=as_of)
    print(f"latest good version: {good}")
    for row in _rows(tables, good, most=rows):
        print("  " + ", ".join(f"{column}={value}" for column, value in row.items()))


def _lines(told: Sequence["Batch"]) -> Iterator[tuple[str, ...]]:
    from lakehouse.contracts.batches import REPLAY, by_run, worst

    for run_id, batches in by_run(told):
        contracts = ", ".join(sorted({one.contract for one in batches}))
        yield (f"run {run_id[:8]}", worst(batches), f"{batches[0].started_at:%Y-%m-%d %H:%M:%S}", contracts, "", "")
        for one in batches:
            name = "start" if one.batch is None else f"replay {one.batch}" if one.source == REPLAY else str(one.batch)
            counts = f"{one.row_count:,} rows, {one.rejected:,} rejected"
            took = f"{one.seconds:.2f} s" if one.seconds is not None else ""
            yield (f"  {name}", one.word, counts, f"{one.snapshot or 'not published'}", took, one.reason)


def _rows(lake: "Lake", version: "DatasetVersion", *, most: int) -> list[dict[str, object]]:
    from lakehouse.errors import TableMissing

    if not most:
        return []
    table = lake.table(version.table)
    if table.snapshot_by_id(version.snapshot) is None:
        raise TableMissing(f"{version} can be read no more: its snapshot has expired")
    return list(table.scan(snapshot_id=version.snapshot, limit=most).to_arrow().to_pylist())
