"""`heirloom contracts adopt`: a document of the standard from another tool, as a contract of this location."""

from pathlib import Path

import click

from heirloom.cli.failing import in_a_sentence


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "id_", required=True, help="The contract's id here, as in clv.customers.")
@click.option("--table", help="Which of its tables, where there are several.")
@in_a_sentence
def adopt(*, file: Path, id_: str, table: str | None) -> None:
    """Print FILE as the contract --as; what cannot be kept here is refused with its line in FILE."""
    from lakehouse.contracts.foreign import adopted

    print(adopted(file.read_bytes(), file, id_=id_, table=table), end="")
