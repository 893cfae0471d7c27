"""The Dagster instance of this home: its event log, and the file that configures it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import dagster as dg

from governance.risk.errors import EvidenceUnreadable
from heirloom.settings import Settings

_CONFIG = Path(__file__).parent.parent / "deploy" / "dagster.yaml"


def dagster_home(settings: Settings) -> Path:
    """DAGSTER_HOME if it is set, else below this home; configured as the project says, once."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(settings.home / "dagster")))
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists() and _CONFIG.exists():
        copyfile(_CONFIG, home / "dagster.yaml")
    return home


@contextmanager
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    dagster_home(settings)
    with dg.DagsterInstance.get() as found:
        yield found


@contextmanager
def event_log() -> Iterator[dg.DagsterInstance]:
    """The instance of DAGSTER_HOME, for whoever only reads it."""
    try:
        found = dg.DagsterInstance.get()
    except Exception as error:  # storages of any kind
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EvidenceUnreadable(f"The event log in DAGSTER_HOME cannot be read: {said}") from error
    with found:
        yield found
