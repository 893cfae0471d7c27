"""CPU seconds of loading the code location, beyond importing dagster."""

import subprocess
import sys
from statistics import median

CODE = "import time, dagster; t = time.process_time(); import heirloom.definitions; print(time.process_time() - t)"


def main() -> None:
    runs = [float(subprocess.check_output([sys.executable, "-W", "ignore", "-c", CODE])) for _ in range(7)]
    print(f"load beyond dagster, CPU s: min {min(runs):.2f}, median {median(runs):.2f}, max {max(runs):.2f}, bar 1.5")


if __name__ == "__main__":
    main()
