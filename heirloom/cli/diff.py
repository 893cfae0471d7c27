"""`heirloom diff`: who gained, lost or worsened a risk since a git revision or a saved answer."""

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from governance.risk import Inheritance
from governance.risk.diff import Change, NotAnAnswer, changes, thing, unaccepted
from governance.risk.document import document
from heirloom.cli.asked import Asked, answer, of_a_location
from heirloom.cli.diff_text import as_markdown, as_text
from heirloom.cli.failing import in_a_sentence


@click.command()
@click.argument("base")
@of_a_location
@click.option("--acceptances", type=click.Path(path_type=Path), help="YAML of who accepts which risk, until when.")
@click.option("--markdown", is_flag=True, help="For a pull request.")
@in_a_sentence
def command(*, asked: Asked, base: str, acceptances: Path | None, markdown: bool) -> None:
    """Say what changed since BASE: a git revision, or a file saved by `heirloom risks --json`.

    Exit code 1 if an asset gained or worsened a risk, lost a mitigation or is no longer known, and nobody accepts it.
    """
    before = _base(base, asked)
    found = answer(asked)
    changed = changes(before, document(found.risks, selected=found.risks, failed=found.failed))
    open_ = unaccepted(changed, _accepted(acceptances, found.risks)) if acceptances else unaccepted(changed)
    print((as_markdown if markdown else as_text)(changed, open_, base=base))
    for sentence in found.unread:
        print(sentence, file=sys.stderr)
    if open_ or found.failed:
        sys.exit(1)


def _base(base: str, asked: Asked) -> dict[str, Any]:
    from heirloom.revision import document_at

    if Path(base).is_file():
        return _saved(Path(base))
    return document_at(base, options=asked.options)


def _accepted(file: Path, risks: Inheritance) -> Callable[[Change], bool]:
    """Whether today somebody accepts what the asset has now."""
    from governance.risk.acceptances import Acceptances

    acceptances, today = Acceptances.read(file, risks=risks), dt.datetime.now(dt.UTC).date()

    def accepted(change: Change) -> bool:
        asset = change.thing.asset
        here = (*risks[asset].own, *risks[asset].inherited) if asset in risks else ()
        meant = [one for one in here if thing(one, asset) == change.thing and one.stands]
        return bool(meant) and all(acceptances.accepted(one, asset, today) for one in meant)

    return accepted


def _saved(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotAnAnswer(f"{path} is no file saved by `heirloom risks --json`: {error}.") from error
    return found
