"""Entries of `quality` as rules: each is enforced, or refused by name and line."""

import re
from typing import Any

from lakehouse.contracts import literals
from lakehouse.contracts.rules import BOUNDS, RowRule, TableRule, consequence_of, rule_name
from lakehouse.contracts.yaml_lines import Block, is_number

_WORDS = frozenset(
    "id name description dimension businessImpact method tags schedule scheduler type severity customProperties".split()
)
_LIBRARY = _WORDS | frozenset(BOUNDS) | frozenset({"metric", "rule", "unit", "arguments", "validValues"})
_SQL = _WORDS | frozenset(BOUNDS) | {"query"}
_CUSTOM = _WORDS | {"engine", "implementation"}
_SELECT = re.compile(
    r"select\s+(?P<what>.+?)\s+from\s+(?P<table>\S+?)(?:\s+where\s+(?P<where>.+?))?\s*;?\s*", re.IGNORECASE | re.DOTALL
)
_BEYOND = re.compile(r"\b(select|join|group\s+by|order\s+by|union|having|limit|over)\b", re.IGNORECASE)
_DISTINCT = re.compile(r"\bdistinct\b(?!\s+from\b)", re.IGNORECASE)
_ONE_CALL = re.compile(r"(?P<function>\w+)\s*\((?P<arguments>.*)\)", re.DOTALL)
_OF_THEIR_FIRST = frozenset({"approx_count_distinct", "approx_percentile", "percentile", "percentile_approx"})


def quality_rule(block: Block, *, column: str | None, type: str = "") -> RowRule | TableRule:  # noqa: A002
    """One entry of `quality`, on the table or on a column of this type."""
    kind = block.get("type", "library")
    if kind == "custom":
        return _custom(block, column)
    if kind == "sql":
        return _sql(block, column)
    if kind != "library":
        raise block.refuse(f"quality type '{kind}' cannot be enforced; known: library, sql, custom", key="type")
    block.only(_LIBRARY)
    return _library(block, column, type)


def _custom(block: Block, column: str | None) -> RowRule:
    block.only(_CUSTOM)
    if block.get("engine") != "heirloom":
        raise block.refuse(
            f"engine '{block.get('engine')}' is not here; a row predicate has engine: heirloom", key="engine"
        )
    if not block.need("implementation").strip():
        raise block.refuse("'implementation' is empty: it is a SQL predicate", key="implementation")
    return RowRule(
        name=rule_name(block),
        predicate=block["implementation"],
        column=column,
        consequence=consequence_of(block, default="quarantine"),
        description=block.maybe("description") or "",
    )


def _sql(block: Block, column: str | None) -> TableRule:
    block.only(_SQL)
    found = _SELECT.fullmatch(block.need("query").strip())
    if not found or found["table"] != "${object}" or _BEYOND.search(found["what"] + " " + (found["where"] or "")):
        raise block.refuse(
            "a query must be 'select <aggregate> from ${object} [where ...]', to run in the write's job", key="query"
        )
    what, where = (_on_column(block, text, column) for text in (found["what"], found["where"] or ""))
    if _DISTINCT.search(what):
        raise block.refuse("distinct cannot be counted in the write's job: use approx_count_distinct", key="query")
    aggregate = _of_some(block, what, where) if where else what
    return _table_rule(block, aggregate, column=column, name=rule_name(block))


def _of_some(block: Block, what: str, where: str) -> str:
    """`sum(a) where c` as `sum(case when c then a end)`: Spark observes no aggregate with a filter."""
    found = _ONE_CALL.fullmatch(what.strip())
    parts = _parts(found["arguments"]) if found else []
    if found is None or not parts or (len(parts) > 1 and found["function"].lower() not in _OF_THEIR_FIRST):
        raise block.refuse(
            f"'where' belongs to one aggregate of one value, and '{what}' is more: put the condition into it, "
            "as in max(if(a > 0, b, null))",
            key="query",
        )
    first, rest = ("1" if parts[0].strip() == "*" else parts[0]), parts[1:]
    return f"{found['function']}({', '.join([f'case when {where} then {first} end', *rest])})"


def _parts(arguments: str) -> list[str]:
    """The arguments of a call, split at its own commas; none if the parentheses are not those of one call."""
    depth, parts = 0, [""]
    for letter in arguments:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return []
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _on_column(block: Block, text: str, column: str | None) -> str:
    if column is None and "${property}" in text:
        raise block.refuse("${property} is the column of a rule, and this rule is on the table", key="query")
    return text.replace("${property}", f"`{column}`")


def _library(block: Block, column: str | None, type: str) -> RowRule | TableRule:  # noqa: A002
    metric = _metric(block)
    if metric == "rowCount" and column is None:
        _arguments(block)
        _rows_only(block)
        return _table_rule(block, "count(1)", column=None, name=rule_name(block, "row_count", bound=True))
    if metric == "nullValues" and column:
        _arguments(block)
        return _bad(block, f"`{column}` is not null", column=column, what="not_null")
    if metric == "invalidValues" and column:
        what, predicate, limit = _valid(block, f"`{column}`", type=type)
        return _bad(block, predicate, column=column, what=what, limit=limit)
    if metric == "duplicateValues" and _none_allowed(block):
        _rows_only(block)
        return _unique(block, column)
    raise block.refuse(
        f"metric '{metric}' cannot be enforced here; known: rowCount on a table, nullValues and invalidValues "
        "(validValues, pattern) on a column, duplicateValues with mustBe: 0",
        key="metric",
    )


def _metric(block: Block) -> str:
    if "metric" in block and "rule" in block:
        raise block.refuse("'metric' and 'rule' are two words for one thing: keep 'metric'", key="rule")
    if "metric" not in block and "rule" not in block:
        raise block.refuse("'metric' is missing")
    return str(block.maybe("metric") or block.maybe("rule"))


def _arguments(block: Block, *known: str) -> Block:
    """Where the arguments stand: below `arguments`, or (validValues only) beside it as in version 3.0."""
    if "validValues" in block:
        if "arguments" in block or "validValues" not in known:
            raise block.refuse("'validValues' belongs into the arguments of invalidValues", key="validValues")
        return block
    arguments: Block | None = block.maybe("arguments", dict)
    if arguments is None:
        return Block()
    arguments.only(known, what="argument")
    return arguments


def _valid(block: Block, column: str, *, type: str) -> tuple[str, str, tuple[str, Any]]:  # noqa: A002
    arguments = _arguments(block, "validValues", "pattern")
    if ("validValues" in arguments) == ("pattern" in arguments):
        raise block.refuse("invalidValues needs one of the arguments validValues, pattern", key="metric")
    if "pattern" in arguments:
        if type != "string":
            raise arguments.refuse(f"'pattern' cannot be enforced on a column of type {type}", key="pattern")
        pattern = arguments["pattern"]
        return "matches", f"{column} rlike {literals.pattern(arguments, pattern)}", ("pattern", pattern)
    values = arguments.maybe("validValues", list)
    if not values:
        raise arguments.refuse("'validValues' is empty: no row could be valid", key="validValues")
    listed = ", ".join(literals.literal(arguments, value, type=type, key="validValues") for value in values)
    return "allowed", f"{column} in ({listed})", ("validValues", tuple(values))


def _bad(
    block: Block, predicate: str, *, column: str, what: str, limit: tuple[str, Any] | None = None
) -> RowRule | TableRule:
    """No bad value at all is a rule on each row; a bounded number or share of them is a rule on the table."""
    unit = block.get("unit", "rows")
    if unit not in {"rows", "percent"}:
        raise block.refuse(f"unit '{unit}' is none of rows, percent", key="unit")
    if _none_allowed(block):
        return RowRule(
            name=rule_name(block, f"{column}_{what}"),
            predicate=predicate,
            column=column,
            consequence=consequence_of(block, default="quarantine"),
            description=block.maybe("description") or "",
            limit=limit,
        )
    bad = f"count_if(not coalesce({predicate}, true))"
    aggregate = f"100.0 * {bad} / nullif(count(1), 0)" if unit == "percent" else bad
    return _table_rule(block, aggregate, column=column, name=rule_name(block, f"{column}_{what}", bound=True))


def _none_allowed(block: Block) -> bool:
    bound = _bound(block)
    return bound == "mustBe" and _limits(block, bound) == (0,)


def _rows_only(block: Block) -> None:
    if block.get("unit", "rows") != "rows":
        raise block.refuse(f"unit '{block['unit']}' cannot be enforced on this metric: it counts rows", key="unit")


def _unique(block: Block, column: str | None) -> RowRule:
    arguments = _arguments(block, *(() if column else ("properties",)))
    named = [column] if column else arguments.maybe("properties", list) or []
    if not named or not all(isinstance(one, str) for one in named):
        raise block.refuse("duplicateValues on a table names its columns: arguments: {properties: [...]}", key="metric")
    columns = tuple(map(str, named))
    return RowRule(
        name=rule_name(block, f"{'_'.join(columns)}_unique"),
        predicate="",
        kind="unique",
        columns=columns,
        column=column,
        consequence=consequence_of(block, default="quarantine"),
        description=block.maybe("description") or "",
    )


def _table_rule(block: Block, aggregate: str, *, column: str | None, name: str) -> TableRule:
    bound = _bound(block)
    relative = any(one.get("property") == "relativeTo" for one in block.blocks("customProperties"))
    return TableRule(
        name=name,
        aggregate=aggregate,
        bound=bound,
        limits=_limits(block, bound),
        column=column,
        consequence=consequence_of(block, default="block", table=True),
        description=block.maybe("description") or "",
        relative=relative,
    )


def _bound(block: Block) -> str:
    bounds = [bound for bound in BOUNDS if bound in block]
    if len(bounds) != 1:
        said = ", ".join(bounds) or "none"
        raise block.refuse(f"a rule needs exactly one bound of {', '.join(BOUNDS)}; here: {said}")
    return bounds[0]


def _limits(block: Block, bound: str) -> tuple[float, ...]:
    value: Any = block[bound]
    pair = bound in {"mustBeBetween", "mustNotBeBetween"}
    values = value if isinstance(value, list) else [value]
    if len(values) != (2 if pair else 1) or not all(map(is_number, values)) or sorted(values) != values:
        wanted = "two numbers [low, high]" if pair else "a number"
        raise block.refuse(f"{bound} needs {wanted}, not {value!r}", key=bound)
    return tuple(values)
