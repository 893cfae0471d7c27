"""What inheritance costs: `python bench/inheritance.py` prints a table and exits 1 when a bar is missed.

With PEER_PYTHON, the interpreter of an environment in which conformare 0.2.7 is installed, it is compared in the same
run. Its licence allows no commercial use, so it is neither a dependency nor committed; for this measurement alone:

    python3.11 -m venv /tmp/peer && /tmp/peer/bin/pip install conformare==0.2.7
    PEER_PYTHON=/tmp/peer/bin/python python bench/inheritance.py
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from governance.risk import (
    CATALOGUE,
    Finding,
    Inheritance,
    Lineage,
    Node,
    Register,
    Risk,
    Severity,
    carries,
    inherit,
    inheritance,
)
from governance.risk.summary import summaries

MANY = Register(
    {
        f"model.risk_{n}": Risk(
            id=f"model.risk_{n}",
            label="risk",
            description="risk",
            severity=Severity.HIGH,
            category="bench",
        )
        for n in range(200)
    }
)


def finding(number: int = 0, **fields: Any) -> Finding:
    return Finding(risk=f"model.risk_{number}", note="bench", **fields)


def key(number: int) -> str:
    return f"bench/asset_{number:06d}"


def parents(number: int, *, near: int) -> tuple[str, ...]:
    drawn = random.Random(number)
    return tuple(sorted({key(max(0, number - 1 - drawn.randrange(near))) for _ in range(3)}))


def layered(size: int) -> dict[int, tuple[str, ...]]:
    """12 layers, 3 parents each; the first has none."""
    layer = size // 12
    return {
        n: tuple(sorted({key((n // layer - 1) * layer + drawn.randrange(layer)) for _ in range(3)}))
        for n in range(layer, size)
        for drawn in [random.Random(n)]
    }


def wide() -> list[Node]:
    """10,000 assets in 12 layers, 3 parents each; 30 roots carry a finding."""
    made_from = layered(10_000)
    return [
        Node(
            key=key(n),
            parents=made_from.get(n, ()),
            assessed=True,
            findings=(finding(n),) if n < 30 else (),
        )
        for n in range(10_000)
    ]


def deep(size: int = 100_000) -> list[Node]:
    """Three parents among the 100 assets before, over a chain of 1,000; 200 findings on the root."""
    root = Node(key=key(0), assessed=True, findings=tuple(finding(n) for n in range(200)))
    chain = [Node(key=key(n), parents=(key(n - 1),), assessed=True) for n in range(1, 1_000)]
    rest = [Node(key=key(n), parents=parents(n, near=100), assessed=True) for n in range(1_000, size)]
    return [root, *chain, *rest]


def columns(*, mixed: bool) -> list[Node]:
    """1,000 assets of 100 columns; each column made from one column of each of 3 parents; 100 findings on the root.

    Mixed, every column soon holds all 100 findings: 8 million arrivals instead of 100,000.
    """
    names = [f"column_{n}" for n in range(100)]
    root = Node(key=key(0), columns=frozenset(names), findings=tuple(finding(n, column=names[n]) for n in range(100)))
    return [root, *(_columned(n, names, mixed=mixed) for n in range(1, 1_000))]


def _columned(number: int, names: list[str], *, mixed: bool) -> Node:
    above = parents(number, near=30)
    made_from = {
        name: [(parent, names[(position + shift * mixed) % 100]) for shift, parent in enumerate(above)]
        for position, name in enumerate(names)
    }
    return Node(key=key(number), parents=above, columns=frozenset(names), lineage=Lineage(made_from))


def ours() -> dg.Definitions:
    """As large as our own code location: 60 assets, 480 checks."""
    source = carries("privacy.pii_exposure", note="names")(dg.AssetSpec("asset_0"))
    specs = [source, *(dg.AssetSpec(f"asset_{n}", deps=[f"asset_{(n - 1) // 2}"]) for n in range(1, 60))]

    @dg.multi_asset_check(
        specs=[dg.AssetCheckSpec(f"rule_{rule}", asset=spec.key) for spec in specs for rule in range(8)]
    )
    def rules(): ...

    defs = dg.Definitions(assets=specs, asset_checks=[rules])
    defs.resolve_asset_graph()
    return defs


def answers(nodes: list[Node]) -> Inheritance:
    return inheritance(nodes, register=MANY)


def inherited(defs: dg.Definitions) -> dg.Definitions:
    return inherit(defs, register=Register.read(CATALOGUE))


ROWS: list[tuple[str, Callable[[], Any], Callable[[Any], object], float | None]] = [
    ("10k assets x 3 parents, 30 origins, routes", wide, answers, 0.3),
    ("100k assets, chain of 1,000, 200 risks on the root", deep, answers, 4.0),
    ("1,000 assets x 100 columns x 3 parents", lambda: columns(mixed=False), answers, 2.0),
    ("inherit() on 60 assets, 480 checks", ours, inherited, 0.05),
    ("the complete answers of the 10k, with every route", lambda: answers(wide()), lambda all_: [*all_.values()], None),
    ("one line for each of the 10k", lambda: answers(wide()), lambda all_: [*summaries(all_)], None),
    ("1,000 x 100 columns, mixed: 8M arrivals", lambda: columns(mixed=True), answers, None),
    ("25k assets, as the 100k", lambda: deep(25_000), answers, None),
    ("50k assets, as the 100k", lambda: deep(50_000), answers, None),
]


def seconds(work: Callable[[Any], object], given: Any) -> float:
    start = time.process_time()
    work(given)
    return time.process_time() - start


def fleet(size: int) -> tuple[list[Node], Register]:
    """Layered; each asset carries one risk of its own."""
    made_from = layered(size)
    names = [f"model.{key(n)}" for n in range(size)]
    risks = {name: Risk(id=name, label="", description="", severity=Severity.HIGH, category="bench") for name in names}
    nodes = [
        Node(key=key(n), parents=made_from.get(n, ()), assessed=True, findings=(Finding(risk=names[n], note="bench"),))
        for n in range(size)
    ]
    return nodes, Register(risks)


def ours_on(nodes: list[Node], register: Register) -> tuple[float, int]:
    """CPU seconds for all assets, and how many inherited risks that are."""
    start = time.process_time()
    risks = inheritance(nodes, register=register)
    spent = time.process_time() - start
    return spent, sum(sum(map(len, (bundle.numbers for bundle in risks.held(each).values()))) - 1 for each in risks)


def peers_on(nodes: list[Node], python: str, *, asked: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fleet.json"
        file.write_text(json.dumps({node.key: node.parents for node in nodes}))
        script = Path(__file__).parent / "peers" / "upstream_risks.py"
        done = subprocess.run([python, script, file, str(asked)], check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare(python: str | None) -> None:
    print("\nBeside conformare 0.2.7: what the assets of a fleet inherit, one risk declared on each")
    if python is None:
        print("  NOT COMPARED: set PEER_PYTHON, as the head of this file says.")
        return
    print(f"{'assets':>8}{'ours':>10}{'risks':>12}   {'peer':>10}{'asked':>8}{'risks':>10}{'all, at that rate':>20}")
    for size, asked in ((1_000, 1_000), (10_000, 200)):
        nodes, register = fleet(size)
        (spent, found), peer = ours_on(nodes, register), peers_on(nodes, python, asked=asked)
        whole = peer["seconds"] / peer["asked"] * len(layered(size))
        ours = f"{size:8}{spent:9.3f}s{found:12}"
        print(f"{ours}   {peer['seconds']:9.2f}s{peer['asked']:8}{peer['risks']:10}{whole:19.1f}s", flush=True)


def main() -> int:
    """CPU seconds, the best of three; what is built beforehand is not counted."""
    missed = False
    for label, given, work, bar in ROWS:
        built = given()
        spent = min(seconds(work, built) for _ in range(3 if bar else 1))
        missed |= bar is not None and spent > bar
        print(f"{label:<55}{spent:8.3f} s   {f'bar {bar} s' if bar else ''}", flush=True)
        del built
    compare(os.environ.get("PEER_PYTHON"))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
