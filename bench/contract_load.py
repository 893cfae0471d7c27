"""What loading a contract costs: YAML to rules as SQL text, without a JVM. Exits 1 where 500 rules take over 200 ms."""

import sys
import tempfile
import time
from pathlib import Path

from lakehouse.contracts.document import read

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: bench.wide
version: 1.0.0
status: active
schema:
  - name: wide
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
"""
COLUMN = """\
      - name: amount_{n}
        logicalType: number
        required: true
        description: What column {n} holds
        logicalTypeOptions: {{minimum: 0, maximum: 1000}}
        quality:
          - {{name: amount_{n}_whole, type: custom, engine: heirloom, implementation: amount_{n} % 1 = 0}}
"""


def seconds(columns: int) -> tuple[int, float]:
    """How many rules a contract of so many columns has, and the CPU seconds of the quickest of five loads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wide.yaml")
        path.write_text(HEAD + "".join(COLUMN.format(n=n) for n in range(columns)))
        times = []
        for _ in range(5):
            began = time.process_time()
            rules = len([rule.mark for rule in read(path).rules])
            times.append(time.process_time() - began)
    return rules, min(times)


if __name__ == "__main__":
    print(f"{'rules':>6} {'CPU ms':>8} {'us a rule':>10}")
    found = dict(seconds(columns) for columns in (10, 100, 400))
    for rules, cpu in found.items():
        print(f"{rules:>6} {1e3 * cpu:>8.1f} {1e6 * cpu / rules:>10.1f}")
    sys.exit(any(cpu / rules * 500 > 0.2 for rules, cpu in found.items()))
