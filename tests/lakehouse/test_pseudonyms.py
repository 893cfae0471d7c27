import hashlib
import hmac
import traceback

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.errors import AnalysisException

from lakehouse.errors import LakehouseError
from lakehouse.pseudonyms import Pseudonyms

KEY = b"sixteen bytes at least"
PADDED = [bytes(byte ^ pad for byte in KEY.ljust(64, b"\0")).hex().upper() for pad in (0x36, 0x5C)]

identifiers = st.none() | st.text(alphabet=st.characters(codec="utf-8"), max_size=70)


def made(spark, pseudonyms, values):
    frame = spark.createDataFrame([(value,) for value in values], "id string").coalesce(1)
    return [row[0] for row in frame.select(pseudonyms.column(frame, "id")).collect()]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.binary(min_size=16, max_size=200), values=st.lists(identifiers, min_size=1, max_size=40))
def test_spark_and_python_make_the_same(spark, key, values):
    pseudonyms = Pseudonyms(key)
    expected = [None if value is None else pseudonyms.of(value) for value in values]
    assert made(spark, pseudonyms, values) == expected


def test_it_is_the_hmac_of_the_standard_library():
    assert Pseudonyms(KEY).of("C-1") == hmac.new(KEY, b"C-1", hashlib.sha256).hexdigest()[:32]


def test_numbers_are_their_text(spark):
    frame = spark.range(2).select(Pseudonyms(KEY).column(spark.range(2), "id"))
    assert [row[0] for row in frame.collect()] == [Pseudonyms(KEY).of("0"), Pseudonyms(KEY).of("1")]


def test_another_key_makes_other_names_also_later_in_one_session(spark):
    one, other = Pseudonyms(KEY), Pseudonyms(KEY[::-1])
    frame = spark.createDataFrame([("x",)], "id string")
    first = frame.select(one.column(frame, "id"))
    assert made(spark, other, ["x"]) == [other.of("x")]
    assert first.first()[0] == one.of("x") != other.of("x")


@pytest.mark.parametrize("key", [b"", b"fifteen bytes!!"])
def test_a_short_key_is_refused(key):
    sentence = rf"a pseudonym key of {len(key)} bytes can be guessed: give at least 16 \(HEIRLOOM_PSEUDONYM_KEY\)"
    with pytest.raises(LakehouseError, match=sentence):
        Pseudonyms(key)


def shown(text: str) -> list[str]:
    """What of the key can be read in a text, in any spelling."""
    spellings = [KEY.decode(), KEY.hex().upper(), *PADDED, *(part[:24] for part in PADDED)]
    return [spelling for spelling in spellings if spelling in text or spelling in text.upper()]


def test_the_key_is_not_in_the_repr():
    assert shown(repr(Pseudonyms(KEY)) + str(Pseudonyms(KEY))) == []


def test_the_key_is_in_no_plan(spark):
    frame = spark.range(1).select(Pseudonyms(KEY).column(spark.range(1), "id").alias("customer"))
    assert shown(frame._jdf.queryExecution().toString()) == []
    assert shown(frame._jdf.queryExecution().analyzed().toString()) == []


def test_the_key_is_in_no_message_about_a_misspelt_column(spark, capfd):
    """Spark writes the whole plan into it, and Dagster keeps it for years."""
    frame = spark.range(1).select(Pseudonyms(KEY).column(spark.range(1), "id"))
    with pytest.raises(AnalysisException, match="nope") as refused:
        frame.select("nope")
    with pytest.raises(AnalysisException, match="nope") as refused_inside:
        spark.range(1).select(Pseudonyms(KEY).column(spark.range(1), "nope"))
    told = [*traceback.format_exception(refused.value), *traceback.format_exception(refused_inside.value)]
    assert shown("".join([*told, *capfd.readouterr()])) == []


def test_a_session_that_takes_no_function_says_so_without_the_key(spark, monkeypatch):
    def refuse(self, text):
        raise RuntimeError(text)

    frame = spark.range(1)
    monkeypatch.setattr("pyspark.sql.SparkSession.sql", refuse)
    with pytest.raises(LakehouseError, match="pseudonyms cannot be made") as refused:
        Pseudonyms(KEY).column(frame, "id")
    assert shown("".join(traceback.format_exception(refused.value))) == []
