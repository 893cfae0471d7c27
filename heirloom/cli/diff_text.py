"""How changes of inherited risk read: in a terminal, and in a pull request."""

from collections import Counter
from collections.abc import Iterable, Sequence

from governance.risk.diff import Change, What
from heirloom.cli.risk_words import plural
from heirloom.cli.table import aligned

_WORDS: dict[What, str] = {
    "gained": "gained",
    "worsened": "worse",
    "unmitigated": "less is done",
    "unknown": "not known",
    "lost": "gone",
}
_ARROW = " → "
_TITLES = ["change", "asset", "risk", "from", "nearest route", "accepted"]
# A comment on GitHub holds 65,536 characters.
_SHOWN = 100
_NAMED = 8


def as_text(found: Sequence[Change], open_: Sequence[Change], *, base: str) -> str:
    return "\n".join([sentence(found, open_, base=base), *aligned(_rows(found, open_))])


def as_markdown(found: Sequence[Change], open_: Sequence[Change], *, base: str) -> str:
    rows = [[_escaped(cell) for cell in row] for row in _rows(found, open_)]
    more = ["", f"{len(rows) - _SHOWN} more: run `heirloom diff`."] if len(rows) > _SHOWN else []
    titles = [_TITLES, ["---"] * len(_TITLES)] if rows else []
    table = [f"| {' | '.join(row)} |" for row in (*titles, *rows[:_SHOWN])]
    return "\n".join([f"**{sentence(found, open_, base=base)}**", "", *table, *more]).strip()


def sentence(found: Sequence[Change], open_: Sequence[Change], *, base: str) -> str:
    """The answer."""
    gone = len(_together(one for one in found if one.what == "lost"))
    aside = f" {plural(gone, 'risk')} gone." if gone else ""
    if not open_:
        taken = " All that is worse was accepted." if any(change.worse for change in found) else ""
        return f"No asset has more risk to answer for than at {base}.{taken}{aside}"
    assets = sorted({change.thing.asset for change in open_})
    named = ", ".join([*assets[:_NAMED], *([f"{len(assets) - _NAMED} more"] if len(assets) > _NAMED else [])])
    return f"{plural(len(assets), 'asset')} to answer for since {base} ({_counts(open_)}): {named}.{aside}"


def _counts(open_: Sequence[Change]) -> str:
    rows = Counter(same[0].what for same in _together(open_))
    return ", ".join(f"{rows[what]} {word}" for what, word in _WORDS.items() if rows[what])


def _rows(found: Sequence[Change], open_: Sequence[Change]) -> list[tuple[str, ...]]:
    must = frozenset(open_)
    accepted, not_accepted = (one for one in found if one not in must), (one for one in found if one in must)
    rows = [(same, "no") for same in _together(not_accepted)]
    rows += [(same, "yes" if same[0].worse else "") for same in _together(accepted)]
    return [_row(same, accepted=word) for same, word in sorted(rows, key=lambda row: row[0][0].order)]


def _together(found: Iterable[Change]) -> list[list[Change]]:
    """One entry whatever number of columns it is on."""
    together: dict[object, list[Change]] = {}
    for one in found:
        key = (one.what, one.thing._replace(column=None), one.before, one.after)
        together.setdefault(key, []).append(one)
    return list(together.values())


def _row(same: Sequence[Change], *, accepted: str) -> tuple[str, ...]:
    first = same[0]
    thing = first.thing
    columns = [change.thing.column for change in same if change.thing.column]
    on = f"{thing.asset} ({', '.join(columns)})" if columns else thing.asset
    severity = _ARROW.join(filter(None, (first.before, first.after)))
    origin = f"{thing.origin}.{thing.origin_column}" if thing.origin_column else thing.origin
    return _WORDS[first.what], on, f"{severity} {thing.risk}".strip(), origin, " > ".join(first.route), accepted


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
