"""Column types as text: which are known, and how one becomes another without losing a value silently."""

import re

LOGICAL = {
    "string": "string",
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
WHOLE = ("tinyint", "smallint", "int", "bigint")
FLOATING = ("float", "double")
KNOWN = frozenset({*WHOLE, *FLOATING, "string", "boolean", "date", "timestamp", "timestamp_ntz", "binary"})
_TIMES = ("date", "timestamp", "timestamp_ntz")
_ALIASES = {
    "integer": "int",
    "long": "bigint",
    "short": "smallint",
    "byte": "tinyint",
    "real": "float",
    "text": "string",
    "varchar": "string",
    "bpchar": "string",
    "uuid": "string",
    "serial": "int",
    "bigserial": "bigint",
    "bool": "boolean",
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "float4": "float",
    "float8": "double",
}
_DECIMAL = re.compile(r"(?:decimal|numeric)\((\d+),\s*(\d+)\)")
_ARRAY = re.compile(r"array<(.+)>")


def parse(text: str) -> str | None:
    """The canonical name of a type, as Spark's `simpleString` writes it; None if it is not known."""
    name = _ALIASES.get(text.strip().lower(), text.strip().lower())
    if name in KNOWN:
        return name
    if found := _DECIMAL.fullmatch(name):
        precision, scale = int(found[1]), int(found[2])
        return f"decimal({precision},{scale})" if scale <= precision <= 38 else None  # noqa: PLR2004
    if (found := _ARRAY.fullmatch(name)) and (inner := parse(found[1])):
        return f"array<{inner}>"
    return None


def agrees(physical: str, *, logical: str) -> bool:
    """Whether a logical type may be kept in a physical one. Version 3.0 of the standard has no logical timestamp."""
    if logical in {"integer", "number"}:
        return physical in WHOLE or (is_number(physical) and (logical == "number" or is_decimal(physical)))
    return family(physical) in {"string": ("string", "binary"), "date": _TIMES, "timestamp": _TIMES[1:]}.get(
        logical, (logical,)
    )


def is_decimal(name: str) -> bool:
    return name.startswith("decimal(")


def is_number(name: str) -> bool:
    return name in WHOLE or name in FLOATING or is_decimal(name)


def family(name: str) -> str:
    """What a type is good for: all numbers are one family, all arrays another."""
    return "number" if is_number(name) else name.split("<", maxsplit=1)[0]


def widens(actual: str, wanted: str) -> bool:
    """Whether every value of `actual` has the same value in `wanted`."""
    if actual in WHOLE and wanted in WHOLE:
        return WHOLE.index(actual) <= WHOLE.index(wanted)
    if actual in WHOLE and is_decimal(wanted):
        return digits(wanted) >= {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}[actual]
    if is_decimal(actual) and is_decimal(wanted):
        return digits(wanted) >= digits(actual) and _scale(wanted) >= _scale(actual)
    return (actual, wanted) in {
        ("float", "double"),
        ("tinyint", "double"),
        ("smallint", "double"),
        ("int", "double"),
        ("date", "timestamp"),
        ("timestamp_ntz", "timestamp"),
        ("timestamp", "timestamp_ntz"),
    }


def promotes(actual: str, wanted: str) -> bool:
    """Whether `wanted` is the same kind of number with room for more: what reads it goes on, larger values may come."""
    if is_decimal(actual) and is_decimal(wanted):
        return digits(actual) < digits(wanted) and _scale(actual) == _scale(wanted)
    return (
        actual != wanted and any({actual, wanted} <= set(kind) for kind in (WHOLE, FLOATING)) and widens(actual, wanted)
    )


def converts(actual: str, wanted: str) -> bool:
    """Whether single values can be tried: those that fail or change are violations of the rule `types`."""
    if actual == "string":
        return wanted not in {"string", "binary"} and not wanted.startswith("array")
    return is_number(actual) and is_number(wanted)


def digits(name: str) -> int:
    found = _DECIMAL.fullmatch(name)
    assert found
    return int(found[1]) - int(found[2])


def _scale(name: str) -> int:
    found = _DECIMAL.fullmatch(name)
    assert found
    return int(found[2])
