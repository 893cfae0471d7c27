"""Versions of contracts: what was published stays as it is, and what changes gets a number that says how much.

The lock file beside the contracts, `published.json`, is written by `heirloom contracts publish` and reviewed like code.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lakehouse.contracts.compatibility import Change, Class, gravest
from lakehouse.contracts.document import Contract
from lakehouse.errors import ContractError

FILE = "published.json"
_IN_FORCE = frozenset({"active", "deprecated", "retired"})
_ASKED: dict[Class, str] = {"breaking": "major", "compatible": "minor", "patch": "patch"}


@dataclass(frozen=True)
class Published:
    """The content of every published version, by contract id and version."""

    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, content: bytes | None, *, path: Path) -> Self:
        """Of a lock file's content; nothing is published where there is none."""
        try:
            return cls(json.loads(content or b"{}"))
        except ValueError as error:
            raise ContractError(f"{path}: not JSON: {error}: restore it from git") from error

    def as_json(self) -> str:
        return json.dumps({name: dict(said) for name, said in self.versions.items()}, indent=2, sort_keys=True) + "\n"

    def content_of(self, contract: Contract) -> str | None:
        return self.versions.get(contract.id, {}).get(contract.version)

    def publish(self, contracts: Sequence[Contract]) -> "Published":
        """With the current versions of all contracts in force; a version that is there already is never replaced."""
        versions = {name: dict(said) for name, said in self.versions.items()}
        for contract in filter(in_force, contracts):
            for problem in self.rewritten(contract):
                raise ContractError(f"{contract.path}: {problem}")
            versions.setdefault(contract.id, {})[contract.version] = contract.content
        return Published(versions)

    def rewritten(self, contract: Contract) -> Iterator[str]:
        known = self.content_of(contract)
        if known is not None and known != contract.content:
            yield (
                f"{contract.reference} was published with other content: a published version stays as it is, "
                "give this one a new version"
            )

    def unpublished(self, contract: Contract) -> Iterator[str]:
        if in_force(contract) and self.content_of(contract) is None:
            yield f"{contract.reference} is {contract.status} and not published: run `heirloom contracts publish`"

    def forgotten(self, now: "Published") -> Iterator[str]:
        """What a later lock file leaves out or tells otherwise."""
        for name, said in sorted(self.versions.items()):
            for version, content in sorted(said.items()):
                if now.versions.get(name, {}).get(version) != content:
                    yield f"{name}@{version} is not in {FILE} as it was published: restore that line"


def in_force(contract: Contract) -> bool:
    """Whether somebody may rely on it; drafts and proposals promise nothing yet."""
    return contract.status in _IN_FORCE


def too_small_a_step(old: Contract, new: Contract, changes: Sequence[Change]) -> Iterator[str]:
    """Why the new version's number does not say what its changes do to others."""
    kind = gravest(changes)
    if not in_force(old):
        return
    if not in_force(new):
        yield f"{old.reference} is {old.status} and becomes {new.status}: write the draft of its next version elsewhere"
    elif kind is None:
        if _numbers(new.version) < _numbers(old.version):
            yield f"{new.id} goes back from {old.version} to {new.version}"
    elif _numbers(new.version) < _least(old.version, kind):
        least = f"a {_ASKED[kind]} version, {next_version(old.version, kind)} or later"
        yield f"{new.reference} has {kind} changes since {old.version}: it needs {least}"


def next_version(version: str, kind: Class) -> str:
    return ".".join(map(str, _least(version, kind)))


def _least(version: str, kind: Class) -> tuple[int, int, int]:
    major, minor, patch = _numbers(version)
    return {"breaking": (major + 1, 0, 0), "compatible": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[
        kind
    ]


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch
