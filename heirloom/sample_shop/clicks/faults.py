"""What goes wrong on the way: events that come late, twice, in another order, or broken."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.clicks.event import WHOLE
from heirloom.sample_shop.errors import ShopError

FASTEST, LATENCY = 30, 400.0  # ms on the way: at least, and on average more
HELD_UP, HELD = 0.03, (2_000, 240_000)  # share that comes after later ones; ms
LATE, LATEST = 600_000, 47 * 3_600_000  # ms from which an event is late; up to which most of them are
TOO_LATE, TOO_LATE_BY = 0.1, (49 * 3_600_000, 96 * 3_600_000)  # share of the late ones, and ms
AGAIN = (100, 6 * 3_600_000)  # ms until the copy


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Shares; each below 1."""

    bots: float = 0.03  # of the sessions
    late: float = 0.01  # of the events
    duplicate: float = 0.005  # of the events
    broken: float = 0.002  # of the lines

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            if not 0 <= share < 1:
                raise ShopError(f"The share of {name} events is {share}; give one from 0 to below 1.")

    def arrived(self, events: Records, *, rng: np.random.Generator) -> Records:
        """The events and their copies, each with its time of arrival."""
        events["arrived"] = events["occurred"] + self._delays(len(events), rng=rng)
        copies = events[rng.random(len(events)) < self.duplicate]
        copies["arrived"] += _spread(AGAIN, count=len(copies), rng=rng).astype(np.int64)
        copies["copy"] = True
        both = np.concatenate([events, copies])
        broken = rng.random(len(both)) < self.broken
        both["broken"] = np.where(broken, rng.integers(len(BREAKS), size=len(both)), WHOLE)
        return both

    def _delays(self, count: int, *, rng: np.random.Generator) -> Ints:
        chances, way = rng.random(count), FASTEST + rng.exponential(LATENCY, size=count)
        way = np.minimum(way, LATE / 2)
        held = way + np.where(rng.random(count) < HELD_UP, _spread(HELD, count=count, rng=rng), 0)
        late = _spread((LATE, LATEST), count=count, rng=rng)
        too_late = _spread(TOO_LATE_BY, count=count, rng=rng)
        is_late, is_too_late = chances < self.late, chances < self.late * TOO_LATE
        return np.asarray(np.select([is_too_late, is_late], [too_late, late], held), np.int64)


def _spread(limits: tuple[int, int], *, count: int, rng: np.random.Generator) -> Floats:
    """Short times as often as ten times longer ones."""
    low, high = np.log(limits)
    return np.asarray(np.exp(rng.uniform(low, high, size=count)))


def broken(line: str, *, how: int, chance: int) -> str:
    """The line as it arrives, without its newline; the same chance breaks it the same way."""
    return list(BREAKS.values())[how](line, chance)


def _truncated(line: str, chance: int) -> str:
    return line[: 1 + chance % (len(line) - 1)]


def _not_json(line: str, chance: int) -> str:  # noqa: ARG001
    return f"<html><body>502 Bad Gateway {chance % 1000}</body></html>"


def _wrong_type(line: str, chance: int) -> str:
    wrong = ({"occurred_at": 12}, {"quantity": "two"}, {"price": [1]}, {"consent": "yes"})[chance % 4]
    return json.dumps(json.loads(line) | wrong)


def _without_id(line: str, chance: int) -> str:  # noqa: ARG001
    return json.dumps({name: value for name, value in json.loads(line).items() if name != "event_id"})


def _unknown_type(line: str, chance: int) -> str:  # noqa: ARG001
    return json.dumps(json.loads(line) | {"type": "hover"})


BREAKS: dict[str, Callable[[str, int], str]] = {
    "truncated": _truncated,
    "not_json": _not_json,
    "wrong_type": _wrong_type,
    "without_id": _without_id,
    "unknown_type": _unknown_type,
}
