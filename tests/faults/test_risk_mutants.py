"""Whatever is broken in the inheritance pass, at least three tests see it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from risk_mutants import MUTANTS, NAME

pytestmark = pytest.mark.faults
HERE = Path(__file__).parent
RISK = HERE.parent / "governance" / "risk"
# Those that look at answers, not at files or at Dagster's runs; laws last, as they draw many graphs.
FILES = "inheritance columns resolutions edges periods definitions placing joining coverage selection laws".split()
ENOUGH = 3


def failures(mutant: str) -> int:
    files = [str(RISK / f"test_risk_{name}.py") for name in FILES]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        f"--maxfail={ENOUGH}",
        "-p",
        "risk_mutants",
        "-p",
        "no:cacheprovider",
    ]
    path = os.pathsep.join([str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, NAME: mutant}
    done = subprocess.run([*command, *files], cwd=HERE.parents[1], env=env, capture_output=True, text=True, check=False)
    counted = re.search(r"(\d+) failed", done.stdout)
    assert "error" not in done.stdout.splitlines()[-1], done.stdout
    return int(counted[1]) if counted else 0


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_pass_breaks_at_least_three_tests(mutant):
    assert failures(mutant) >= ENOUGH


def test_the_sound_pass_breaks_none():
    assert failures("") == 0
