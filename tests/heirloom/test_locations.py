"""Anybody's code locations, loaded from outside."""

import sys
from pathlib import Path

import pytest

from governance.risk import RiskError
from heirloom.locations import Location, nodes_in, read
from heirloom.workspace import locations_in

ONE = """
import dagster as dg
whatever = dg.Definitions(assets=[dg.AssetSpec("{key}")])
"""


@pytest.fixture
def write(tmp_path):
    def write(path, text=ONE, **values):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**values) if values else text)
        return file

    return write


def keys(nodes):
    return [node.key for node in nodes]


def test_a_module_and_a_file_whatever_the_attribute_is_called(write):
    file = write("loc_a.py", key="a")
    assert keys(nodes_in(Location(name="a", module="loc_a"))) == ["a"]
    assert keys(nodes_in(Location(name="a", file=file))) == ["a"]


def test_lazy_definitions_are_loaded(write):
    file = write("loc_lazy.py", "import dagster as dg\n@dg.definitions\ndef d():\n    return dg.Definitions()\n")
    assert nodes_in(Location(name="lazy", file=file)) == []


def test_the_same_definitions_under_two_names_are_one(write):
    assert keys(nodes_in(Location(name="x", file=write("loc_x.py", ONE + "defs = whatever\n", key="x")))) == ["x"]


def test_what_was_imported_is_forgotten_and_the_path_is_as_before(write, tmp_path):
    write("helper_of_a.py", "KEY = 'a'\n")
    write("loc_a.py", "import helper_of_a\n" + ONE, key="a")
    before = list(sys.path)
    nodes_in(Location(name="a", module="loc_a"))
    assert sys.path == before
    assert {"loc_a", "helper_of_a"}.isdisjoint(sys.modules)


def test_locations_with_modules_of_the_same_names_do_not_mix(write, tmp_path):
    for name in "ab":
        write(
            f"{name}/definitions.py",
            "import dagster as dg\nfrom keys import KEY\nd = dg.Definitions([dg.AssetSpec(KEY)])",
        )
        write(f"{name}/keys.py", f"KEY = '{name}'\n")
    found = read(Location(name=name, module="definitions", folders=(tmp_path / name,)) for name in "ab")
    assert {name: keys(nodes) for name, nodes in found.nodes.items()} == {"a": ["a"], "b": ["b"]}


def test_what_a_location_prints_is_no_part_of_the_answer(write, capsys):
    nodes_in(Location(name="a", file=write("loc_p.py", "print('hello')\n" + ONE, key="a")))
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import nothing_like_it", r"'x' could not be loaded: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("raise SystemExit(3)", r"'x' could not be loaded: SystemExit: 3"),
        ("def f(:", r"'x' could not be loaded: SyntaxError: invalid syntax"),
        ("1 / 0", r"'x' could not be loaded: ZeroDivisionError: division by zero"),
        ("", r"'x' needs one Definitions; loc_bad has none"),
        (
            "import dagster as dg\na = dg.Definitions()\nb = dg.Definitions()",
            r"'x' needs one Definitions; loc_bad has 2: a, b; name one with --attribute",
        ),
        (
            "import dagster as dg\nd = dg.Definitions([dg.AssetSpec('k', metadata={'heirloom/findings': 'pii'})])",
            r"'x' could not be loaded: k: metadata 'heirloom/findings' must be a list",
        ),
        (
            "import dagster as dg\nd = dg.Definitions([dg.AssetSpec('k'), dg.AssetSpec('k', tags={'a': 'b'})])",
            r"'x' could not be loaded: .*k",
        ),
    ],
)
def test_whatever_is_wrong_is_one_sentence_with_the_name(write, text, sentence):
    with pytest.raises(RiskError, match=f"^Code location {sentence}") as raised:
        nodes_in(Location(name="x", file=write("loc_bad.py", text)))
    assert "\n" not in str(raised.value)


def test_an_attribute_may_be_named(write):
    file = write("loc_two.py", ONE + "other = dg.Definitions(assets=[dg.AssetSpec('o')])\n", key="w")
    assert keys(nodes_in(Location(name="x", file=file, attribute="other"))) == ["o"]
    with pytest.raises(RiskError, match=r"needs one Definitions named 'othr'; loc_two has none"):
        nodes_in(Location(name="x", file=file, attribute="othr"))


def test_a_module_from_elsewhere_than_demanded_is_refused(write, tmp_path):
    file = write("loc_w.py", key="a")
    assert nodes_in(Location(name="x", file=file, within=tmp_path))
    with pytest.raises(RiskError, match=r"'x' was loaded from .*loc_w\.py, outside of .*elsewhere"):
        nodes_in(Location(name="x", file=file, within=tmp_path / "elsewhere"))


WORKSPACE = """
load_from:
  - python_file: sub/file.py
  - python_module: loc_mod
  - python_module: {module_name: deep.defs, working_directory: sub, location_name: named}
  - python_package: loc_pkg
  - grpc_server: {host: localhost, port: 4000, location_name: far}
"""


def test_a_workspace_is_read_as_dagster_reads_it(write, tmp_path):
    for path, key in (
        ("sub/file.py", "f"),
        ("loc_mod.py", "m"),
        ("sub/deep/defs.py", "d"),
        ("loc_pkg/__init__.py", "p"),
    ):
        write(path, key=key)
    found = read(locations_in(write("workspace.yaml", WORKSPACE)))
    assert {name: keys(nodes) for name, nodes in found.nodes.items()} == {
        "file.py": ["f"],
        "loc_mod": ["m"],
        "named": ["d"],
        "loc_pkg": ["p"],
    }
    assert found.failed == {"far": "Code location 'far' is served elsewhere; only Python is read here."}


def test_a_workspace_is_read_from_elsewhere_too(write, tmp_path, monkeypatch):
    write("proj/loc_far.py", key="far")
    workspace = write("proj/workspace.yaml", "load_from:\n  - python_module: loc_far\n")
    monkeypatch.chdir("/")
    assert keys(read(locations_in(workspace)).nodes["loc_far"]) == ["far"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("load_from:\n  - python_modul: x\n", r"workspace\.yaml is no workspace: .*python_modul"),
        ("load_from: [", r"workspace\.yaml is no workspace: .*expected the node content"),
        ("", r"workspace\.yaml is no workspace"),
        ("load_from: []\n", r"workspace\.yaml names no code location\. List them under 'load_from:'"),
        ("load_from:\n  - python_module: a\n  - python_module: a\n", r"multiple locations with the same name"),
    ],
)
def test_a_bad_workspace_is_one_sentence(write, text, sentence):
    with pytest.raises(RiskError, match=sentence) as raised:
        locations_in(write("workspace.yaml", text))
    assert "\n" not in str(raised.value)


def test_a_missing_workspace_is_one_sentence():
    with pytest.raises(RiskError, match=r"none\.yaml is no workspace: .*No such file"):
        locations_in(Path("none.yaml"))
