"""The gate at an input, whichever way its asset's blocking checks are evaluated."""

import dagster as dg
import pytest

from lakehouse import read_gate
from lakehouse.errors import GateClosed


class Gated(dg.IOManager):
    def handle_output(self, context, obj) -> None: ...

    def load_input(self, context) -> int:
        read_gate.require_open(context)
        return 1


SPEC = dg.AssetCheckSpec("good", asset="made", blocking=True)


@dg.asset(name="made", check_specs=[SPEC])
def checked_after():
    yield dg.MaterializeResult(value=1, check_results=[dg.AssetCheckResult(check_name="good", passed=True)])


@dg.asset(name="made", check_specs=[SPEC])
def checked_before():
    yield dg.AssetCheckResult(check_name="good", passed=True)
    yield dg.Output(1)


@dg.asset(name="made", check_specs=[SPEC])
def refused():
    yield dg.Output(1)
    yield dg.AssetCheckResult(check_name="good", passed=False, description="too few")


@dg.asset
def read(made: int) -> None: ...


def run(instance, made, name) -> None:
    defs = read_gate.gated(dg.Definitions(assets=[made, read], resources={"io_manager": Gated()}))
    job = defs.resolve_implicit_global_asset_job_def()
    job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey(name)])


@pytest.mark.parametrize("made", [checked_after, checked_before])
@pytest.mark.parametrize("times", [1, 2])
def test_a_version_checked_by_the_step_that_made_it_is_read(instance, made, times):
    for _ in range(times):
        run(instance, made, "made")

    run(instance, made, "read")


def test_a_version_that_failed_is_not_read_in_a_later_run_either(instance):
    with pytest.raises(dg.DagsterError, match="1 blocking asset check failed"):
        run(instance, refused, "made")

    with pytest.raises(GateClosed, match="its gate good failed: too few"):
        run(instance, refused, "read")
