"""Streams that can be tried at once: `run_scenario("valid", seconds=8, enforce=False)`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heirloom.stream.outcome import Outcome
    from heirloom.stream.scenarios import SCENARIOS, run_scenario

__all__ = ["SCENARIOS", "Outcome", "run_scenario"]


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: help and contracts need no Spark."""
    from heirloom.stream import outcome, scenarios

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(outcome if name == "Outcome" else scenarios, name)
