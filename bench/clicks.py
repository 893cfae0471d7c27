"""The sample shop's clicks, made and written down on one core: events a minute, against a bar of a million."""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from heirloom.sample_shop import generate
from heirloom.sample_shop.clicks import Clicks, clicked, write
from heirloom.sample_shop.clicks.lines import Lines, encoded

CUSTOMERS = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
DAYS, RUNS, BAR = 60, 3, 1_000_000


def made(clicks: Clicks) -> int:
    lines = Lines(clicks)
    return sum(bytes(encoded(part)).count(b"\n") for events in clicks.arriving() for part in lines.of(events))


def landed(clicks: Clicks) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return write(clicks, str(Path(folder) / "clicks")).lines


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    shop = generate(customers=CUSTOMERS, days=DAYS, seed=7)
    for name, work in (("lines of JSON in memory", made), ("files of an hour, gzip, with their truth", landed)):
        minutes, cpu = [], []
        for _ in range(RUNS):
            began, worked = time.perf_counter(), time.process_time()
            lines = work(clicked(shop))
            minutes.append(60 * lines / (time.perf_counter() - began))
            cpu.append(60 * lines / (time.process_time() - worked))
        print(f"{name}: {lines:,} lines, one core; a minute: min {min(minutes):,.0f}, median {median(minutes):,.0f},")
        print(f"  a CPU minute: min {min(cpu):,.0f}, median {median(cpu):,.0f}; bar {BAR:,}")


if __name__ == "__main__":
    main()
