"""What has a date: overdue and soon due, per owner, and what was accepted by whom until when."""

import datetime as dt
from typing import Any

from governance.risk import reviews
from governance.risk.acceptances import Acceptance, Acceptances
from governance.risk.inheritance import Inheritance


def as_json(risks: Inheritance, acceptances: Acceptances, today: dt.date) -> dict[str, Any]:
    late = reviews.due(acceptances, today, risks=risks)
    return {
        "due": [
            {"level": one.level, "owner": one.owner, "on": one.on, "date": one.date.isoformat(),
             "said": one.sentence}
            for one in late
        ],
        "idle": reviews.idle(acceptances, risks),
        "accepted": [_accepted(one, today) for one in acceptances],
    }  # fmt: skip


def _accepted(one: Acceptance, today: dt.date) -> dict[str, Any]:
    return {
        "risk": one.what,
        "asset": one.where,
        "who": one.who or reviews.NOBODY,
        "until": one.until.isoformat(),
        "holds": one.holds(today),
        "why": one.why,
        "ticket": one.ticket,
        "origin": one.origin or "",
        "column": one.column or "",
    }
