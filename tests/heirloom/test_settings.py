import pytest

from heirloom.settings import SettingError, Settings


def test_nothing_set_means_everything_below_one_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    settings = Settings.read({})

    places = (settings.warehouse, settings.files, settings.catalog, settings.shop.shown)
    assert all(str(tmp_path / ".heirloom") in place for place in places)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HEIRLOOM_WAREHOUSE", "gs://x", "HEIRLOOM_WAREHOUSE=gs://x is neither a folder nor s3://"),
        ("HEIRLOOM_WAREHOUSE", "s3://", "neither a folder nor s3://bucket/prefix"),
        ("HEIRLOOM_CATALOG", "hive", "HEIRLOOM_CATALOG=hive is no catalog known here"),
        ("HEIRLOOM_SHOP", "mysql://u:secret@h/db", "HEIRLOOM_SHOP=h/db is no database known here"),
        ("HEIRLOOM_PSEUDONYM_KEY", "short", "HEIRLOOM_PSEUDONYM_KEY has 5 characters, it needs at least 16"),
        ("SPARK_REMOTE", "spark:1", "SPARK_REMOTE=spark:1 is no Spark Connect address"),
        ("HEIRLOOM_SPARK_MEMORY", "lots", "HEIRLOOM_SPARK_MEMORY=lots is no amount of memory"),
        ("HEIRLOOM_ENV", "my env", "HEIRLOOM_ENV=my env is no name of an environment"),
        ("HEIRLOOM_WAREHOUS", "x", "HEIRLOOM_WAREHOUS is no setting; did you mean HEIRLOOM_WAREHOUSE"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(name, value, said):
    with pytest.raises(SettingError, match=said):
        Settings.read({name: value})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ("local", None)),
        ({"DAGSTER_CLOUD_DEPLOYMENT_NAME": "pr-7", "DAGSTER_CLOUD_GIT_SHA": "abc"}, ("pr-7", "abc")),
        ({"DAGSTER_CLOUD_DEPLOYMENT_NAME": "x", "HEIRLOOM_ENV": "prod", "HEIRLOOM_CODE_VERSION": "2"}, ("prod", "2")),
    ],
)
def test_where_it_runs_and_what_is_named_or_told_by_the_cloud(environ, expected):
    settings = Settings.read(environ)

    assert (settings.env, settings.code_version) == expected


def test_secrets_print_as_stars():
    settings = Settings.read(
        {"HEIRLOOM_SHOP": "postgresql://u:hunter2@h/db", "HEIRLOOM_PSEUDONYM_KEY": "0123456789abcdef"}
    )

    assert "hunter2" not in f"{settings} {settings!r} {settings.shop}"
    assert "0123456789abcdef" not in f"{settings} {settings!r} {settings.pseudonym_key!s}"
    assert settings.shop.shown == "postgresql://u:hunter2@h/db"
