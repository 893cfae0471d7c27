"""YAML that remembers the line of every key, so that a refusal can name it."""

import math
from collections.abc import Collection, Hashable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from lakehouse.errors import ContractError

_MEANS = {str: "text (quote it)", bool: "true or false", dict: "a mapping", list: "a list"}


class Block(dict[str, Any]):
    """A YAML mapping with the line of each of its keys."""

    lines: dict[str, int]
    line: int
    path: Path

    def refuse(self, sentence: str, *, key: str | None = None) -> ContractError:
        line = self.lines.get(key, self.line) if key else self.line
        return ContractError(f"{self.path}:{line}: {sentence}")

    def only(self, allowed: Collection[str], *, what: str = "key", beyond: Mapping[str, str] | None = None) -> None:
        """Refuse other keys; of those that the standard has say why they are `beyond` what is kept here."""
        for key in self:
            if key in (beyond or {}):
                raise self.refuse(
                    f"{what} '{key}' of the standard is not supported here: {(beyond or {})[key]}", key=key
                )
            if key not in allowed:
                raise self.refuse(f"unknown {what} '{key}'; {nearest(key, allowed)}", key=key)

    def need(self, key: str, kind: type = str) -> Any:
        if key not in self:
            raise self.refuse(f"'{key}' is missing")
        return self.maybe(key, kind)

    def maybe(self, key: str, kind: type = str) -> Any:
        """The value of an optional key, of this kind if it is there."""
        value = self.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.refuse(f"'{key}' must be {_MEANS[kind]}, not {value!r}", key=key)
        if value is None and key in self:
            raise self.refuse(f"'{key}' is empty: say {_MEANS[kind]}, or leave the key out", key=key)
        return value

    def flag(self, key: str) -> bool:
        return bool(self.maybe(key, bool))

    def blocks(self, key: str) -> list["Block"]:
        found = self.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, Block) for one in found):
            raise self.refuse(f"'{key}' must be a list of mappings", key=key)
        return found


def nearest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(str(name), known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(sorted(known)) or 'none'}"


def is_number(value: Any) -> bool:
    """Whether YAML read a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def load(path: Path) -> Block:
    """The document in `path`."""
    return parsed(path.read_bytes(), path)


def parsed(content: bytes, path: Path) -> Block:
    """The document that `path` holds or held; its mappings are `Block`s."""
    try:
        loader = _loader(path)(content.decode("utf-8"))
        try:
            document = loader.get_single_data()
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise ContractError(f"{path}: not UTF-8: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ContractError(f"{path}:{line}: not YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(document, Block):
        raise ContractError(f"{path}:1: a contract is one YAML mapping, not {type(document).__name__}")
    return document


def dumped(document: Block) -> str:
    """The document as YAML again."""
    return yaml.safe_dump(_plain(document), sort_keys=False, allow_unicode=True, width=120)


def _plain(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items()}
    return [_plain(one) for one in part] if isinstance(part, list) else part


def _loader(path: Path) -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: ARG002, FBT001, FBT002
            block = Block()
            block.path, block.line, block.lines = path, node.start_mark.line + 1, {}
            for key_node, value_node in node.value:
                key, line = str(self.construct_object(key_node)), key_node.start_mark.line + 1
                if key in block:
                    raise ContractError(f"{path}:{line}: '{key}' is given twice")
                block[key] = self.construct_object(value_node, deep=True)
                block.lines[key] = line
            return block  # type: ignore[return-value]

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
        return loader.construct_mapping(node)

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader
