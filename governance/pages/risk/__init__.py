"""The page of inherited risk: the answer first, then the graph one can walk, and all that stands behind the answer.

Everything is embedded as JSON and drawn by the page's own script, so that a graph of ten thousand assets opens at once.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from governance.pages import shell
from governance.pages.risk import agenda, answers, changed, embedded
from governance.risk.acceptances import Acceptances
from governance.risk.appetite import Appetite
from governance.risk.inheritance import Inheritance

TITLE = "Inherited risk"
_HERE = Path(__file__).parent
_STYLES = ("risk.css", "graph.css", "print.css")
_SCRIPTS = (
    "element.js", "data.js", "address.js", "filter.js", "words.js", "answers.js", "routes.js", "graph.js", "asset.js",
    "table.js", "register.js", "agenda.js", "sheets.js", "start.js",
)  # fmt: skip


def page(  # noqa: PLR0913
    risks: Inheritance,
    *,
    made: dt.datetime,
    name: str,
    policy: Mapping[str, Appetite] | None = None,
    acceptances: Acceptances | None = None,
    failed: Mapping[str, str] | None = None,
    before: Mapping[str, Any] | None = None,
    lost: str | None = None,
) -> str:
    """The page of a graph called `name`, with proofs and findings as of the day of `risks`.

    `failed` are code locations that did not load, with their errors; `before` is what the last report knew
    (`changed.known`), `lost` why that cannot be read.
    """
    signed, today = _by_file_name(acceptances or Acceptances()), risks.today or made.date()
    found = answers.answers(risks, policy=policy or {}, acceptances=signed, today=today)
    graph = embedded.Graph(risks)
    data = {
        **graph.as_json(),
        "made": made.isoformat(timespec="minutes"),
        "name": name,
        "asked": risks.proofs is not None,
        "governed": bool(policy),
        "answers": [embedded.answer(one, graph, risks) for one in found],
        "failed": dict(failed or {}),
        **agenda.as_json(risks, signed, today),
        "changes": changed.as_json(risks, before, policy=policy or {}, failed=failed or {}, lost=lost),
    }
    return shell.page(
        f"{TITLE} in {name}",
        answer=answers.headline(found, risks, failed or {}),
        body=[(_HERE / "risk.html").read_text(), _embedded(data)],
        styles=[(_HERE / file).read_text() for file in _STYLES],
        script="\n".join((_HERE / file).read_text() for file in _SCRIPTS),
    )


def figures(
    risks: Inheritance, *, today: dt.date, policy: Mapping[str, Appetite], acceptances: Acceptances
) -> dict[str, int]:
    """The few figures of the page that belong in the catalogue."""
    found = answers.answers(risks, policy=policy, acceptances=acceptances, today=today)
    return {"assets": len(risks), "findings": sum(1 for _ in risks.findings), **answers.counts(found)}


def _by_file_name(acceptances: Acceptances) -> Acceptances:
    """Readers of the page know the file, not where it lies on the machine that made the page."""
    return Acceptances(tuple(replace(one, at=one.at.rpartition("/")[2]) for one in acceptances))


def _embedded(data: Mapping[str, Any]) -> str:
    """JSON that no text in it can end: nothing in it opens or closes a tag."""
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        said = said.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="data">{said}</script>'
