"""How changes of contracts read: in a terminal, and in a pull request."""

from collections.abc import Mapping, Sequence

from heirloom.cli.table import aligned
from lakehouse.contracts.compatibility import Change, Side

_TITLES = ("class", "contract", "change", "from", "to", "readers", "writers")
_SIDES: tuple[Side, Side] = ("reader", "writer")
_LONGEST = 80
# A comment on GitHub holds 65,536 characters.
_SHOWN = 100


def as_text(changed: Mapping[str, Sequence[Change]], problems: Sequence[str]) -> str:
    rows = _rows(changed)
    return "\n".join([_answer(rows, problems), *[f"  {one}" for one in problems], *(aligned(rows) if rows else [])])


def as_markdown(changed: Mapping[str, Sequence[Change]], problems: Sequence[str]) -> str:
    rows = _rows(changed)
    titles = [_TITLES, ("---",) * len(_TITLES)] if rows else []
    table = [f"| {' | '.join(map(_escaped, row))} |" for row in (*titles, *rows[:_SHOWN])]
    more = ["", f"{len(rows) - _SHOWN} more: run `heirloom contracts check`."] if len(rows) > _SHOWN else []
    listed = [f"- {one}" for one in problems]
    return "\n".join([f"**{_answer(rows, problems)}**", "", *listed, *([""] if listed else []), *table, *more]).strip()


def _answer(rows: Sequence[Sequence[str]], problems: Sequence[str]) -> str:
    if problems:
        return f"{len(problems)} to put right in the contracts."
    return f"The contracts' versions say what changed ({len(rows)})." if rows else "No contract changed."


def _rows(changed: Mapping[str, Sequence[Change]]) -> list[tuple[str, ...]]:
    found = [(change, name) for name, changes in changed.items() for change in changes]
    return [
        _row(change, name) for change, name in sorted(found, key=lambda one: (one[0].order[0], one[1], one[0].what))
    ]


def _row(change: Change, name: str) -> tuple[str, ...]:
    sides = ["break" if side in change.breaks else "go on" for side in _SIDES]
    return change.kind, name, change.what, _short(change.before), _short(change.after), *sides


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
