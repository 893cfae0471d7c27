"""What was there at a git revision: files, and the answer of `heirloom risks` by its own code in its own process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from governance.risk import RiskError

_COMMAND = [sys.executable, "-W", "ignore", "-c", "from heirloom.cli import main; main()", "risks", "--json"]
_TOLD = ("--register", "--findings")


class RevisionUnreadable(RiskError):
    """A revision that does not exist, or whose definitions cannot be had."""


def document_at(revision: str, *, options: Sequence[tuple[str | Path, ...]]) -> dict[str, Any]:
    """What `heirloom risks --json` says there, from the same folder of the repository.

    Findings and registers that the revision does not have yet are left out.
    """
    root, here = top(), _git("rev-parse", "--show-prefix")
    commit = commit_of(revision)
    with _checked_out(commit) as tree:
        there = [(option, *(_moved(value, root, tree) for value in values)) for option, *values in options]
        kept = [pair for pair in there if pair[0] not in _TOLD or (tree / here / pair[1]).exists()]
        words = [str(word) for pair in kept for word in pair]
        return _answer([*_COMMAND, *words, "--within", str(tree)], tree, tree / here, revision)


def top() -> Path:
    """The repository's folder."""
    return Path(_git("rev-parse", "--show-toplevel"))


def commit_of(revision: str) -> str:
    return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)


def file_at(revision: str, path: Path) -> bytes | None:
    """What `path` held there; None if there was no such file."""
    commit, folder = commit_of(revision), str(path.absolute().parent)
    listed = _git("-C", folder, "ls-tree", "--name-only", commit, "--", path.name)
    return _output("-C", folder, "show", f"{commit}:./{path.name}").encode() if listed else None


def files_at(revision: str, folder: Path) -> list[Path]:
    """The files that lay in `folder` there."""
    listed = _git("-C", str(folder.absolute()), "ls-tree", "--name-only", commit_of(revision))
    return [folder / name for name in listed.splitlines()]


def code_version() -> str:
    """The commit of the code that runs, `-dirty` if it was changed since; the package's version outside of git."""
    here = Path(__file__)
    try:
        # Installed code may lie inside somebody else's repository, which then does not know it.
        _git("-C", str(here.parent), "ls-files", "--error-unmatch", here.name)
        return _git("-C", str(here.parent), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except RevisionUnreadable:
        return f"heirloom {version('heirloom')}"


def _answer(command: Sequence[str], tree: Path, folder: Path, revision: str) -> dict[str, Any]:
    path = os.pathsep.join(filter(None, (str(folder), str(tree), str(tree / "src"), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1].removeprefix("Error: ")
        raise RevisionUnreadable(f"The risks at '{revision}' cannot be read: {said}") from None
    return found


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="heirloom-") as folder:
        tree = Path(folder).resolve() / "tree"
        # Hooks of the repository are for people's checkouts.
        _git("-c", "core.hooksPath=/dev/null", "worktree", "add", "--detach", "--quiet", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _moved(value: str | Path, top: Path, tree: Path) -> str | Path:
    """The same file in the other tree; one from outside the repository stays."""
    inside = isinstance(value, Path) and value.is_absolute() and value.is_relative_to(top)
    return tree / Path(value).relative_to(top) if inside else value


def _git(*words: str, what: str = "") -> str:
    return _output(*words, what=what).strip()


def _output(*words: str, what: str = "") -> str:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RevisionUnreadable(
            "git is not installed. Compare with a file saved by `heirloom risks --json`."
        ) from None
    if done.returncode:
        said = done.stderr.strip() or f"'{what}' is neither a revision of this repository nor a saved file."
        raise RevisionUnreadable(said.splitlines()[-1])
    return done.stdout
