import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from heirloom.resources import lake, pseudonyms, session
from heirloom.settings import Settings


def test_a_home_gets_one_key_that_only_its_owner_reads(tmp_path):
    settings = Settings.read({"HEIRLOOM_HOME": str(tmp_path)})

    first = pseudonyms(settings)

    assert pseudonyms(settings) == first
    assert stat.S_IMODE((tmp_path / "pseudonym.key").stat().st_mode) == 0o600


def test_whoever_comes_first_decides_the_key(tmp_path):
    settings = Settings.read({"HEIRLOOM_HOME": str(tmp_path)})

    with ThreadPoolExecutor(8) as pool:
        keys = {made.key for made in pool.map(lambda _: pseudonyms(settings), range(16))}

    assert len(keys) == 1


def test_a_key_of_the_settings_wins(tmp_path):
    settings = Settings.read({"HEIRLOOM_HOME": str(tmp_path), "HEIRLOOM_PSEUDONYM_KEY": "0123456789abcdef"})

    assert pseudonyms(settings).key == b"0123456789abcdef"
    assert not (tmp_path / "pseudonym.key").exists()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HEIRLOOM_CATALOG": "glue", "HEIRLOOM_WAREHOUSE": "s3://b/p"}, {"type": "glue"}),
        ({"HEIRLOOM_CATALOG": "https://catalog"}, {"type": "rest", "uri": "https://catalog"}),
    ],
)
def test_an_outgrown_catalog_is_the_same_for_spark(environ, expected):
    conf = lake(Settings.read(environ)).spark_conf()

    assert expected.items() <= {name.removeprefix("spark.sql.catalog.lake."): v for name, v in conf.items()}.items()


def test_the_shops_driver_comes_along_only_where_it_is_needed():
    assert not any("postgresql" in jar for jar in session(Settings.read({})).packages)
    assert any("postgresql" in jar for jar in session(Settings.read({"HEIRLOOM_SHOP": "postgresql://h/db"})).packages)
