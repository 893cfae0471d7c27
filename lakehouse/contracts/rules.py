"""Rules of a contract as SQL text: one predicate a row rule, one aggregate a table rule. No JVM is needed to make them.

A predicate is true for a good row; NULL counts as good, so that every row has one verdict (`required` catches NULLs).
Rules are named like their checks: `<column>_<what>`.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from lakehouse.contracts import types
from lakehouse.contracts.yaml_lines import Block

Consequence = Literal["quarantine", "block", "warn"]
_CONSEQUENCES = ("quarantine", "block", "warn")
REJECTED_SHARE = "rejected_share"
IN_PARTITION = "in_partition"
_DEFAULT_REJECTED_SHARE = 0.5
_BOUNDS: dict[str, tuple[str, Callable[..., bool]]] = {
    "mustBe": ("eq", operator.eq),
    "mustNotBe": ("ne", operator.ne),
    "mustBeGreaterThan": ("gt", operator.gt),
    "mustBeGreaterOrEqualTo": ("ge", operator.ge),
    "mustBeLessThan": ("lt", operator.lt),
    "mustBeLessOrEqualTo": ("le", operator.le),
    "mustBeBetween": ("between", lambda value, low, high: low <= value <= high),
    "mustNotBeBetween": ("outside", lambda value, low, high: not low <= value <= high),
}
_PROSE = frozenset({"id", "name", "description", "dimension", "businessImpact", "tags", "schedule", "scheduler"})
_QUALITY = (
    _PROSE
    | frozenset(_BOUNDS)
    | frozenset(
        "type metric rule query engine implementation unit arguments validValues severity customProperties method".split()
    )
)
_OPTIONS = {
    "minimum": ("ge", "{c} >= {0}"),
    "maximum": ("le", "{c} <= {0}"),
    "exclusiveMinimum": ("gt", "{c} > {0}"),
    "exclusiveMaximum": ("lt", "{c} < {0}"),
    "minLength": ("length_ge", "length({c}) >= {0}"),
    "maxLength": ("length_le", "length({c}) <= {0}"),
    "multipleOf": ("multiple_of", "{c} % {0} = 0"),
    "minItems": ("items_ge", "size({c}) >= {0}"),
    "maxItems": ("items_le", "size({c}) <= {0}"),
}
_FITS = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "number date"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    "multipleOf": "number",
    **dict.fromkeys(("minItems", "maxItems"), "array"),
}
_SELECT = re.compile(r"select\s+(?P<what>.+?)\s+from\s+\S+?(?:\s+where\s+(?P<where>.+?))?\s*;?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """A predicate on one row; `kind` marks those that the write itself fills in (casts, window, key)."""

    name: str
    predicate: str
    consequence: Consequence = "quarantine"
    column: str | None = None
    description: str = ""
    kind: Literal["predicate", "types", "window", "unique"] = "predicate"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TableRule:
    """An aggregate over the valid rows, and its bound; `relative` compares with the version before."""

    name: str
    aggregate: str
    bound: str
    limits: tuple[float, ...]
    consequence: Consequence = "block"
    column: str | None = None
    description: str = ""
    relative: bool = False

    def allows(self, value: float) -> bool:
        return _BOUNDS[self.bound][1](value, *self.limits)


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
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise budget.refuse(f"rejectedShare must be a number from 0 to 1, not {share!r}", key="value")
    return TableRule(
        name=REJECTED_SHARE,
        aggregate="",
        bound="mustBeLessOrEqualTo",
        limits=(share,),
        description=f"at most {share:.0%} of the rows are rejected",
    )


def column_rules(block: Block, *, name: str, type: str, required: bool) -> list[RowRule]:  # noqa: A002
    """The rules that follow from a column's own words: required, unique, finite, options."""
    consequence = _on_violation(block, default="quarantine")
    column = f"`{name}`"
    rules: list[RowRule] = []

    def rule(suffix: str, predicate: str, **fields: Any) -> None:
        rules.append(
            RowRule(name=f"{name}_{suffix}", predicate=predicate, column=name, consequence=consequence, **fields)
        )

    if required:
        rule("not_null", f"{column} is not null")
    if block.get("unique"):
        rule("unique", "", kind="unique", columns=(name,))
    if type in types.FLOATING:
        rule("finite", f"not isnan({column}) and abs({column}) < double('infinity')")
    for option, value in (block.get("logicalTypeOptions") or {}).items():
        rule(*_option(block["logicalTypeOptions"], option, value, column=column, type=type))
    return rules


def quality_rule(block: Block, *, column: str | None) -> RowRule | TableRule:
    """One entry of `quality`: enforced, or refused by name."""
    block.only(_QUALITY)
    kind = block.get("type", "library")
    makers = {"library": _library, "sql": _sql, "custom": _custom}
    if kind not in makers:
        raise block.refuse(f"quality type '{kind}' cannot be enforced; known: library, sql, custom", key="type")
    return makers[kind](block, column)


def _custom(block: Block, column: str | None) -> RowRule:
    if block.get("engine") != "heirloom":
        raise block.refuse(
            f"engine '{block.get('engine')}' is not here; a row predicate has engine: heirloom", key="engine"
        )
    return RowRule(
        name=_name(block),
        predicate=block.need("implementation"),
        column=column,
        consequence=_on_violation(block, default="quarantine"),
        description=str(block.get("description", "")),
    )


def _sql(block: Block, column: str | None) -> TableRule:
    found = _SELECT.fullmatch(block.need("query").strip())
    if not found or re.search(r"\b(join|group\s+by|union|having)\b", block["query"], re.IGNORECASE):
        raise block.refuse(
            "a query must be 'select <aggregate> from ${object} [where ...]', to run in the write's job", key="query"
        )
    what = found["what"].replace("${property}", f"`{column}`")
    if re.search(r"\bdistinct\b", what, re.IGNORECASE):
        raise block.refuse("distinct cannot be counted in the write's job: use approx_count_distinct", key="query")
    where = found["where"].replace("${property}", f"`{column}`") if found["where"] else None
    return _table_rule(block, f"{what} filter (where {where})" if where else what, column=column, name=_name(block))


def _library(block: Block, column: str | None) -> RowRule | TableRule:
    metric = block.get("metric") or block.get("rule")
    arguments = block.get("arguments") or block
    if metric == "rowCount" and column is None:
        return _table_rule(block, "count(1)", column=None, name=_name(block, "row_count", bound=True))
    if metric == "nullValues" and column:
        return _bad(block, f"`{column}` is not null", column=column, what="not_null")
    if metric == "invalidValues" and column and (valid := arguments.get("validValues")):
        return _bad(block, f"`{column}` in ({', '.join(map(_literal, valid))})", column=column, what="allowed")
    if metric == "invalidValues" and column and (pattern := arguments.get("pattern")):
        return _bad(block, f"`{column}` rlike {_literal(pattern)}", column=column, what="matches")
    if metric == "duplicateValues" and block.get("mustBe") == 0:
        return _unique(block, column, arguments)
    raise block.refuse(
        f"metric '{metric}' cannot be enforced here; known: rowCount on a table, nullValues and invalidValues "
        "(validValues, pattern) on a column, duplicateValues with mustBe: 0"
    )


def _bad(block: Block, predicate: str, *, column: str, what: str) -> RowRule | TableRule:
    """No bad value at all is a rule on each row; a bounded number or share of them is a rule on the table."""
    if block.get("mustBe") == 0:
        return RowRule(
            name=_name(block, f"{column}_{what}"),
            predicate=predicate,
            column=column,
            consequence=_on_violation(block, default="quarantine"),
            description=str(block.get("description", "")),
        )
    bad = f"count_if(not coalesce({predicate}, true))"
    aggregate = f"100.0 * {bad} / nullif(count(1), 0)" if block.get("unit") == "percent" else bad
    return _table_rule(block, aggregate, column=column, name=_name(block, f"{column}_{what}", bound=True))


def _unique(block: Block, column: str | None, arguments: Block) -> RowRule:
    columns = (column,) if column else tuple(arguments.get("properties") or ())
    if not columns:
        raise block.refuse("duplicateValues on a table names its columns: arguments: {properties: [...]}")
    return RowRule(
        name=_name(block, f"{'_'.join(columns)}_unique"),
        predicate="",
        kind="unique",
        columns=columns,
        column=column,
        consequence=_on_violation(block, default="quarantine"),
    )


def _table_rule(block: Block, aggregate: str, *, column: str | None, name: str) -> TableRule:
    bounds = [bound for bound in _BOUNDS if bound in block]
    if len(bounds) != 1:
        raise block.refuse(f"a rule on the table needs exactly one of {', '.join(_BOUNDS)}; here are {len(bounds)}")
    relative = any(one.get("property") == "relativeTo" for one in block.blocks("customProperties"))
    return TableRule(
        name=name,
        aggregate=aggregate,
        bound=bounds[0],
        limits=_limits(block, bounds[0]),
        column=column,
        consequence=_on_violation(block, default="block", table=True),
        description=str(block.get("description", "")),
        relative=relative,
    )


def _limits(block: Block, bound: str) -> tuple[float, ...]:
    value = block[bound]
    pair = bound in {"mustBeBetween", "mustNotBeBetween"}
    values = value if isinstance(value, list) else [value]
    if len(values) != (2 if pair else 1) or not all(isinstance(one, int | float) for one in values):
        raise block.refuse(
            f"{bound} needs {'two numbers [low, high]' if pair else 'a number'}, not {value!r}", key=bound
        )
    return tuple(values)


def _on_violation(block: Block, *, default: Consequence, table: bool = False) -> Consequence:
    severity = block.get("severity", "error")
    if severity not in {"error", "warning"}:
        raise block.refuse(f"severity '{severity}' is none of error, warning", key="severity")
    found: Consequence = "warn" if severity == "warning" else default
    for one in block.blocks("customProperties"):
        if one.get("property") == "onViolation":
            found = one.get("value")  # type: ignore[assignment]
            known = ("block", "warn") if table else _CONSEQUENCES
            if found not in known:
                raise one.refuse(f"onViolation '{found}' is none of {', '.join(known)}", key="value")
        elif not (table and one.get("property") == "relativeTo" and one.get("value") == "last"):
            raise one.refuse(f"custom property '{one.get('property')}' is not known on this rule")
    return found


def _option(block: Block, option: str, value: Any, *, column: str, type: str) -> tuple[str, str]:  # noqa: A002
    if option == "pattern" and type == "string":
        return "matches", f"{column} rlike {_literal(value)}"
    family = "string" if type == "string" else "number" if types.is_number(type) else type.split("<", maxsplit=1)[0]
    family = "date" if family.startswith("timestamp") else family
    if option not in _FITS or family not in _FITS[option].split():
        raise block.refuse(f"option '{option}' cannot be enforced on a column of type {type}", key=option)
    if family != "date" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise block.refuse(f"option '{option}' needs a number, not {value!r}", key=option)
    suffix, predicate = _OPTIONS[option]
    bound = f"{type} '{value}'" if family == "date" else str(value)
    return f"{suffix}_{_in_a_name(value)}", predicate.format(bound, c=column)


def _name(block: Block, default: str | None = None, *, bound: bool = False) -> str:
    name = block.get("name")
    if name is None and default is None:
        raise block.refuse("this rule needs a 'name': its check is named like it")
    if name is None:
        suffix, value = next(((text, block[key]) for key, (text, _) in _BOUNDS.items() if key in block), ("", ""))
        name = f"{default}_{suffix}_{_in_a_name(value)}" if bound else default
    if not re.fullmatch(r"[A-Za-z0-9_]+", str(name)):
        raise block.refuse(f"rule name '{name}' must be letters, digits and _", key="name")
    return str(name)


def _in_a_name(value: Any) -> str:
    text = "_".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"[^A-Za-z0-9]+", "_", text.replace("-", "minus_", 1) if text.startswith("-") else text)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
