import math
import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts import types
from lakehouse.contracts.conversion import altered

# Values of each type as SQL, the outermost first.
VALUES = {
    "tinyint": ["-128Y", "127Y", "0Y"],
    "smallint": ["-32768S", "32767S"],
    "int": ["cast(-2147483648 as int)", "2147483647"],
    "bigint": ["cast(-9223372036854775808 as bigint)", "9223372036854775807L", "9007199254740993L"],
    "float": ["cast('3.4028235E38' as float)", "cast('1.4E-45' as float)", "float('Infinity')", "cast(0.1 as float)"],
    "double": ["0.1D", "double('-Infinity')"],
    "decimal(3,0)": ["999BD", "-999BD"],
    "decimal(12,2)": ["9999999999.99BD", "-0.01BD"],
    "decimal(21,2)": ["9999999999999999999.99BD"],
    "decimal(38,0)": ["99999999999999999999999999999999999999BD"],
    "string": ["'text'"],
    "boolean": ["true"],
    "date": ["date'0001-01-01'", "date'9999-12-31'"],
    "timestamp": ["timestamp'2026-03-29 02:30:00.123456'", "timestamp'0001-01-01 00:00:00'"],
    "timestamp_ntz": ["timestamp_ntz'2026-03-29 02:30:00.123456'"],
    "binary": ["X'00FF'"],
    "array<int>": ["array(1)"],
}  # fmt: skip
SPELLINGS = {
    "Integer": "int", " LONG ": "bigint", "text": "string", "decimal(12, 2)": "decimal(12,2)", "real": "float",
    "array<long>": "array<bigint>", "array<array<text>>": "array<array<string>>", "timestamp_ntz": "timestamp_ntz",
}  # fmt: skip
UNKNOWN = ["", "varchar(3)", "decimal", "decimal(39,0)", "decimal(2,3)", "array<>", "array<object>", "map<int,int>"]

TEXTS = ["1", " 12 ", "-7", "1.0", "1.239", "2147483648", "x", "", "1e3", "NaN", "99999999999", "+5", "0.10"]
DAYS = [
    "2026-01-31", "2026-02-30", "2026-1-5", "2026-01-31 12:00:00", "2026-01-31Tjunk", "12:30", "2026", "yesterday",
    "2026-01-31T00:00:00+02:00", " 2026-01-31 ",
]  # fmt: skip
IS_A_DAY = {"2026-01-31", "2026-1-5", "2026", " 2026-01-31 "}


@pytest.mark.parametrize("text", SPELLINGS)
def test_types_have_one_spelling(text):
    assert types.parse(text) == SPELLINGS[text]


@pytest.mark.parametrize("text", UNKNOWN)
def test_other_types_are_not_known(text):
    assert types.parse(text) is None


@pytest.mark.parametrize("name", [*VALUES, "array<decimal(3,1)>"])
def test_names_are_those_of_spark(spark, name):
    assert spark.createDataFrame([], f"a {name}").dtypes == [("a", types.parse(name))]


def test_what_widens_comes_back_as_it_was(spark):
    pairs = [(a, b) for a in VALUES for b in VALUES if a != b and types.widens(a, b)]
    assert len(pairs) > 25
    laws = [
        F.expr(f"cast(cast({value} as {b}) as {a}) <=> {value}").alias(f"{value} as {b}")
        for a, b in pairs
        for value in VALUES[a]
    ]
    kept = spark.range(1).select(*laws).first().asDict()
    assert [name for name, same in kept.items() if not same] == []


@pytest.mark.parametrize("a", VALUES)
def test_widening_is_no_conversion_and_goes_one_way(a):
    for b in VALUES:
        assert not (a == "string" and types.widens(a, b))
        if a != b and types.widens(a, b) and {a, b} != {"timestamp", "timestamp_ntz"}:
            assert not types.widens(b, a)


whole = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63), 2**31, 2**31 - 1]))
floating = st.one_of(st.floats(width=64), st.sampled_from([1.5, 2.0**63, -(2.0**63), 2.0**31, 0.1, 1.005, 1e11]))
rows = st.lists(
    st.tuples(
        st.none() | whole, st.none() | floating, st.none() | st.sampled_from(TEXTS), st.none() | st.sampled_from(DAYS)
    ),
    min_size=1,
    max_size=30,
)
CASTS = {
    "w_int": "int", "w_double": "double", "w_float": "float", "f_bigint": "bigint", "f_int": "int",
    "f_decimal": "decimal(12,2)", "f_float": "float", "t_int": "int", "t_decimal": "decimal(12,2)", "d_date": "date",
}  # fmt: skip
SOURCE = {"w": "bigint", "f": "double", "t": "string", "d": "string"}


def keeps(name: str, value) -> bool:
    """What the cast ought to do to one value, by exact arithmetic."""
    return (
        value is None
        or {
            "w_int": lambda: -(2**31) <= value < 2**31,
            "w_double": lambda: int(float(value)) == value,
            "w_float": lambda: int(np.float32(value)) == value,
            "f_bigint": lambda: math.isfinite(value) and value == math.floor(value) and -(2**63) <= value < 2**63,
            "f_int": lambda: math.isfinite(value) and value == math.floor(value) and -(2**31) <= value < 2**31,
            "f_decimal": lambda: (
                math.isfinite(value) and float(in_cents(value)) == value and abs(in_cents(value)) < 10**10
            ),
            "f_float": lambda: math.isnan(value) or float(as_float(value)) == value,
            "t_int": lambda: re.fullmatch(r"\s*[+-]?\d+\s*", value) and int(value) < 2**31,
            "t_decimal": lambda: value in {"1", " 12 ", "-7", "1.0", "2147483648", "1e3", "+5", "0.10"},
            "d_date": lambda: value in IS_A_DAY,
        }[name]()
    )


def in_cents(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP) if abs(value) < 1e20 else Decimal(10) ** 30


def as_float(value: float) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(value)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=rows)
def test_a_cast_that_changes_a_value_is_found_out(spark, rows):
    frame = spark.createDataFrame(rows, "w bigint, f double, t string, d string").coalesce(1)
    found = [
        altered(F.col(name[0]), F.col(name[0]).try_cast(wanted), actual=SOURCE[name[0]], wanted=wanted).alias(name)
        for name, wanted in CASTS.items()
    ]
    for row, seen in zip(rows, frame.select(*found).collect(), strict=True):
        expected = {name: not keeps(name, row["wftd".index(name[0])]) for name in CASTS}
        assert seen.asDict() == expected, row
