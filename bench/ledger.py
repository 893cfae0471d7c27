"""Seconds of putting one run of a location of 500 assets into the ledger: five commits, with all that was known."""

import datetime as dt
import sys
import time
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from governance.evidence.asset_rows import EventLog
from governance.evidence.ledger import Ledger
from governance.evidence.personal import Personal
from governance.evidence.recording import Knowledge
from governance.evidence.runs import Finished
from governance.evidence.tables import INHERITED, RUNS
from governance.evidence.upstream import upstream
from governance.risk import CATALOGUE, Acceptances, Finding, Node, Register, inheritance
from lakehouse.lake import Lake

ASSETS, PARENTS, FINDINGS, BAR = 500, 3, 25, 1.0


def nodes() -> list[Node]:
    random, risks = Random(7), sorted(Register.read(CATALOGUE))
    carriers = set(random.sample(range(ASSETS), FINDINGS))
    return [
        Node(
            key=f"pkg/a{n}",
            parents=tuple(f"pkg/a{one}" for one in random.sample(range(max(0, n - 60), n), min(n, PARENTS))),
            findings=(Finding(risk=random.choice(risks), note="seen in the bench"),) if n in carriers else (),
            assessed=True,
        )
        for n in range(ASSETS)
    ]


def finished(number: int, start: dt.datetime) -> Finished:
    moment = start + dt.timedelta(seconds=number)
    return Finished(
        run_id=f"{number:08}-bench", job="bench", selection=("pkg/a0",), partitions=None, started=moment,
        ended=moment, outcome="success", failed_steps=(),
    )  # fmt: skip


def main(recordings: int) -> None:
    register, start = Register.read(CATALOGUE), dt.datetime.now(dt.UTC)
    risks = inheritance(nodes(), register=register)
    with TemporaryDirectory() as folder:
        lake = Lake(catalog_url=f"sqlite:///{folder}/catalog.db", warehouse=str(Path(folder) / "warehouse"))
        ledger, seconds, cpu = Ledger(lake=lake, env="bench"), [], []
        for number in range(recordings):
            known = Knowledge(
                risks=risks, acceptances=Acceptances(), personal=Personal({}, {}), log=EventLog({}, {}),
                time=dt.datetime.now(dt.UTC), code_version="bench",
            )  # fmt: skip
            began, worked = time.perf_counter(), time.process_time()
            known.recorded(finished(number, start), ledger)
            seconds.append(time.perf_counter() - began)
            cpu.append(time.process_time() - worked)
        rows = len(ledger.of_run(INHERITED, finished(0, start).run_id))
        commits = len(ledger.rows(RUNS, columns=("run_id",)))
        began = time.perf_counter()
        upstream(ledger, ["pkg/a499"])
        asked = time.perf_counter() - began
    print(f"{ASSETS} assets, {FINDINGS} findings, {rows:,} inherited rows a run, {commits} runs")
    for name, runs in (("seconds", seconds[1:]), ("CPU seconds", cpu[1:])):
        print(f"a run, {name}: min {min(runs):.2f}, median {median(runs):.2f}, max {max(runs):.2f}, bar {BAR}")
    print(
        f"the first, which makes the tables: {seconds[0]:.2f} s; the last twenty: median {median(seconds[-20:]):.2f} s"
    )
    print(f"upstream_risks of one asset after them: {asked:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
