"""YAML as entries that know their file and line, so that a refusal can name them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from governance.risk.errors import RegisterError

_NULL = "tag:yaml.org,2002:null"


class Text(NamedTuple):
    """A scalar and the place where it stands, as `file:line`."""

    value: str
    where: str


class Entry(NamedTuple):
    """A named mapping of texts."""

    name: Text
    fields: dict[str, Text]


def entries(path: Path) -> Iterator[Entry]:
    """The entries of a file that is one mapping of names to mappings of texts."""
    for name, node in pairs(document(path), path, at=f"{path}:1"):
        yield Entry(name, fields(node, path, at=name))


def document(path: Path) -> yaml.Node | None:
    """The file as a tree whose nodes know their lines."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else path
        raise RegisterError(f"{where}: not YAML: {getattr(error, 'problem', error)}.") from error
    except OSError as error:
        raise RegisterError(f"{path} cannot be read: {error.strerror}. Check the path.") from error


def fields(node: yaml.Node, path: Path, *, at: Text) -> dict[str, Text]:
    """A mapping of names to texts."""
    found: dict[str, Text] = {}
    for key, value in pairs(node, path, at=at.where):
        if not isinstance(value, yaml.ScalarNode) or not value.value.strip() or value.tag == _NULL:
            raise RegisterError(f"{key.where}: '{key.value}' of '{at.value}' must be a text.")
        found[key.value] = Text(value.value.strip(), key.where)
    return found


def pairs(
    node: yaml.Node | None, path: Path, *, at: str, such_as: str = "privacy.pii_exposure"
) -> Iterator[tuple[Text, yaml.Node]]:
    """A mapping's keys with their places; a key that is given twice is refused."""
    if not isinstance(node, yaml.MappingNode):
        raise RegisterError(f"{at}: expected a mapping, such as '{such_as}:' with indented lines.")
    seen: dict[str, str] = {}
    for key, value in node.value:
        text = Text(str(key.value), f"{path}:{key.start_mark.line + 1}")
        if text.value in seen:
            raise RegisterError(f"{text.where}: '{text.value}' is a duplicate, first given at {seen[text.value]}.")
        seen[text.value] = text.where
        yield text, value
