"""`heirloom shop`, as typed."""

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from heirloom.cli import main

SMALL = ("--customers", "20", "--days", "3")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HEIRLOOM_HOME", str(tmp_path / "home"))
    return tmp_path


def typed(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(main, ["shop", *SMALL, *words])
    assert done.exit_code == code, done.output
    return done


def test_a_shop_is_made_with_its_clicks(home):
    said = typed("--clicks", str(home / "clicks"), "--every", "day").output.splitlines()

    assert (home / "home" / "shop.db").is_file()
    assert said[0].startswith("20 customers, ")
    files = sorted((home / "clicks").iterdir())
    lines = sum(len(gzip.decompress(file.read_bytes()).splitlines()) for file in files)
    sessions = pq.read_table(home / "clicks-truth" / "sessions.parquet").num_rows
    assert said[1] == f"{lines:,} lines of {sessions:,} sessions in {len(files)} files"


def test_clicks_are_played_into_a_folder_and_no_shop_is_written(home):
    said = typed("--customers", "300", "--live", "100", "--seconds", "1", "--to", str(home / "in")).output

    files = list((home / "in").iterdir())
    lines = sum(len(file.read_bytes().splitlines()) for file in files)
    assert said == f"{lines:,} lines played\n"
    assert lines > 20
    assert not (home / "home" / "shop.db").exists()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--live", "5"), 2, "--live needs --to"),
        (("--live", "0", "--to", "in"), 1, "Clicks cannot be played at 0.0 a second"),
        (("--live", "5", "--to", "kafka://host/topic"), 1, "Clicks cannot be written to 'kafka'"),
        (("--clicks", "in", "--zone", "Mars"), 1, "'Mars' is no time zone"),
    ],
)
def test_what_cannot_be_done_is_said(home, monkeypatch, words, code, sentence):
    monkeypatch.chdir(home)

    assert sentence in typed(*words, code=code).output
