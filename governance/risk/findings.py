"""What authors declare about an asset, as it lies in spec metadata and as it is read back."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from governance.risk.errors import FindingError, did_you_mean
from governance.risk.register import Severity

FINDINGS = "heirloom/findings"
PROCESS = "heirloom/process_findings"
RESOLUTIONS = "heirloom/resolutions"
ASSESSED = "heirloom/assessed"
UNREADABLE = "heirloom/unreadable"
_PROOF = re.compile(r"[^:]+:[^:]+")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A risk carried by an asset, or by one of its columns.

    `proof` is the check that proves its mitigation; `opened_by` is a check without which there is no finding: it stands
    while that check fails, and as unknown while the check has not said. Before `valid_from` and after `valid_until` it
    is not in force; both days belong to the period.
    """

    risk: str
    note: str
    column: str | None = None
    severity: Severity | None = None
    owner: str | None = None
    mitigation: str | None = None
    mitigation_owner: str | None = None
    proof: str | None = None
    opened_by: str | None = None
    review_by: dt.date | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None

    @classmethod
    def parse(cls, raw: object, *, where: str) -> "Finding":
        """The finding in a plain mapping; anything unknown or mistyped is refused."""
        given = _known(raw, cls, where=where)
        read: dict[str, Any] = {name: _READERS.get(name, _text)(value, name, where) for name, value in given.items()}
        finding = cls(**read)
        if finding.valid_from and finding.valid_until and finding.valid_from > finding.valid_until:
            raise FindingError(f"{where}: it ends on {finding.valid_until}, before it begins. Swap the two dates.")
        return finding

    def in_force(self, today: dt.date | None) -> bool:
        """Whether it counts on that day; on no day named, always: a date that is not known ends nothing."""
        if today is None:
            return True
        begun = self.valid_from is None or self.valid_from <= today
        return begun and (self.valid_until is None or today <= self.valid_until)

    @property
    def asks(self) -> tuple[str, ...]:
        """The checks whose word counts for it."""
        return tuple(check for check in (self.proof, self.opened_by) if check is not None)

    def as_metadata(self) -> dict[str, str]:
        """The plain dict that Dagster can store: it refuses dataclasses and dates."""
        given = {name: getattr(self, name) for name in _names(type(self))}
        return {name: _plain(value) for name, value in given.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """An end of a risk: what an asset inherits of it, its heirs do not, if the proof holds.

    With `parent` only what comes from that one ends: an edge that does not pass the risk.
    """

    risk: str
    proof: str
    note: str
    columns: tuple[str, ...] = ()
    parent: str | None = None

    @classmethod
    def parse(cls, raw: object, *, where: str) -> "Resolution":
        given = dict(_known(raw, cls, where=where))
        columns = given.pop("columns", ())
        if isinstance(columns, str) or not isinstance(columns, Collection):
            raise FindingError(f"{where}: 'columns' must be a list of column names, not {columns!r}.")
        texts = {name: _text(value, name, where) for name, value in given.items()}
        return cls(**texts, columns=tuple(_text(one, "columns", where) for one in columns))

    @property
    def asks(self) -> tuple[str, ...]:
        return (self.proof,)

    def as_metadata(self) -> dict[str, Any]:
        parent = {"parent": self.parent} if self.parent else {}
        return {"risk": self.risk, "proof": self.proof, "note": self.note, "columns": list(self.columns), **parent}

    def covers(self, column: str | None, *, parent: str | None) -> bool:
        """Whether it speaks of what came to this column from that parent.

        One for named columns never ends what the whole asset has.
        """
        return self.parent in (None, parent) and (not self.columns or column in self.columns)


def _names(kind: type[Finding] | type[Resolution]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _known(raw: object, kind: type[Finding] | type[Resolution], *, where: str) -> Mapping[str, Any]:
    what, names = kind.__name__.lower(), _names(kind)
    if not isinstance(raw, Mapping):
        raise FindingError(f"{where}: a {what} is a mapping with {', '.join(names)}, not {raw!r}.")
    for key in raw:
        if key not in names:
            raise FindingError(f"{where}: a {what} has no '{key}'.{did_you_mean(str(key), names)}")
    needed = ("risk", "note") if kind is Finding else ("risk", "proof", "note")
    if missing := [name for name in needed if raw.get(name) is None]:
        raise FindingError(f"{where}: a {what} needs {', '.join(missing)}.")
    return {key: value for key, value in raw.items() if value is not None}


def _text(value: object, name: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FindingError(f"{where}: '{name}' must be a text that says something, not {value!r}.")
    if name in ("proof", "opened_by") and not _PROOF.fullmatch(value):
        raise FindingError(f"{where}: '{value}' is no {name}. Write 'asset/key:check_name'.")
    return value


def _severity(value: object, _name: str, where: str) -> Severity:
    try:
        return value if isinstance(value, Severity) else Severity.parse(value)
    except ValueError as error:
        raise FindingError(f"{where}: {error}") from None


def _date(value: object, name: str, where: str) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise FindingError(f"{where}: '{name}' must be a date such as 2027-03-31, not {value!r}.") from None


def _plain(value: Severity | dt.date | str) -> str:
    if isinstance(value, Severity):
        return value.word
    return value.isoformat() if isinstance(value, dt.date) else value


_READERS: Mapping[str, Callable[[object, str, str], object]] = {
    "severity": _severity,
    "review_by": _date,
    "valid_from": _date,
    "valid_until": _date,
}
