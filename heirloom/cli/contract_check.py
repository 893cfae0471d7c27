"""`heirloom contracts check` and `publish`: whether the numbers of contracts say what changed, for CI."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heirloom.cli.contract_files import of_folders
from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from lakehouse.contracts.compatibility import Change


@click.command()
@click.option("--base", help="A git revision: compare with the contracts there too.")
@click.option("--markdown", is_flag=True, help="For a pull request.")
@of_folders
@in_a_sentence
def check(*, base: str | None, markdown: bool, folders: Sequence[Path]) -> None:
    """Exit 1 where a published contract was rewritten or, since --base, a version's number says too little."""
    from heirloom.cli.contract_files import folders_of
    from heirloom.cli.contract_text import as_markdown, as_text

    found = [(folder, *_changed(folder, base)) for folder in folders_of(folders)]
    changed = {name: changes for _, said, _ in found for name, changes in said.items()}
    problems = [one for folder, _, said in found for one in (*_unkept(folder, base), *said)]
    print((as_markdown if markdown else as_text)(changed, problems))
    if problems:
        sys.exit(1)


@click.command()
@of_folders
@in_a_sentence
def publish(*, folders: Sequence[Path]) -> None:
    """Put the current versions of all contracts in force into published.json; from then on they do not change."""
    from heirloom.cli.contract_files import contracts_of, folders_of, published_in
    from lakehouse.contracts.published import FILE

    for folder in folders_of(folders):
        before = published_in(folder)
        contracts = contracts_of(folder)
        after = before.publish(contracts)
        (folder / FILE).write_text(after.as_json(), encoding="utf-8")
        fresh = [one.reference for one in contracts if not before.content_of(one) and after.content_of(one)]
        print(f"{folder / FILE}: {len(fresh)} more: {', '.join(fresh) or 'none'}")


def _changed(folder: Path, base: str | None) -> "tuple[dict[str, Sequence[Change]], list[str]]":
    """What changed since the base by contract, and what is wrong with it."""
    from heirloom.cli.contract_files import contracts_at, contracts_of
    from lakehouse.contracts.compatibility import changes
    from lakehouse.contracts.published import in_force, too_small_a_step

    before = contracts_at(base, folder) if base else {}
    changed: dict[str, Sequence[Change]] = {}
    problems: list[str] = []
    for contract in contracts_of(folder):
        if old := before.pop(contract.path.name, None):
            changed[contract.id] = changes(old, contract)
            problems += too_small_a_step(old, contract, changed[contract.id])
    gone = [one for one in before.values() if in_force(one) and one.status != "retired"]
    problems += [f"{one.reference} is {one.status} and its file is gone: retire it in a version first" for one in gone]
    return changed, problems


def _unkept(folder: Path, base: str | None) -> Iterator[str]:
    from heirloom.cli.contract_files import contracts_of, published_in

    published = published_in(folder)
    if base:
        yield from published_in(folder, revision=base).forgotten(published)
    for contract in contracts_of(folder):
        yield from published.rewritten(contract)
        yield from published.unpublished(contract)
