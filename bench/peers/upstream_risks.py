"""Run by the interpreter of a peer's own environment: what each pipeline of a made-up fleet inherits, as it tells it.

    python upstream_risks.py fleet.json ASKED

The fleet maps each pipeline to those it reads; each has one risk of its own and writes one table.
"""

import json
import sys
import time
from pathlib import Path

from conformare import fleet


def tables(pipelines):
    rows = [
        {
            "run_id": name, "pipeline": name, "ts": "2026-01-01T00:00:00", "sink_node": name, "sink_location": name,
            "risk_id": f"model.{name}", "label": name, "severity": "high", "owners": [], "mitigated": False,
            "kind": "direct", "distance": 0, "context_label": name,
        }
        for name in pipelines
    ]  # fmt: skip
    return {"sink_risks": rows, "source_risks": []}


def inherited(store, read):
    return len({risk["risk_id"] for table in fleet.upstream_risks(store, read) for risk in table["risks"]})


def main(file, asked):
    pipelines = json.loads(Path(file).read_text())
    store = tables(pipelines)
    some = [name for name, read in pipelines.items() if read][-int(asked) :]
    start = time.process_time()
    found = sum(inherited(store, pipelines[name]) for name in some)
    print(json.dumps({"seconds": time.process_time() - start, "asked": len(some), "risks": found}))


main(*sys.argv[1:])
