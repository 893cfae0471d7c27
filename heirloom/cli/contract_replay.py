"""`heirloom contracts replay`: the rows of a quarantine once more, after the contract or the data were mended."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.contracts.document import Contract

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("table")
@click.option("--contract", "file", type=_FILE, help="The contract's file, where it is none of this house's.")
@click.option("--set", "values", multiple=True, help="column=SQL: mend a column on the way, as in value=abs(value).")
@in_a_sentence
def replay(table: str, *, file: Path | None, values: Sequence[str]) -> None:
    """Try the rows in the quarantine of TABLE again: those that keep its contract by now go into the table, once."""
    from heirloom.resources import session
    from heirloom.settings import read
    from lakehouse.contracts.replay import Replay

    contract, fix = _contract(table, file), _mending(values)
    spark = session(read())
    spark.lake.table(table)  # says what to do if it is missing
    batch = Replay(contract=contract, lake=spark.lake, session=spark.session, fix=fix).run()
    if batch is None:
        print(f"nothing lies in lake.{table}__quarantine")
    elif batch.word == "block":
        print(f"nothing was changed: {batch.reason} ({contract.reference})")
    else:
        print(f"{batch.valid:,} of {batch.row_count:,} rows are in lake.{table} now, {batch.rejected:,} stay rejected")


def _contract(table: str, file: Path | None) -> "Contract":
    import clv_assets
    from heirloom.stream.scenarios import CONTRACTS
    from lakehouse.contracts.document import contracts_in, read

    if file is not None:
        found = read(file)
        if found.id != table:
            raise click.ClickException(f"{file} is the contract of {found.id}, not of {table}")
        return found
    folders = (Path(clv_assets.__file__).parent / "contracts", CONTRACTS)
    known = {one.id: one for folder in folders for one in contracts_in(folder).values()}
    if table not in known:
        raise click.ClickException(
            f"no contract for {table}: name its file with --contract; there are {', '.join(known)}"
        )
    return known[table]


def _mending(values: Sequence[str]) -> Callable[["DataFrame"], "DataFrame"]:
    pairs = [value.partition("=") for value in values]
    for value, (column, _, sql) in zip(values, pairs, strict=True):
        if not column or not sql:
            raise click.UsageError(f"--set {value}: write column=SQL, as in --set 'value=abs(value)'")
    named = {column.strip(): sql for column, _, sql in pairs}

    def mended(rows: "DataFrame") -> "DataFrame":
        from pyspark.sql import functions as F  # noqa: N812

        return rows.withColumns({column: F.expr(sql) for column, sql in named.items()}) if named else rows

    return mended
