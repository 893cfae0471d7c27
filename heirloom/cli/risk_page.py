"""`heirloom risks --html`: the page of inherited risk, for anyone's definitions."""

import datetime as dt
from pathlib import Path

import click

from heirloom.cli.asked import OWN, Answer, Asked


def write(found: Answer, asked: Asked, *, to: Path, policy: Path | None, acceptances: Path | None) -> str:
    """The page written, and the sentence that says so."""
    from governance.pages import risk
    from governance.risk import Acceptances
    from governance.risk.appetite import policy_in

    groups = {node.group for node in found.risks.nodes.values()}
    html = risk.page(
        found.risks,
        made=dt.datetime.now(dt.UTC),
        name=_name(asked),
        policy=policy_in(policy, groups=groups) if policy else {},
        acceptances=Acceptances.read(acceptances, risks=found.risks) if acceptances else Acceptances(),
        failed=found.failed,
    )
    try:
        to.write_text(html, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{to} cannot be written: {error.strerror}.") from error
    return f"{to}: {len(found.risks)} assets. Open it in a browser; it loads nothing from elsewhere."


def _name(asked: Asked) -> str:
    file = asked.file or asked.workspace
    return file.name if file else asked.module or OWN
