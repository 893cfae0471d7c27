"""Streams that can be tried at once: `run_scenario("valid", seconds=8, enforce=False)`."""

from heirloom.stream.outcome import Outcome
from heirloom.stream.scenarios import SCENARIOS, run_scenario

__all__ = ["SCENARIOS", "Outcome", "run_scenario"]
