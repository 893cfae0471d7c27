"""What `heirloom risks --sensitive` says: where personal data are, and what looks like it and has no class."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from governance.risk.proposals import Proposal, cleared_in, proposals
from governance.risk.sensitive import Holder, Sensitive, sensitive
from heirloom.cli.asked import Answer
from heirloom.cli.risk_words import plural
from heirloom.cli.table import aligned

_COLUMNS = 6


def said(found: Answer, assets: Collection[str], *, cleared: Sequence[Path], as_json: bool) -> str:
    """About these assets: what they classify with whoever holds it, and what they hold; all without a name."""
    every = sensitive(found.risks)
    open_ = proposals(found.risks, every, cleared=cleared_in(*cleared, risks=found.risks))
    here = [narrowed for one in every if (narrowed := _narrowed(one, assets))]
    proposed = [one for one in open_ if not assets or one.asset in assets]
    if not as_json:
        return "\n".join(_text(here, proposed))
    columns, names = ([one.as_json() for one in listed] for listed in (here, proposed))
    return json.dumps({"columns": columns, "proposed": names, "failed": dict(found.failed)}, indent=1)


def _narrowed(one: Sensitive, assets: Collection[str]) -> Sensitive | None:
    if not assets or one.asset in assets:
        return one
    holders = tuple(holder for holder in one.holders if holder.asset in assets)
    return replace(one, holders=holders) if holders else None


def _text(found: Sequence[Sensitive], proposed: Sequence[Proposal]) -> Iterator[str]:
    yield _sentence(found)
    for one in found:
        yield from ("", f"{one.asset}.{one.column}: {one.class_}")
        yield from aligned([_cells(same) for same in _together(one.holders)]) if one.holders else ["  stays there"]
    if proposed:
        yield from ("", f"{plural(len(proposed), 'column')} without a class by name may be personal data:")
        yield from aligned([(f"{one.asset}.{one.column}", f"{one.class_}?") for one in proposed])


def _sentence(found: Sequence[Sensitive]) -> str:
    holders = [holder for one in found for holder in one.holders if holder.ended_at is None]
    if not found:
        return "No column is classified as personal data."
    last = sorted({holder.asset for holder in holders if holder.output})
    named = f" ({', '.join(last)})" if last else ""
    assets = {holder.asset for holder in holders}
    return (
        f"Personal data: {plural(len(found), 'column')} of {plural(len({one.asset for one in found}), 'asset')}; "
        f"it reaches {plural(len(assets), 'asset')}, of these {plural(len(last), 'business output')}{named}."
    )


def _together(holders: Sequence[Holder]) -> list[list[Holder]]:
    """One row an asset and fate, however many columns."""
    found: dict[tuple[str, str | None], list[Holder]] = {}
    for one in holders:
        found.setdefault((one.asset, one.ended_at), []).append(one)
    return list(found.values())


def _cells(same: Sequence[Holder]) -> tuple[str, ...]:
    first = same[0]
    distance = min(one.distance for one in same)
    return first.asset, f"on {_columns(same)}", f"{distance} away", ", ".join(first.kinds) or "-", _state(same)


def _columns(same: Sequence[Holder]) -> str:
    names = sorted({one.column for one in same if one.column})
    ways = sorted({one.via for one in same if one.column is None})
    more = [f"{len(names) - _COLUMNS} more"] if len(names) > _COLUMNS else []
    return ", ".join([*names[:_COLUMNS], *more, *([f"the whole ({', '.join(ways)})"] if ways else [])])


def _state(same: Sequence[Holder]) -> str:
    first = same[0]
    if first.ended_at:
        return f"ended at {first.ended_at} ({first.evidence}): {first.note}"
    unnamed = sorted({one.column for one in same if one.column and one.classified is None})
    return f"without a class there: {', '.join(unnamed[:_COLUMNS])}" if unnamed else ""
