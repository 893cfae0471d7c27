"""Two or more ways of the same work, run by turns in one process: medians, and ratios to the first."""

import time
from collections.abc import Callable, Mapping
from statistics import median


def alternating(ways: Mapping[str, Callable[[], object]], *, runs: int = 5, warm: int = 1) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(warm + runs):
        for name, work in ways.items():
            started = time.perf_counter()
            work()
            if turn >= warm:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def table(title: str, seconds: Mapping[str, list[float]], *, bars: Mapping[str, float] | None = None) -> None:
    """Ratios are the median of each turn's ratio to the first way in that turn."""
    first = next(iter(seconds.values()))
    print(f"\n{title}\n{'':44}{'min':>8}{'median':>8}{'max':>8}{'ratio':>8}{'bar':>8}")
    for name, runs in seconds.items():
        ratio = median(one / base for one, base in zip(runs, first, strict=True))
        bar = f"{bars[name]:.1f}" if bars and name in bars else ""
        print(f"{name:44}{min(runs):8.2f}{median(runs):8.2f}{max(runs):8.2f}{ratio:8.2f}{bar:>8}", flush=True)
