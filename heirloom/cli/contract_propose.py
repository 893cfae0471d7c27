"""`heirloom contracts propose`: a draft of a contract's next version, from recorded verdicts and the quarantine."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from lakehouse.contracts.document import Contract
    from lakehouse.contracts.verdicts import Verdict


@click.command()
@click.argument("table")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="A file; printed without it.")
@in_a_sentence
def propose(*, table: str, to: Path | None) -> None:
    """Draft the next version of TABLE's contract: what failed how often, as questions. It never loosens a rule."""
    from lakehouse.contracts.proposal import draft, record

    contract = _contract(table)
    text = draft(contract, record(contract, _verdicts(contract), _quarantined(contract)))
    if to is None:
        print(text)
        return
    if to.resolve().parent == contract.path.resolve().parent:
        raise click.ClickException("Contracts in that folder are enforced: write the draft elsewhere.")
    to.write_text(text, encoding="utf-8")
    print(f"{to}: a draft after {contract.reference}")


def _contract(table: str) -> "Contract":
    from heirloom.cli.contract_files import contracts_of, folders_of

    known = {contract.id: contract for folder in folders_of(()) for contract in contracts_of(folder)}
    if table not in known:
        raise click.ClickException(f"no contract for {table}; there are {', '.join(known)}")
    return known[table]


def _verdicts(contract: "Contract") -> "list[Verdict]":
    import dagster as dg

    from heirloom.home import instance
    from heirloom.settings import read
    from lakehouse.contracts.history import recorded_verdicts

    with instance(read()) as found:
        return recorded_verdicts(found, dg.AssetKey(contract.key), contract.rules)


def _quarantined(contract: "Contract") -> Iterator[tuple[str, list[str]]]:
    """The rejected rows as JSON, each with its reasons."""
    from heirloom.resources import lake
    from heirloom.settings import read
    from lakehouse.quarantine import Quarantine

    tables = lake(read())
    name = Quarantine(lake=tables, of=contract.id).name
    with tables.reaching(name):
        if not tables.catalog.table_exists(name):
            return
        for batch in tables.table(name).scan(selected_fields=("row", "reasons")).to_arrow_batch_reader():
            yield from zip(batch["row"].to_pylist(), batch["reasons"].to_pylist(), strict=True)
