"""`heirloom risks`: which risks an asset inherits, from where and by which way, and who inherits from it."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from governance.risk import Inheritance
from governance.risk.errors import UnknownAsset, did_you_mean
from governance.risk.selection import Selection, owners_of
from heirloom.cli.asked import Answer, Asked, answer, of_a_location
from heirloom.cli.failing import in_a_sentence

if TYPE_CHECKING:
    from governance.risk.coverage import Covered

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("assets", nargs=-1)
@of_a_location
@click.option("--column", help="Only what concerns this column of the asset.")
@click.option("--owner", help="Only assets, findings and mitigations of this owner.")
@click.option("--risk", help="Only this risk.")
@click.option("--down", is_flag=True, help="Who inherits from it, not what it inherits.")
@click.option("--why", is_flag=True, help="The routes, column by column.")
@click.option("--json", "as_json", is_flag=True, help="For programs, and for `heirloom diff`.")
@click.option("--html", type=_FILE, help="Write all of it as one page that is searched in a browser.")
@click.option("--policy", type=_FILE, help="With --html: what each group may carry, so that the page judges.")
@click.option("--acceptances", type=_FILE, help="With --html: who accepts which risk, until when.")
@click.option("--sensitive", is_flag=True, help="Where personal data are, and what looks like it.")
@click.option("--cleared", multiple=True, type=_FILE, help="With --sensitive: YAML of columns that only look like it.")
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
    html: Path | None,
    policy: Path | None,
    acceptances: Path | None,
    sensitive: bool,
    cleared: Sequence[Path],
) -> None:
    """Say which risks ASSETS inherit (asset keys or table names; all without one), and whether anything is unknown.

    Exit code 1 if a code location cannot be read, 2 if the question names what does not exist.
    """
    _refuse_mixed((assets, column, owner, risk, down, why, as_json, sensitive), html=html, judged=policy or acceptances)
    _refuse_besides(sensitive, (column, owner, risk, down, why), cleared=cleared)
    found = answer(asked)
    keys = tuple(_key(name, found.risks) for name in assets)
    selection = Selection(assets=keys, column=column, owner=owner, risk=risk, down=down)
    _refuse_unknown(selection, found.risks)
    if html:
        from heirloom.cli import risk_page

        print(risk_page.write(found, asked, to=html, policy=policy, acceptances=acceptances))
    elif sensitive:
        from heirloom.cli import risk_sensitive

        print(risk_sensitive.said(found, keys, cleared=cleared, as_json=as_json))
    else:
        print(_as_json(found, selection) if as_json else _as_text(found, selection, why=why))
    for sentence in found.unread:
        print(sentence, file=sys.stderr)
    if found.failed:
        sys.exit(1)


def _refuse_mixed(parts: Iterable[object], *, html: Path | None, judged: Path | None) -> None:
    if html and any(parts):
        raise click.UsageError("--html writes everything, and the page finds the parts. Leave out the rest.")
    if judged and not html:
        raise click.UsageError("--policy and --acceptances belong to --html.")


def _refuse_besides(sensitive: bool, parts: Iterable[object], *, cleared: Sequence[Path]) -> None:  # noqa: FBT001
    if sensitive and any(parts):
        raise click.UsageError("--sensitive asks by asset only. Leave out the rest.")
    if cleared and not sensitive:
        raise click.UsageError("--cleared belongs to --sensitive.")


def _as_json(found: Answer, selection: Selection) -> str:
    from governance.risk.document import document, dumped

    said = document(found.risks, selected=selection.of(found.risks), failed=found.failed)
    hops = {"coverage": [one.as_json() for one in _covered(found, selection)]} if selection.down else {}
    return dumped({**said, **hops})


def _as_text(found: Answer, selection: Selection, *, why: bool) -> str:
    from governance.risk.summary import summaries, summary
    from heirloom.cli import risk_heirs, risk_text

    if not why and selection == Selection():
        return "\n".join(risk_text.overview(found.risks, summaries(found.risks)))
    here = selection.of(found.risks)
    if selection.down:
        reach = risk_heirs.reach(found.risks, here, why=why)
        return "\n".join([*reach, *risk_heirs.spread(_covered(found, selection))])
    if not selection.assets and not why:
        return "\n".join(risk_text.overview(found.risks, map(summary, here.values())))
    return "\n\n".join("\n".join(risk_text.asset(risks, found.risks, why=why)) for risks in here.values())


def _covered(found: Answer, selection: Selection) -> "list[Covered]":
    """Asked down for one risk: how far it came."""
    from governance.risk.coverage import covered

    return covered(found.risks, selection.risk, origins=selection.assets) if selection.risk else []


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
