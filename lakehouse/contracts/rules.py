"""Rules of a contract as SQL text: one predicate a row rule, one aggregate a table rule. No JVM is needed to make them.

A predicate is true for a good row; NULL counts as good, so that every row has one verdict (`required` catches NULLs).
Rules are named like their checks: `<column>_<what>`.
"""

import hashlib
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from lakehouse.contracts.yaml_lines import Block, is_number

Consequence = Literal["quarantine", "block", "warn"]
CONSEQUENCES = ("quarantine", "block", "warn")
REJECTED_SHARE = "rejected_share"
IN_PARTITION = "in_partition"
MARK = 6
RESERVED = frozenset({"schema", "column_lineage"})
_DEFAULT_REJECTED_SHARE = 0.5
BOUNDS: dict[str, tuple[str, Callable[..., bool]]] = {
    "mustBe": ("eq", operator.eq),
    "mustNotBe": ("ne", operator.ne),
    "mustBeGreaterThan": ("gt", operator.gt),
    "mustBeGreaterOrEqualTo": ("ge", operator.ge),
    "mustBeLessThan": ("lt", operator.lt),
    "mustBeLessOrEqualTo": ("le", operator.le),
    "mustBeBetween": ("between", lambda value, low, high: low <= value <= high),
    "mustNotBeBetween": ("outside", lambda value, low, high: not low <= value <= high),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What rules on rows and on tables have in common."""

    name: str
    description: str = ""

    @property
    def mark(self) -> str:
        """A few letters for all that the rule says: another bound, another mark."""
        said = {name: value for name, value in vars(self).items() if name not in {"description", "limit"}}
        return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:MARK]


@dataclass(frozen=True, kw_only=True)
class RowRule(Rule):
    """A predicate on one row; `kind` marks those that the write itself fills in (casts, window, key).

    `limit` is what a predicate says that was written as a word of the standard: the word and its value.

    A unique key is unique among the rows of one write: of an unpartitioned table all, else the partitions written.
    """

    predicate: str
    consequence: Consequence = "quarantine"
    column: str | None = None
    kind: Literal["predicate", "types", "window", "unique"] = "predicate"
    columns: tuple[str, ...] = ()
    limit: tuple[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class TableRule(Rule):
    """An aggregate over the valid rows, and its bound; `relative` compares with the version before."""

    aggregate: str
    bound: str
    limits: tuple[float, ...]
    consequence: Consequence = "block"
    column: str | None = None
    relative: bool = False

    def allows(self, value: float) -> bool:
        """NaN is no value that could be within bounds, nor outside of others."""
        return not math.isnan(value) and BOUNDS[self.bound][1](value, *self.limits)


def structural(*, keys: tuple[str, ...], partition: str | None) -> list[RowRule]:
    """The rules every table has: casts that keep the value, rows of the written partitions, a unique key."""
    rules = [RowRule(name="types", predicate="", kind="types", description="every value fits its column's type")]
    if partition:
        rules.append(
            RowRule(
                name=IN_PARTITION,
                predicate="",
                kind="window",
                column=partition,
                description="every row belongs to the partitions written",
            )
        )
    if keys:
        rules.append(
            RowRule(
                name="primary_key",
                predicate="",
                kind="unique",
                columns=keys,
                description=f"{', '.join(keys)} is unique",
            )
        )
    return rules


def rejected_share(budget: Block | None) -> TableRule:
    """How large a share of rejected rows a version may have before it is blocked."""
    share = _DEFAULT_REJECTED_SHARE
    if budget is not None:
        share = budget.get("value")  # type: ignore[assignment]
        if not is_number(share) or not 0 <= share <= 1:
            raise budget.refuse(f"rejectedShare must be a number from 0 to 1, not {share!r}", key="value")
    return TableRule(
        name=REJECTED_SHARE,
        aggregate="",
        bound="mustBeLessOrEqualTo",
        limits=(share,),
        description=f"at most {share:.0%} of the rows are rejected",
    )


def consequence_of(block: Block, *, default: Consequence, table: bool = False) -> Consequence:
    """What a violation leads to: `onViolation` if it is said, else what the severity says."""
    severity = block.get("severity", "error")
    if severity not in {"error", "warning"}:
        raise block.refuse(f"severity '{severity}' is none of error, warning", key="severity")
    found: Consequence = "warn" if severity == "warning" else default
    for one in block.blocks("customProperties"):
        if one.get("property") == "onViolation":
            found = one.get("value")  # type: ignore[assignment]
            known = ("block", "warn") if table else CONSEQUENCES
            if found not in known:
                raise one.refuse(f"onViolation '{found}' is none of {', '.join(known)}", key="value")
        elif not (table and one.get("property") == "relativeTo" and one.get("value") == "last"):
            raise one.refuse(f"custom property '{one.get('property')}' is not known on this rule")
    return found


def rule_name(block: Block, default: str | None = None, *, bound: bool = False) -> str:
    """The name that a rule says, or one that follows from its words (and its bound)."""
    name = block.maybe("name") or default
    if name is None:
        raise block.refuse("this rule needs a 'name': its check is named like it")
    if "name" not in block and bound:
        suffix, value = next(((text, block[key]) for key, (text, _) in BOUNDS.items() if key in block), ("", ""))
        name = f"{name}_{suffix}_{in_a_name(value)}"
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise block.refuse(f"rule name '{name}' must be letters, digits and _", key="name")
    if name in RESERVED:
        raise block.refuse(f"rule name '{name}' is taken: every table has a check of this name", key="name")
    return str(name)


def in_a_name(value: Any) -> str:
    text = "_".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"[^A-Za-z0-9]+", "_", text.replace("-", "minus_", 1) if text.startswith("-") else text)
