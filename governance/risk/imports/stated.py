"""What stands under `heirloom` in another system's metadata: a list of findings in the words of `@carries`."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from governance.risk.errors import FindingError
from governance.risk.findings import Finding

KEY = "heirloom"


def stated(metadata: Any, *, where: str, column: str | None = None, owner: str | None = None) -> list[Finding] | None:
    """The findings there, on this column and of this owner unless they name their own; None if nothing is stated."""
    if not isinstance(metadata, Mapping):
        return None
    for name in metadata:
        refuse_misspelt(name, where=where)
    if KEY not in metadata:
        return None
    listed = metadata[KEY]
    if not isinstance(listed, list):
        raise FindingError(
            f"{where}: '{KEY}' must be a list of findings, or [] where somebody looked and found nothing."
        )
    given = {name: value for name, value in (("column", column), ("owner", owner)) if value}
    return [_finding(raw, given, where=f"{where}, finding {number}") for number, raw in enumerate(listed, start=1)]


def text(item: Any, *names: str, where: str) -> str:
    """The first of these that is there and says something."""
    for name in names:
        if isinstance(item, Mapping) and isinstance(item.get(name), str) and item[name]:
            return str(item[name])
    raise FindingError(f"{where}: '{names[-1]}' is missing. Export it anew, whole.")


def refuse_misspelt(name: object, *, where: str) -> None:
    """What is almost our key would be read by nobody."""
    if name != KEY and get_close_matches(str(name).casefold(), [KEY], cutoff=0.8):
        raise FindingError(f"{where}: '{name}' is read by nobody. Did you mean '{KEY}'?")


def _finding(raw: Any, given: Mapping[str, str], *, where: str) -> Finding:
    if not isinstance(raw, Mapping):
        return Finding.parse(raw, where=where)
    if "column" in given and "column" in raw:
        raise FindingError(f"{where}: it stands on column '{given['column']}' already. Leave out 'column'.")
    return Finding.parse({**given, **raw}, where=where)
