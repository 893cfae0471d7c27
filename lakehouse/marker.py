"""Which numbered writes a table holds: the number travels in the very commit that publishes the rows.

It stands twice: in the snapshot's summary, for whoever looks for the version of a number, and in the properties of the
table, where the newest of every source is found without a scan and outlives the expiry of snapshots.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    from pyiceberg.table import Table

_HELD, _NOTE, _REPLACES = "heirloom.published.", "heirloom.note.", "heirloom.replaces."
_SOURCE, _NUMBER = "heirloom.source", "heirloom.number"


class AlreadyPublished(LakehouseError):
    """A numbered write that another writer has published."""


@dataclass(frozen=True, kw_only=True)
class Marker:
    """The write `number` of a source that numbers its writes: the checkpoint of a stream, or replays.

    `replaces` are the attempts whose rejects it has tried again: once it is published, they are to be cleared.
    """

    source: str
    number: int
    replaces: Collection[str] = ()

    @classmethod
    def newest(cls, table: "Table", *, source: str) -> Self:
        """The newest write that the table holds of this source; number -1 stands for none."""
        return cls(source=source, number=int(table.properties.get(f"{_HELD}{source}", -1)))

    def is_held(self, table: "Table") -> bool:
        return self.number <= Marker.newest(table, source=self.source).number

    def note(self, table: "Table") -> str | None:
        """What was noted with the newest write of this source."""
        return table.properties.get(f"{_NOTE}{self.source}")

    def snapshot(self, table: "Table") -> int | None:
        """The version that this write made, while its snapshot is kept."""
        for one in reversed(table.snapshots()):
            summary = one.summary.additional_properties if one.summary else {}
            if summary.get(_SOURCE) == self.source and summary.get(_NUMBER) == str(self.number):
                return one.snapshot_id
        return None

    @property
    def attempt(self) -> str:
        """The same for every attempt at this write, so that a second one replaces what the first has left."""
        return hashlib.sha256(f"{self.source}:{self.number}".encode()).hexdigest()[:12]

    @property
    def on_snapshot(self) -> dict[str, str]:
        return {_SOURCE: self.source, _NUMBER: str(self.number)}

    def on_table(self, note: str | None) -> Mapping[str, str]:
        noted = {f"{_NOTE}{self.source}": note} if note is not None else {}
        replaced = {f"{_REPLACES}{self.source}": json.dumps(sorted(self.replaces))} if self.replaces else {}
        return {f"{_HELD}{self.source}": str(self.number), **noted, **replaced}


def unfinished(table: "Table", *, quarantine: "Table") -> set[str]:
    """The attempts whose rejects are laid down, but whose rows were not published, or not yet."""
    sources = [name.removeprefix(_HELD) for name in quarantine.properties if name.startswith(_HELD)]
    newest = [Marker.newest(quarantine, source=source) for source in sources]
    return {one.attempt for one in newest if not one.is_held(table)}


def to_be_cleared(table: "Table", *, source: str) -> set[str]:
    """The attempts that the newest write of this source has tried again, while that is not noted as done."""
    return set(json.loads(table.properties.get(f"{_REPLACES}{source}", "[]")))


def cleared(table: "Table", *, source: str) -> None:
    table.transaction().remove_properties(f"{_REPLACES}{source}").commit_transaction()
