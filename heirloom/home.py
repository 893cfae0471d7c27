"""The Dagster instance of this home: its event log, and the file that configures it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import dagster as dg

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
