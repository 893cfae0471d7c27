"""The rules that follow from a column's own words: required, unique, finite, `logicalTypeOptions`."""

from collections.abc import Iterator
from typing import Any

from lakehouse.contracts import literals, types
from lakehouse.contracts.columns import text_limit
from lakehouse.contracts.rules import RowRule, consequence_of, in_a_name
from lakehouse.contracts.yaml_lines import Block

_OPTIONS = {
    "minimum": ("ge", "{c} >= {0}"),
    "maximum": ("le", "{c} <= {0}"),
    "exclusiveMinimum": ("gt", "{c} > {0}"),
    "exclusiveMaximum": ("lt", "{c} < {0}"),
    "minLength": ("length_ge", "length({c}) >= {0}"),
    "maxLength": ("length_le", "length({c}) <= {0}"),
    "pattern": ("matches", "{c} rlike {0}"),
    "multipleOf": ("multiple_of", "{c} % {0} = 0"),
    "minItems": ("items_ge", "size({c}) >= {0}"),
    "maxItems": ("items_le", "size({c}) <= {0}"),
}
_BEYOND = {
    "format": "a column has a type, and is written as the reader likes",
    "timezone": "a timestamp is a moment; one without a zone has physicalType: timestamp_ntz",
    "defaultTimezone": "moments are kept in UTC",
    "uniqueItems": "lists are not looked into",
    **dict.fromkeys(("minProperties", "maxProperties", "required"), "a column has no columns"),
}
_FITS = {
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "number date timestamp timestamp_ntz"
    ),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    "multipleOf": "number",
    **dict.fromkeys(("minItems", "maxItems"), "array"),
}


def column_rules(block: Block, *, name: str, type: str, required: bool) -> Iterator[RowRule]:  # noqa: A002
    """The rules of one column, by the words of its block."""
    consequence = consequence_of(block, default="quarantine")
    column = f"`{name}`"

    def rule(suffix: str, predicate: str, **fields: Any) -> RowRule:
        return RowRule(name=f"{name}_{suffix}", predicate=predicate, column=name, consequence=consequence, **fields)

    if required:
        yield rule("not_null", f"{column} is not null")
    if block.flag("unique"):
        yield rule("unique", "", kind="unique", columns=(name,))
    if type in types.FLOATING:
        yield rule("finite", f"not isnan({column}) and abs({column}) < double('infinity')")
    if (longest := text_limit(block)) is not None:
        yield rule(f"length_le_{longest}", f"length({column}) <= {longest}", limit=("maxLength", longest))
    options: Block = block.maybe("logicalTypeOptions", dict) or Block()
    for option in options:
        yield rule(*_option(options, option, column=column, type=type), limit=(option, options[option]))


def _option(options: Block, option: str, *, column: str, type: str) -> tuple[str, str]:  # noqa: A002
    options.only(_OPTIONS, what="option", beyond=_BEYOND)
    if types.family(type) not in _FITS[option].split():
        raise options.refuse(f"option '{option}' cannot be enforced on a column of type {type}", key=option)
    suffix, predicate = _OPTIONS[option]
    made = predicate.format(_bound(options, option, type=type), c=column)
    return (suffix if option == "pattern" else f"{suffix}_{in_a_name(options[option])}"), made


def _bound(options: Block, option: str, *, type: str) -> str:  # noqa: A002
    value = options[option]
    if option == "pattern":
        return literals.pattern(options, value)
    if option == "multipleOf" and value == 0:
        raise options.refuse("option 'multipleOf' needs a number other than 0", key=option)
    if types.family(type) == "number":
        return literals.number(options, value, option=option)
    if option in {"minLength", "maxLength", "minItems", "maxItems"}:
        return literals.number(options, value, option=option, whole=True)
    return literals.literal(options, value, type=type, key=option)
