"""Values of a contract as SQL text, or a refusal where a value is none of its column's type."""

import re
import warnings
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from lakehouse.contracts import types
from lakehouse.contracts.yaml_lines import Block, is_number

# What Python and Java refuse alike; the rest of a pattern is Java's to judge.
_BROKEN = ("unterminated", "missing )", "unbalanced", "nothing to repeat", "bad escape (end")


def literal(block: Block, value: Any, *, type: str, key: str) -> str:  # noqa: A002
    """`value` as a literal of a column of this type."""
    family = types.family(type)
    made = _MAKERS[family](value) if family in _MAKERS else None
    if made is None:
        raise block.refuse(f"{value!r} is no value of a column of type {type}{_hint(value, family)}", key=key)
    return made


def number(block: Block, value: Any, *, option: str, whole: bool = False) -> str:
    if not is_number(value) or (whole and (not isinstance(value, int) or value < 0)):
        wanted = "a whole number from 0 on" if whole else "a number"
        raise block.refuse(f"option '{option}' needs {wanted}, not {value!r}", key=option)
    return str(value)


def pattern(block: Block, value: Any) -> str:
    """A regular expression as Spark reads it."""
    if not isinstance(value, str):
        raise block.refuse(f"a pattern must be text (quote it), not {value!r}", key="pattern")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(value.replace("(?<", "(?P<") if re.search(r"\(\?<[A-Za-z]", value) else value)
    except re.error as error:
        if str(error).startswith(_BROKEN):
            raise block.refuse(f"pattern {value!r} is no regular expression: {error}", key="pattern") from error
    return text(value)


def text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _text(value: Any) -> str | None:
    return text(value) if isinstance(value, str) else None


def _number(value: Any) -> str | None:
    return str(value) if is_number(value) else None


def _boolean(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _day(value: Any) -> str | None:
    """YAML reads 2000-01-01 as a date, and "2000-01-01" as text that must be one."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return f"date '{day}'" if isinstance(day, date) and not isinstance(day, datetime) else None


def _moment(kind: str) -> Callable[[Any], str | None]:
    def made(value: Any) -> str | None:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return None
        zoned = isinstance(moment, datetime) and moment.tzinfo is not None
        return f"{kind} '{moment}'" if isinstance(moment, date) and not (zoned and kind != "timestamp") else None

    return made


def _hint(value: Any, family: str) -> str:
    return ": quote it, YAML read it as something else" if family == "string" and value is not None else ""


_MAKERS: dict[str, Callable[[Any], str | None]] = {
    "string": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _day,
    "timestamp": _moment("timestamp"),
    "timestamp_ntz": _moment("timestamp_ntz"),
}
