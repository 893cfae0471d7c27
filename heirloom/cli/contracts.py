"""`heirloom contracts`: whether tables keep what their contracts promise."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from heirloom.cli.contract_adopt import adopt
from heirloom.cli.contract_check import check, publish
from heirloom.cli.contract_diff import diff
from heirloom.cli.contract_history import history
from heirloom.cli.contract_pages import pages
from heirloom.cli.contract_propose import propose
from heirloom.cli.contract_replay import replay
from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from lakehouse.contracts.document import Contract
    from lakehouse.contracts.verdicts import Verdict
    from lakehouse.spark import Spark


@click.group()
def command() -> None:
    """What tables promise, and whether they keep it."""


for subcommand in (adopt, check, diff, history, pages, propose, publish, replay):
    command.add_command(subcommand)


@command.command()
@click.argument("tables", nargs=-1)
@in_a_sentence
def verify(tables: Sequence[str]) -> None:
    """Count every rule anew over whole TABLES (clv.customers ...; all without one); exit 1 where one is broken."""
    from heirloom.definitions import CLV
    from heirloom.resources import session
    from heirloom.settings import read
    from lakehouse.contracts.document import contracts_in

    known = {contract.id: contract for contract in contracts_in(CLV / "contracts").values()}
    unknown = sorted(set(tables) - known.keys())
    if unknown:
        raise click.ClickException(f"no contract for {', '.join(unknown)}; there are {', '.join(known)}")
    spark = session(read())
    broken = [name for name in tables or known if not _verified(known[name], spark)]
    if broken:
        sys.exit(1)


def _verified(contract: "Contract", spark: "Spark") -> bool:
    verdict = _recounted(contract, spark)
    bad = [f"  {verdict.sentence(name)}" for name in sorted(verdict.failed)]
    said = f"{contract.reference}  {verdict.rows:,} rows, {len(contract.rules)} rules, {len(bad)} broken"
    print(said, *bad, sep="\n")
    return not bad


def _recounted(contract: "Contract", spark: "Spark") -> "Verdict":
    from lakehouse.contracts.judge import judge
    from lakehouse.contracts.verdicts import Verdict

    spark.lake.table(contract.id)  # says what to do if it is missing
    frame = spark.session.table(f"lake.{contract.id}")
    return Verdict.of(judge(frame, contract).recount(), contract)
