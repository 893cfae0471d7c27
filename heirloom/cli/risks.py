"""`heirloom risks`: which risks an asset inherits, from where and by which way, and who inherits from it."""

import json
import sys
from collections.abc import Iterable, Sequence

import click

from governance.risk import Inheritance
from governance.risk.errors import UnknownAsset, did_you_mean
from governance.risk.selection import Selection, owners_of
from heirloom.cli.asked import Answer, Asked, answer, of_a_location
from heirloom.cli.failing import in_a_sentence


@click.command()
@click.argument("assets", nargs=-1)
@of_a_location
@click.option("--column", help="Only what concerns this column of the asset.")
@click.option("--owner", help="Only assets, findings and mitigations of this owner.")
@click.option("--risk", help="Only this risk.")
@click.option("--down", is_flag=True, help="Who inherits from it, not what it inherits.")
@click.option("--why", is_flag=True, help="The routes, column by column.")
@click.option("--json", "as_json", is_flag=True, help="For programs, and for `heirloom diff`.")
@in_a_sentence
def command(  # noqa: PLR0913
    *,
    asked: Asked,
    assets: Sequence[str],
    column: str | None,
    owner: str | None,
    risk: str | None,
    down: bool,
    why: bool,
    as_json: bool,
) -> None:
    """Say which risks ASSETS inherit (asset keys or table names; all without one), and whether anything is unknown.

    Exit code 1 if a code location cannot be read, 2 if the question names what does not exist.
    """
    found = answer(asked)
    keys = tuple(_key(name, found.risks) for name in assets)
    selection = Selection(assets=keys, column=column, owner=owner, risk=risk, down=down)
    _refuse_unknown(selection, found.risks)
    print(_as_json(found, selection) if as_json else _as_text(found, selection, why=why))
    for sentence in found.unread:
        print(sentence, file=sys.stderr)
    if found.failed:
        sys.exit(1)


def _as_json(found: Answer, selection: Selection) -> str:
    from governance.risk.document import document

    return json.dumps(document(found.risks, selected=selection.of(found.risks), failed=found.failed), indent=1)


def _as_text(found: Answer, selection: Selection, *, why: bool) -> str:
    from heirloom.cli import risk_heirs, risk_text

    here = selection.of(found.risks)
    if selection.down:
        return "\n".join(risk_heirs.reach(found.risks, here, why=why))
    if not selection.assets and not why:
        return "\n".join(risk_text.overview(found.risks, here))
    return "\n\n".join("\n".join(risk_text.asset(risks, why=why)) for risks in here.values())


def _key(name: str, risks: Inheritance) -> str:
    try:
        return risks.names.key(name)
    except UnknownAsset as error:
        raise click.UsageError(str(error)) from error


def _refuse_unknown(selection: Selection, risks: Inheritance) -> None:
    if selection.risk is not None:
        _refuse("risk", selection.risk, risks.register)
    if selection.owner is not None:
        _refuse("owner", selection.owner, _owners(risks))
    if selection.column is not None:
        if not selection.assets:
            raise click.UsageError("Name the asset that --column belongs to.")
        for asset in selection.assets:
            columns = risks.nodes[asset].columns
            if columns is not None:
                _refuse(f"column of {asset}", selection.column, columns)


def _refuse(what: str, name: str, known: Iterable[str]) -> None:
    known = frozenset(known)
    if name not in known:
        raise click.UsageError(f"No {what} is called '{name}'.{did_you_mean(name, known)}")


def _owners(risks: Inheritance) -> set[str]:
    owners = {owner for node in risks.nodes.values() for owner in node.owners}
    findings = [finding for node in risks.nodes.values() for finding in (*node.findings, *node.process)]
    return owners | {owner for finding in findings for owner in owners_of(finding)}
