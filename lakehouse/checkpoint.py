"""A stream's checkpoint, bound to the one table that it feeds.

The folder says which table, the table says which checkpoint. Batch ids start at 0 in every new checkpoint: with another
one the same rows would come again under numbers that the table has not seen, or new rows under numbers that it has.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4

from lakehouse.errors import LakehouseError
from lakehouse.lake import NAME, Lake
from lakehouse.marker import Marker

_FILE, _LOCK = "heirloom.json", "heirloom.lock"
_BOUND = "heirloom.checkpoint"


class CheckpointRefused(LakehouseError):
    """A checkpoint that is another table's, or a table that is another checkpoint's."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A folder on a disk that outlives the process; its id is part of every marker."""

    id: str
    table: str
    folder: Path

    @classmethod
    def at(cls, folder: Path, *, table: str) -> Self:
        """The checkpoint in `folder`, made if there is none."""
        file = folder / _FILE
        if not file.exists():
            _refuse_foreign(folder)
            _write(file, {"id": uuid4().hex[:12], "table": table})
        said = json.loads(file.read_text(encoding="utf-8"))
        if said["table"] != table:
            raise CheckpointRefused(
                f"checkpoint {folder} feeds {NAME}.{said['table']}, not {NAME}.{table}: give every table a checkpoint "
                "of its own"
            )
        return cls(id=said["id"], table=table, folder=folder)

    def bind(self, lake: Lake, *, succeeds: str | None = None) -> None:
        """Let the table know its checkpoint; `succeeds` names the one whose place it takes."""
        table = lake.table(self.table)
        bound = table.properties.get(_BOUND)
        if bound == self.id:
            return
        if bound is None and self._has_committed:
            raise CheckpointRefused(
                f"checkpoint {self.folder} has fed a table {NAME}.{self.table} that is gone: this one does not know "
                "it, and the rows of its batches would be missing. Start with an empty folder"
            )
        if bound not in {None, succeeds}:
            newest = Marker.newest(table, source=bound)
            raise CheckpointRefused(
                f"{NAME}.{self.table} is fed by checkpoint {bound}, which came to batch {newest.number}; {self.folder} "
                f"is another ({self.id}). Go on with the folder of {bound}. If that is lost, say that this one "
                f"succeeds {bound}, and let the source begin where {bound} ended: what is read again is written again"
            )
        with lake.reaching(f"{NAME}.{self.table}"):
            table.transaction().set_properties({_BOUND: self.id}).commit_transaction()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other writers out; a killed process lets go of it."""
        import fcntl

        with (self.folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CheckpointRefused(
                    f"another stream is at work with checkpoint {self.folder}: two writers would publish the same "
                    "batches. Stop it, or wait until it has ended"
                ) from error
            yield

    @property
    def _has_committed(self) -> bool:
        return any((self.folder / "commits").glob("[0-9]*"))


def checkpoint_of(lake: Lake, table: str) -> str | None:
    """The id of the checkpoint that feeds a table."""
    return lake.table(table).properties.get(_BOUND) if lake.catalog.table_exists(table) else None


def _refuse_foreign(folder: Path) -> None:
    if (folder / "offsets").exists() or (folder / "metadata").exists():
        raise CheckpointRefused(
            f"{folder} holds the checkpoint of a query that was not started here: give the stream an empty folder"
        )


def _write(file: Path, said: dict[str, str]) -> None:
    """Whole or not at all; of two that write at once, the first decides."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_suffix(f".{uuid4().hex}")
    made.write_text(json.dumps(said), encoding="utf-8")
    try:
        os.link(made, file)
    except FileExistsError:
        pass
    finally:
        made.unlink()
