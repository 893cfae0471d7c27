"""The answer of `heirloom risks` at a git revision: its own code, checked out beside, in a process of its own."""

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
    top, here = Path(_git("rev-parse", "--show-toplevel")), _git("rev-parse", "--show-prefix")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    with _checked_out(commit) as tree:
        there = [(option, *(_moved(value, top, tree) for value in values)) for option, *values in options]
        kept = [pair for pair in there if pair[0] not in _TOLD or (tree / here / pair[1]).exists()]
        words = [str(word) for pair in kept for word in pair]
        return _answer([*_COMMAND, *words, "--within", str(tree)], tree, tree / here, revision)


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
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RevisionUnreadable(
            "git is not installed. Compare with a file saved by `heirloom risks --json`."
        ) from None
    if done.returncode:
        said = done.stderr.strip() or f"'{what}' is neither a revision of this repository nor a saved file."
        raise RevisionUnreadable(said.splitlines()[-1])
    return done.stdout.strip()
