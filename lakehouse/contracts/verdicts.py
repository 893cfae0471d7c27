"""What was decided about a version of a table, from the counters of its own write."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from lakehouse.contracts.document import Contract
from lakehouse.contracts.rules import MARK, REJECTED_SHARE, RowRule, Rule, TableRule

Word = Literal["ok", "warn", "block"]


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What a write counted: rows, rejected rows, violations of each row rule, values of each table rule."""

    rows: int = 0
    rejected: int = 0
    fingerprint: int = 0
    violations: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Counters held against the contract. `failed` names the rules that did not hold, with their consequence.

    `judged` holds the marks of all rules in a row, as a list of their names would not fit into every event.
    """

    contract: str
    rows: int
    rejected: int
    failed: Mapping[str, Word]
    violations: Mapping[str, int]
    values: Mapping[str, float | None]
    judged: str = ""

    @classmethod
    def of(cls, counters: Counters, contract: Contract, *, last: "Verdict | None" = None) -> Self:
        failed: dict[str, Word] = {
            rule.name: _word(rule) for rule in contract.row_rules if counters.violations.get(rule.name, 0) > 0
        }
        values = dict(counters.values)
        share = counters.rejected / counters.rows if counters.rows else 0.0
        for rule in contract.table_rules:
            value = share if rule.name == REJECTED_SHARE else values.get(rule.name)
            values[rule.name] = value
            if not _holds(rule, value, last=last):
                failed[rule.name] = _word(rule)
        return cls(
            contract=contract.reference,
            rows=counters.rows,
            rejected=counters.rejected,
            failed=failed,
            violations={name: count for name, count in counters.violations.items() if count},
            values=values,
            judged="".join(rule.mark for rule in contract.rules),
        )

    def knows(self, rule: Rule) -> bool:
        """Whether the version was judged by this very rule: one that came or changed since says nothing of it."""
        return rule.mark in (self.judged[at : at + MARK] for at in range(0, len(self.judged), MARK))

    @property
    def valid(self) -> int:
        return self.rows - self.rejected

    @property
    def word(self) -> Word:
        return max(self.failed.values(), key=("ok", "warn", "block").index, default="ok")

    def sentence(self, name: str) -> str:
        """What a failed rule says, in numbers."""
        if name in self.violations:
            return f"{self.violations[name]:,} of {self.rows:,} rows violate {name}"
        if name in self.values:
            return f"{name} is {_number(self.values[name])}"
        return f"{name} holds for all {self.rows:,} rows"

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


def _word(rule: RowRule | TableRule) -> Word:
    """A quarantined row is a warning: the version that is published does not hold it."""
    return "block" if rule.consequence == "block" else "warn"


def _holds(rule: TableRule, value: float | None, *, last: Verdict | None) -> bool:
    """An aggregate of no value, such as the mean of no row, breaks no rule: that rows are missing is `rowCount`'s."""
    if value is None:
        return True
    if rule.relative:
        before = last.values.get(rule.name) if last else None
        if not before:
            return True
        value = value / before
    return rule.allows(value)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.6g}"
