"""docs/catalogues.md names a test for each thing that it says is here."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "catalogues.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_what_it_names_is_there(file, test):
    (path,) = (ROOT / "tests").rglob(file)
    there = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
    assert test in there if test else any(name.startswith("test_") for name in there)


def test_every_row_names_a_test_or_says_no():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| |")]
    assert len(rows) > 15
    for row in rows:
        here = row.split(" | ")[-1]
        assert "test_" in here or "bench/" in here or "**no**" in here or row.startswith("| what propagates"), row
