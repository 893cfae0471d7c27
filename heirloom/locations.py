"""Code locations as Dagster finds them, a module, a file or what a workspace.yaml names, read into one graph."""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
from dagster.components.definitions import LazyDefinitions

from governance.risk import Node, RiskError
from governance.risk.graph import nodes_and_stubs


class LocationUnreadable(RiskError):
    """A code location whose definitions cannot be had."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where the one Definitions of a code location stands; `folders` come first on the path while it loads.

    Its module must stand `within` a folder, if one is given: else another version of it would be read.
    """

    name: str
    module: str | None = None
    file: Path | None = None
    attribute: str | None = None
    folders: tuple[Path, ...] = field(default_factory=lambda: (Path.cwd(),))
    within: Path | None = None


@dataclass(frozen=True)
class Workspace:
    """What was read: nodes by location, and the sentence for each location that could not be."""

    nodes: Mapping[str, Sequence[Node]]
    failed: Mapping[str, str]


def read(locations: Iterable[Location]) -> Workspace:
    """All of them, one after the other; what one imported from its own folders is no module of the next."""
    nodes: dict[str, Sequence[Node]] = {}
    failed: dict[str, str] = {}
    for location in locations:
        try:
            nodes[location.name] = nodes_in(location)
        except LocationUnreadable as error:
            failed[location.name] = str(error)
    return Workspace(nodes, failed)


def nodes_in(location: Location) -> list[Node]:
    """The assets of a location; whatever keeps it from loading becomes one sentence that names it."""
    try:
        # What a module prints while it loads is no part of the answer.
        with _first_on_the_path(location), redirect_stdout(sys.stderr):
            return nodes_and_stubs(_definitions(_module(location), location))
    except LocationUnreadable:
        raise
    except (Exception, SystemExit) as error:  # anybody's code may raise anything
        kind = "" if isinstance(error, RiskError) else f"{type(error).__name__}: "
        said = f"{kind}{error}".strip().splitlines()[0]
        raise LocationUnreadable(f"Code location '{location.name}' could not be loaded: {said}") from error


def _definitions(module: ModuleType, location: Location) -> dg.Definitions:
    found: dict[str, Any] = {
        name: value for name, value in vars(module).items() if isinstance(value, dg.Definitions | LazyDefinitions)
    }
    if location.attribute is not None:
        found = {location.attribute: found[location.attribute]} if location.attribute in found else {}
    if len({id(value) for value in found.values()}) != 1:
        wanted = f"Definitions named '{location.attribute}'" if location.attribute else "Definitions"
        has = f"{len(found)}: {', '.join(found)}; name one with --attribute" if found else "none"
        raise LocationUnreadable(f"Code location '{location.name}' needs one {wanted}; {module.__name__} has {has}.")
    value = next(iter(found.values()))
    defs: dg.Definitions = value() if isinstance(value, LazyDefinitions) else value
    return defs


def _module(location: Location) -> ModuleType:
    module = _imported(location)
    if location.within and not Path(module.__file__ or "").resolve().is_relative_to(location.within.resolve()):
        raise LocationUnreadable(
            f"Code location '{location.name}' was loaded from {module.__file__}, outside of {location.within}."
        )
    return module


def _imported(location: Location) -> ModuleType:
    if location.module is not None:
        return importlib.import_module(location.module)
    if location.file is None:
        raise LocationUnreadable(f"Code location '{location.name}' is served elsewhere; only Python is read here.")
    return _from_file(location.file)


def _from_file(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise LocationUnreadable(f"{file} is no Python file.")
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _first_on_the_path(location: Location) -> Iterator[None]:
    """Afterwards what came from its folders is forgotten: the next location may have modules of the same names."""
    known, path = dict(sys.modules), list(sys.path)
    sys.path[:0] = map(str, location.folders)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in sys.modules.keys() - known.keys():
            if _is_its_own(name.partition(".")[0], location):
                del sys.modules[name]


def _is_its_own(top: str, location: Location) -> bool:
    if location.file is not None and top == location.file.stem:
        return True
    return any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in location.folders)
