"""Small graphs in few words."""

from collections.abc import Mapping, Sequence
from typing import Any

from governance.risk import Arrival, Finding, Lineage, Node, Proof, Register, Risk, Severity

REGISTER = Register(
    {
        id_: Risk(id=id_, label=id_, description=id_, severity=severity, category="test")
        for id_, severity in {
            "privacy.pii": Severity.HIGH,
            "quality.codes": Severity.MEDIUM,
            "model.churn": Severity.LOW,
        }.items()
    }
)
PROVEN, BROKEN = Proof("proven"), Proof("broken")


def found(risk: str = "privacy.pii", column: str | None = None, **fields: Any) -> Finding:
    return Finding(risk=risk, note=fields.pop("note", "seen"), column=column, **fields)


def asset(key: str, *parents: str, **fields: Any) -> Node:
    return Node(key=key, parents=parents, assessed=fields.pop("assessed", True), **fields)


def made(columns: Mapping[str, Sequence[tuple[str, str]]], *influences: tuple[str, str]) -> Lineage:
    return Lineage(columns, frozenset(influences))


def seen(arrivals: Sequence[Arrival]) -> list[tuple[str, str | None, str]]:
    """(origin, column, via) of each."""
    return [(one.origin, one.column, one.via) for one in arrivals]
