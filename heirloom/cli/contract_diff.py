"""`heirloom contracts diff`: what changed between two versions of a contract, and whom it breaks."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from lakehouse.contracts.document import Contract


@click.command()
@click.argument("contracts", nargs=-1, required=True)
@click.option("--base", help="A git revision: compare one file with what it was there.")
@click.option("--markdown", is_flag=True, help="For a pull request.")
@in_a_sentence
def diff(*, contracts: Sequence[str], base: str | None, markdown: bool) -> None:
    """Say what changed from one contract to another: files, or files of a git revision as in HEAD~1:path.

    Exit code 1 if the new version's number does not say it: breaking is a major version, compatible a minor one.
    """
    from heirloom.cli.contract_text import as_markdown, as_text
    from lakehouse.contracts.compatibility import changes
    from lakehouse.contracts.published import too_small_a_step

    old, new = _two(contracts, base)
    found = changes(old, new)
    problems = list(too_small_a_step(old, new, found))
    print((as_markdown if markdown else as_text)({new.id: found}, problems))
    if problems:
        sys.exit(1)


def _two(contracts: Sequence[str], base: str | None) -> "tuple[Contract, Contract]":
    from heirloom.cli.contract_files import contract_at

    if len(contracts) != (1 if base else 2):
        raise click.UsageError("Give two contracts, OLD and NEW; or one and --base.")
    if base:
        return contract_at(base, Path(contracts[0])), _contract(contracts[0])
    return _contract(contracts[0]), _contract(contracts[1])


def _contract(named: str) -> "Contract":
    from heirloom.cli.contract_files import contract_at
    from heirloom.revision import top
    from lakehouse.contracts.document import read

    revision, _, path = named.partition(":")
    if Path(named).is_file():
        return read(Path(named))
    if not path:
        raise click.UsageError(f"There is no file {named}. Files of a revision are written REVISION:path.")
    # As in git: from the top of the repository, or ./ from here.
    return contract_at(revision, Path(path) if path.startswith(".") else top() / path)
