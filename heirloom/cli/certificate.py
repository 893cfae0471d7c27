"""`heirloom certificate`: what one version of an asset was made from and which risks it had then; and is this one?"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from heirloom.cli.failing import in_a_sentence


@click.command()
@click.argument("asset", required=False)
@click.option("--partition", help="The partition; the newest without it.")
@click.option("--key", "keys", multiple=True, help="column=value: quote the row as it was. More than one narrows it.")
@click.option("--html", is_flag=True, help="One page to read and print, with the certificate in it.")
@click.option("--verify", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON or page.")
@in_a_sentence
def command(*, asset: str | None, partition: str | None, keys: Sequence[str], html: bool, file: Path | None) -> None:
    """Issue a certificate of the newest version of ASSET, or say whether a FILE is one as it was issued.

    Exit code 1 if it cannot be issued, or is altered, unknown, or the chain is broken.
    """
    if (asset is None) == (file is None):
        raise click.UsageError("Name an ASSET to certify, or a file with --verify.")
    if file is not None:
        _verify(file)
    elif asset is not None:
        print(_issued(asset, partition=partition, keys=_pairs(keys), html=html))


def _verify(file: Path) -> None:
    from governance.evidence.verification import verify
    from heirloom.ledger import ledger
    from heirloom.settings import read

    found = verify(file.read_text(encoding="utf-8"), ledger=ledger(read()))
    print(f"{found.word}: {found.why}")
    if found.word != "valid":
        sys.exit(1)


def _issued(asset: str, *, partition: str | None, keys: dict[str, str], html: bool) -> str:
    from governance.evidence import chain
    from governance.evidence.certificate import Certifier
    from governance.pages.certificate import page
    from heirloom.definitions import ACCEPTANCES, defs
    from heirloom.home import instance
    from heirloom.ledger import recorder
    from heirloom.settings import read

    settings = read()
    with instance(settings) as dagster:
        location = recorder(settings, defs, acceptances=ACCEPTANCES)
        for _ in location.catch_up(dagster):
            pass
        certifier = Certifier.of(location, dagster)
        document = certifier.document(asset, partition=partition, keys=keys)
        issued = chain.issue(document, ledger=location.ledger, page=page)
    return issued.page if html else json.dumps(issued.document, indent=1, ensure_ascii=False)


def _pairs(keys: Sequence[str]) -> dict[str, str]:
    pairs = [key.partition("=") for key in keys]
    for key, (name, _, value) in zip(keys, pairs, strict=True):
        if not name or not value:
            raise click.UsageError(f"--key {key.partition('=')[0]}: write column=value, as in --key customer=3f2a...")
    return {name: value for name, _, value in pairs}
