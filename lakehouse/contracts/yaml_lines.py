"""YAML that remembers the line of every key, so that a refusal can name it."""

from collections.abc import Hashable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from lakehouse.errors import ContractError


class Block(dict[str, Any]):
    """A YAML mapping with the line of each of its keys."""

    lines: dict[str, int]
    line: int
    path: Path

    def refuse(self, sentence: str, *, key: str | None = None) -> ContractError:
        line = self.lines.get(key, self.line) if key else self.line
        return ContractError(f"{self.path}:{line}: {sentence}")

    def only(self, allowed: frozenset[str]) -> None:
        for key in self:
            if key not in allowed:
                near = get_close_matches(key, allowed, n=1)
                hint = f"; did you mean '{near[0]}'?" if near else f"; known here: {', '.join(sorted(allowed))}"
                raise self.refuse(f"unknown key '{key}'{hint}", key=key)

    def need(self, key: str, kind: type = str) -> Any:
        if key not in self:
            raise self.refuse(f"'{key}' is missing")
        if not isinstance(self[key], kind):
            raise self.refuse(f"'{key}' must be a {kind.__name__}, not {self[key]!r}", key=key)
        return self[key]

    def blocks(self, key: str) -> list["Block"]:
        found = self.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, Block) for one in found):
            raise self.refuse(f"'{key}' must be a list of mappings", key=key)
        return found


def load(path: Path) -> Block:
    """The document in `path`; its mappings are `Block`s."""
    loader = _loader(path)(path.read_text(encoding="utf-8"))
    try:
        document = loader.get_single_data()
    except yaml.YAMLError as error:
        raise ContractError(f"{path}: not YAML: {error}") from error
    finally:
        loader.dispose()
    if not isinstance(document, Block):
        raise ContractError(f"{path}: a contract is one YAML mapping, not {type(document).__name__}")
    return document


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
