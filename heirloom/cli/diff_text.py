"""How changes of inherited risk read: in a terminal, and in a pull request."""

from collections.abc import Sequence

from governance.risk.diff import Change
from heirloom.cli.risk_words import plural
from heirloom.cli.table import aligned

_WORDS = {
    "gained": "gained",
    "worsened": "worse",
    "unmitigated": "less is done",
    "unknown": "not known",
    "lost": "gone",
}
_ARROW = " → "
# A comment on GitHub holds 65,536 characters.
_SHOWN = 100
_NAMED = 8


def as_text(found: Sequence[Change], open_: Sequence[Change], *, base: str) -> str:
    return "\n".join([sentence(found, open_, base=base), *aligned(_rows(found, open_))])


def as_markdown(found: Sequence[Change], open_: Sequence[Change], *, base: str) -> str:
    rows = [" | ".join(_escaped(cell) for cell in row) for row in _rows(found, open_)]
    more = ["", f"{len(rows) - _SHOWN} more: run `heirloom diff`."] if len(rows) > _SHOWN else []
    titles = ["change | asset | risk | from | nearest route | accepted", "---|---|---|---|---|---"] if rows else []
    table = [f"| {row} |" for row in (*titles, *rows[:_SHOWN])]
    return "\n".join([f"**{sentence(found, open_, base=base)}**", "", *table, *more]).strip()


def sentence(found: Sequence[Change], open_: Sequence[Change], *, base: str) -> str:
    """The answer."""
    gone = sum(change.what == "lost" for change in found)
    aside = f" {plural(gone, 'risk')} gone." if gone else ""
    if not open_:
        taken = " All that is worse was accepted." if any(change.worse for change in found) else ""
        return f"No asset has more risk to answer for than at {base}.{taken}{aside}"
    assets = sorted({change.thing.asset for change in open_})
    counts = [f"{sum(one.what == what for one in open_)} {word}" for what, word in _WORDS.items()]
    said = ", ".join(count for count in counts if not count.startswith("0 "))
    named = ", ".join([*assets[:_NAMED], *([f"{len(assets) - _NAMED} more"] if len(assets) > _NAMED else [])])
    return f"{plural(len(assets), 'asset')} to answer for since {base} ({said}): {named}.{aside}"


def _rows(found: Sequence[Change], open_: Sequence[Change]) -> list[tuple[str, ...]]:
    """One row whatever number of columns it is on."""
    together: dict[object, list[Change]] = {}
    for one in found:
        key = (one.what, one.thing._replace(column=None), one.before, one.after, one in open_)
        together.setdefault(key, []).append(one)
    return [_row(same, accepted=_accepted(same[0], open_)) for same in together.values()]


def _accepted(change: Change, open_: Sequence[Change]) -> str:
    return "" if not change.worse else "no" if change in open_ else "yes"


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
