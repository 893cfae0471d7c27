"""Acceptances: a named person takes a risk on, for one asset, until a date. They stand in a reviewed file.

```yaml
- who: maria.keller@shop.example
  what: definition.tax_included
  where: clv/customer_scores
  until: 2027-06-30
  why: Budgets compare customers; gross or net moves all alike.
  ticket: CLV-31
```

`origin` narrows it to what comes from one asset, `column` to one column of `where`, `severity` to risks no worse.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn, Self

import yaml

from governance.risk import yaml_lines
from governance.risk.arrivals import Arrival
from governance.risk.errors import AcceptanceError, did_you_mean
from governance.risk.inheritance import Inheritance
from governance.risk.node import Node
from governance.risk.register import Severity
from governance.risk.sources import group_origin
from governance.risk.yaml_lines import Text

_TEAM = "team:"


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """One entry; `at` is its place as `file:line`. Without `who` nobody has accepted anything."""

    what: str
    where: str
    until: dt.date
    why: str
    ticket: str
    at: str
    who: str | None = None
    column: str | None = None
    origin: str | None = None
    severity: Severity | None = None

    def speaks_of(self, arrival: Arrival, asset: str) -> bool:
        """Whether this is the risk it means, whoever signed and until when."""
        return (
            (self.what, self.where) == (arrival.risk, asset)
            and self.column in (None, arrival.column)
            and self.origin in (None, arrival.origin)
            and (self.severity is None or arrival.severity <= self.severity)
        )

    def holds(self, today: dt.date) -> bool:
        """Its date is its last day."""
        return self.who is not None and today <= self.until


_NAMES = tuple(field.name for field in fields(Acceptance) if field.name != "at")
_NEEDED = ("what", "where", "until", "why", "ticket")


@dataclass(frozen=True)
class Acceptances:
    """Every acceptance of one file."""

    listed: tuple[Acceptance, ...] = ()

    @classmethod
    def read(cls, path: Path | str, *, risks: Inheritance) -> Self:
        """The acceptances in a file. A risk, asset, column or key that does not exist is refused with the nearest."""
        listed: list[Acceptance] = []
        for entry in _entries(Path(path)):
            acceptance = _acceptance(entry, risks)
            for earlier in listed:
                if _scope(earlier) == _scope(acceptance):
                    raise AcceptanceError(
                        f"{acceptance.at}: the same is accepted at {earlier.at}. To renew it, change its date there."
                    )
            listed.append(acceptance)
        return cls(tuple(listed))

    def accepted(self, arrival: Arrival, asset: str, today: dt.date) -> Acceptance | None:
        """The acceptance under which this risk may be on this asset today."""
        return next((one for one in self if one.holds(today) and one.speaks_of(arrival, asset)), None)

    def lapsed(self, arrival: Arrival, asset: str, today: dt.date) -> Acceptance | None:
        """The acceptance that speaks of this risk and does not hold: it has no name, or its date is past."""
        return next((one for one in self if not one.holds(today) and one.speaks_of(arrival, asset)), None)

    def __iter__(self) -> Iterator[Acceptance]:
        return iter(self.listed)


class _Entry(Mapping[str, str]):
    """The texts of one entry, and the sentence that says what is wrong with one of them."""

    def __init__(self, at: str, texts: Mapping[str, Text]) -> None:
        self.at, self._texts = at, texts

    def __getitem__(self, name: str) -> str:
        return self._texts[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def refuse(self, name: str, sentence: str) -> NoReturn:
        raise AcceptanceError(f"{self._texts[name].where}: {sentence}")


def _entries(path: Path) -> Iterator[_Entry]:
    document = yaml_lines.document(path)
    if document is None:
        return
    if not isinstance(document, yaml.SequenceNode):
        raise AcceptanceError(f"{path}:1: expected a list of acceptances, such as '- who: ...' with indented lines.")
    for node in document.value:
        at = f"{path}:{node.start_mark.line + 1}"
        yield _Entry(at, yaml_lines.fields(node, path, at=Text("an acceptance", at)))


def _acceptance(entry: _Entry, risks: Inheritance) -> Acceptance:
    for name in entry:
        if name not in _NAMES:
            entry.refuse(name, f"an acceptance has no '{name}'.{did_you_mean(name, _NAMES)}")
    if missing := [name for name in _NEEDED if name not in entry]:
        raise AcceptanceError(f"{entry.at}: an acceptance needs {', '.join(missing)}.")
    _refuse_unknown(entry, risks)
    texts: dict[str, Any] = {**entry, "until": _date(entry), "severity": _severity(entry)}
    return Acceptance(**texts, at=entry.at)


def _refuse_unknown(entry: _Entry, risks: Inheritance) -> None:
    if entry["what"] not in risks.register:
        entry.refuse("what", f"no register file knows '{entry['what']}'.{did_you_mean(entry['what'], risks.register)}")
    if entry["where"] not in risks.nodes:
        entry.refuse("where", f"no asset '{entry['where']}'.{did_you_mean(entry['where'], risks.nodes)}")
    origins = {*risks.nodes, *(group_origin(node.group) for node in risks.nodes.values())}
    if "origin" in entry and entry["origin"] not in origins:
        entry.refuse("origin", f"no asset or group '{entry['origin']}'.{did_you_mean(entry['origin'], origins)}")
    if entry.get("who", "").startswith(_TEAM):
        entry.refuse("who", f"'{entry['who']}' is a team. Name the person who accepts it.")
    _column(entry, risks.nodes[entry["where"]])


def _column(entry: _Entry, node: Node) -> None:
    if "column" in entry and (unknown := node.unknown([entry["column"]])):
        hint = did_you_mean(unknown, node.columns or ())
        entry.refuse("column", f"'{unknown}' is no column of {node.key}.{hint}")


def _date(entry: _Entry) -> dt.date:
    try:
        return dt.date.fromisoformat(entry["until"])
    except ValueError:
        entry.refuse("until", f"'{entry['until']}' is no date such as 2027-06-30.")


def _severity(entry: _Entry) -> Severity | None:
    if "severity" not in entry:
        return None
    try:
        return Severity.parse(entry["severity"])
    except ValueError as error:
        entry.refuse("severity", str(error))


def _scope(one: Acceptance) -> tuple[str | None, ...]:
    return one.what, one.where, one.column, one.origin
