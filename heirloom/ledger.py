"""The ledger of the settings' lake: who records into it, and what it answers.

```python
from heirloom.ledger import upstream_risks

upstream_risks(["clv/customer_scores", "lake.sales_channel"], as_of=date(2026, 3, 31))
```
"""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import dagster as dg

from governance.evidence.ledger import Ledger
from governance.evidence.recorder import Recorder
from governance.evidence.upstream import Known, upstream
from governance.risk import CATALOGUE, Register
from heirloom.resources import lake
from heirloom.settings import Settings, read


def ledger(settings: Settings) -> Ledger:
    return Ledger(lake=lake(settings), env=settings.env)


def recorder(settings: Settings, defs: dg.Definitions, *, acceptances: Path) -> Recorder:
    """Who records the runs of these definitions. The code's version is asked for once, when it is first wanted."""
    from heirloom import revision

    return Recorder(
        defs=defs,
        register=Register.read(CATALOGUE),
        acceptances=acceptances,
        ledger=ledger(settings),
        code_version=cache(lambda: settings.code_version or revision.code_version()),
    )


def upstream_risks(names: Iterable[str], *, as_of: dt.datetime | dt.date | None = None) -> dict[str, Known]:
    """What was known of the risks of each table or asset, by whatever name: now, or as of a date."""
    return upstream(ledger(read()), names, as_of=as_of)
