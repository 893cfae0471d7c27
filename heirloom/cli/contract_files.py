"""Where the contracts of this location are, as files, and what they were at a git revision."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lakehouse.contracts.document import Contract
    from lakehouse.contracts.published import Published

_PACKAGES = ("clv_assets", "propensity_assets")


def of_folders(function: Callable[..., None]) -> Callable[..., None]:
    """The option that names folders; without it they are those of the location's packages."""
    kind = click.Path(exists=True, file_okay=False, path_type=Path)
    return click.option("--folder", "folders", multiple=True, type=kind, help="Instead of the location's folders.")(
        function
    )


def folders_of(named: Sequence[Path]) -> list[Path]:
    specs = [find_spec(package) for package in _PACKAGES]
    own = [Path(spec.origin).parent / "contracts" for spec in specs if spec and spec.origin]
    return [_short(folder) for folder in named or own if folder.is_dir()]


def contracts_of(folder: Path) -> "list[Contract]":
    from lakehouse.contracts.document import contracts_in

    return list(contracts_in(folder).values())


def contracts_at(revision: str, folder: Path) -> "dict[str, Contract]":
    """Those of the folder there, by file name."""
    from heirloom.revision import files_at

    files = [path for path in files_at(revision, folder) if path.suffix == ".yaml"]
    return {path.name: contract_at(revision, path) for path in files}


def contract_at(revision: str, path: Path) -> "Contract":
    from heirloom.revision import RevisionUnreadable, file_at
    from lakehouse.contracts.document import contract_of

    content = file_at(revision, path)
    if content is None:
        raise RevisionUnreadable(f"There was no {path} at {revision}.")
    return contract_of(content, Path(f"{revision}:{path}"))


def published_in(folder: Path, *, revision: str | None = None) -> "Published":
    from heirloom.revision import file_at
    from lakehouse.contracts.published import FILE, Published

    path = folder / FILE
    if revision is not None:
        return Published.read(file_at(revision, path), path=Path(f"{revision}:{path}"))
    return Published.read(path.read_bytes() if path.exists() else None, path=path)


def _short(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder
