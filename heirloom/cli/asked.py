"""The options with which risk commands say whose definitions, and the answer for those."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from governance.risk import CATALOGUE, Inheritance, Node, Register, inheritance
from governance.risk.proof import Holds

if TYPE_CHECKING:
    from heirloom.locations import Location

OWN = "heirloom.definitions"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS = [
    click.option("-m", "--module", help=f"The module with the Definitions; {OWN} without it."),
    click.option("-f", "--file", type=_FILE, help="The Python file with the Definitions."),
    click.option("-w", "--workspace", type=_FILE, help="A workspace.yaml: all its code locations as one graph."),
    click.option("-a", "--attribute", help="The name of the Definitions, where there are several."),
    click.option("--register", multiple=True, type=click.Path(path_type=Path), help="A file or folder of more risks."),
    click.option("--within", type=click.Path(path_type=Path), hidden=True),
    click.option(
        "--findings", multiple=True, type=click.Path(path_type=Path), help="YAML, dbt manifest, OpenMetadata."
    ),
    click.option("--evidence", is_flag=True, help="Ask the event log in DAGSTER_HOME what proofs hold now."),
    click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Findings in force on that day, not today."),
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose risks are asked for: one code location or a workspace, with what is told of it from outside."""

    module: str | None = None
    file: Path | None = None
    workspace: Path | None = None
    attribute: str | None = None
    register: Sequence[Path] = ()
    findings: Sequence[Path] = ()
    within: Path | None = None
    evidence: bool = False
    today: dt.datetime | None = None

    def __post_init__(self) -> None:
        if len([one for one in (self.module, self.file, self.workspace) if one]) > 1:
            raise click.UsageError("Give one of --module, --file and --workspace.")
        if self.workspace and self.attribute:
            raise click.UsageError("A workspace.yaml names its own attributes; leave out --attribute.")

    @property
    def options(self) -> list[tuple[str | Path, ...]]:
        """How to ask the same on a command line."""
        names = ("module", "file", "workspace", "attribute")
        one = [(f"--{name}", getattr(self, name)) for name in names if getattr(self, name)]
        return [
            *one,
            *(("--register", path) for path in self.register),
            *(("--findings", path) for path in self.findings),
            *([("--evidence",)] if self.evidence else []),
            *([("--today", self.today.date().isoformat())] if self.today else []),
        ]


@dataclass(frozen=True)
class Answer:
    """The risks of all that could be loaded, and the error of each code location that could not."""

    risks: Inheritance
    failed: Mapping[str, str]

    @property
    def unread(self) -> list[str]:
        """Why something is unreadable: code locations that failed, else assets that nobody defines."""
        assets = [node.unreadable for node in self.risks.nodes.values() if node.unreadable]
        return [*self.failed.values()] or assets


def of_a_location(function: Callable[..., None]) -> Callable[..., None]:
    """The options, gathered into the command's argument `asked`."""

    @wraps(function)
    def gathered(**given: Any) -> None:
        names = [name for name in given if name in Asked.__dataclass_fields__]
        function(asked=Asked(**{name: given.pop(name) for name in names}), **given)

    return reduce(lambda command, option: option(command), reversed(_OPTIONS), gathered)


def answer(asked: Asked) -> Answer:
    """What is asked for; nothing is answered where nothing could be loaded."""
    from governance.risk.imports import findings_in
    from governance.risk.joining import fail_closed, joined
    from governance.risk.placing import placed
    from heirloom.locations import LocationUnreadable, read

    told = findings_in(*asked.findings)
    register = _register(asked.register)
    workspace = read(_locations(asked))
    if not workspace.nodes:
        raise LocationUnreadable("\n".join(workspace.failed.values()))
    nodes = fail_closed(placed(joined(workspace.nodes), told), workspace.failed)
    today = asked.today.date() if asked.today else dt.datetime.now(dt.UTC).date()
    with _holds(nodes) if asked.evidence else nullcontext() as holds:
        return Answer(inheritance(nodes, register=register, holds=holds, today=today), workspace.failed)


@contextmanager
def _holds(nodes: Sequence[Node]) -> Iterator[Holds]:
    """What the event log says of proofs; where there is none, nothing is answered."""
    from governance.risk.evidence import evidence
    from heirloom.home import event_log

    with event_log() as instance:
        yield evidence(instance, {node.key: node for node in nodes})


def _locations(asked: Asked) -> "Sequence[Location]":
    from heirloom.locations import Location
    from heirloom.workspace import locations_in

    if asked.workspace:
        return [replace(location, within=asked.within) for location in locations_in(asked.workspace)]
    if asked.file:
        return [Location(name=str(asked.file), file=asked.file, attribute=asked.attribute, within=asked.within)]
    module = asked.module or OWN
    return [Location(name=module, module=module, attribute=asked.attribute, within=asked.within)]


def _register(paths: Sequence[Path]) -> Register:
    """The catalogue and these; what they define anew, they define."""
    return Register({**Register.read(CATALOGUE), **(Register.read(*paths) if paths else {})})
