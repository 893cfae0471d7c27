"""A graph with every kind of answer, and its page read back."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

from governance.pages import risk as pages
from governance.risk import (
    Acceptances,
    Finding,
    Inheritance,
    Lineage,
    Node,
    Proof,
    Register,
    Resolution,
    Risk,
    Severity,
    inheritance,
)
from governance.risk.appetite import Appetite, policy_in

TODAY = dt.date(2026, 11, 1)
MADE = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
SEVERITIES = {"privacy.names": "high", "quality.codes": "medium", "model.churn": "critical", "quality.unused": "low"}
REGISTER = Register(
    {
        id_: Risk(
            id=id_, label=f"Label of {id_}", description=f"About {id_}", severity=Severity.parse(word), category="c"
        )
        for id_, word in SEVERITIES.items()
    }
)
POLICY = """
scores:
  critical: accepted
  high: accepted or proven
  medium: any
  not_assessed: refuse
  unreadable: refuse
  overdue: refuse
"""
ACCEPTANCES = """
- {who: ann@shop.example, what: privacy.names, where: out/report, until: 2027-01-31, why: Groups only., ticket: T-1}
- {who: bob@shop.example, what: quality.codes, where: out/report, until: 2026-10-01, why: Codes., ticket: T-2}
"""


def said(risk: str, note: str = "seen", **fields: Any) -> Finding:
    return Finding(risk=risk, note=note, **fields)


def nodes() -> list[Node]:
    """Names and codes go by two ways into a report, a model's risk into scores; nobody assessed a table of others."""
    names = said("privacy.names", "Names.", column="name", owner="team:crm", review_by=dt.date(2026, 9, 1))
    lineage = Lineage({"label": [("shop/people", "name")], "code": [("shop/people", "code")]})
    return [
        Node(
            key="shop/people",
            external=True,
            assessed=True,
            owners=("team:crm",),
            columns=frozenset({"name", "code"}),
            findings=(names, said("quality.codes", "Codes changed.", column="code")),
        ),
        Node(key="lake/rates", external=True),
        Node(
            key="mart/clean",
            parents=("shop/people",),
            assessed=True,
            columns=frozenset({"label", "code"}),
            lineage=lineage,
            resolutions=(Resolution(risk="quality.codes", proof="mart/clean:mapped", note="Mapped."),),
            checks=frozenset({"mapped"}),
        ),
        Node(key="mart/copy", parents=("shop/people",), assessed=True, owners=("team:mart",)),
        Node(
            key="mart/model",
            parents=("mart/copy",),
            assessed=True,
            group="models",
            findings=(said("model.churn", "No churn.", mitigation="Widened.", mitigation_owner="Jo"),),
        ),
        Node(key="out/report", parents=("mart/clean", "mart/copy"), assessed=True, group="scores"),
        Node(key="out/scores", parents=("mart/model",), assessed=True, group="scores", owners=("team:mart",)),
        Node(key="out/rated", parents=("lake/rates",), assessed=True),
        Node(key="out/quiet", assessed=True, owners=("team:mart",)),
    ]


def risks(*, proven: bool = True, of: list[Node] | None = None) -> Inheritance:
    proof = Proof("proven" if proven else "broken", said="3 unmapped", measured=(("unmapped", 3.0),))
    return inheritance(of or nodes(), register=REGISTER, holds=lambda _: proof, today=TODAY)


def policy(folder: Path) -> dict[str, Appetite]:
    (folder / "policy.yaml").write_text(POLICY)
    return policy_in(folder / "policy.yaml", groups={"scores"})


def acceptances(folder: Path, of: Inheritance) -> Acceptances:
    (folder / "acceptances.yaml").write_text(ACCEPTANCES)
    return Acceptances.read(folder / "acceptances.yaml", risks=of)


def page(folder: Path, of: Inheritance | None = None, **told: Any) -> str:
    of = of or risks()
    signed = acceptances(folder, of)
    return pages.page(of, made=MADE, name="shop", policy=policy(folder), acceptances=signed, **told)


def embedded(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data
