"""Dagster runs in few words, and what the event log says after them."""

from collections.abc import Iterable
from typing import Any

import dagster as dg

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(
    defs: dg.Definitions, instance: dg.DagsterInstance, *assets: str, checks: bool = True, **options: Any
) -> dg.ExecuteInProcessResult:
    """A run of these assets, with or without their checks; of everything without names."""
    graph = defs.resolve_asset_graph()
    wanted = [dg.AssetKey.from_user_string(asset) for asset in assets] or list(graph.materializable_asset_keys)
    selection = dg.AssetSelection.assets(*wanted)
    return _run(defs, instance, selection if checks else selection.without_checks(), **options)


def run_checks(
    defs: dg.Definitions, instance: dg.DagsterInstance, *names: str, **options: Any
) -> dg.ExecuteInProcessResult:
    """A run of these checks (`asset/key:check`) alone."""
    return _run(defs, instance, dg.AssetSelection.checks(*map(check_key, names)), **options)


def _run(
    defs: dg.Definitions, instance: dg.DagsterInstance, selection: dg.AssetSelection, **options: Any
) -> dg.ExecuteInProcessResult:
    job = dg.define_asset_job("wanted", selection)
    whole = dg.Definitions.merge(defs, dg.Definitions(jobs=[job]))
    return whole.resolve_job_def("wanted").execute_in_process(
        instance=instance, raise_on_error=False, run_config=_QUIET, **options
    )


def check_key(name: str) -> dg.AssetCheckKey:
    asset, _, check = name.rpartition(":")
    return dg.AssetCheckKey(dg.AssetKey.from_user_string(asset), check)


def latest(instance: dg.DagsterInstance, name: str) -> dg.AssetCheckEvaluation:
    """The newest evaluation of a check, from the event log."""
    record = instance.get_latest_asset_check_evaluation_record(check_key(name))
    assert record is not None
    assert record.event is not None
    evaluation = record.event.asset_check_evaluation
    assert evaluation is not None
    return evaluation


def report(instance: dg.DagsterInstance, name: str, *, passed: bool, target: Any = None, **fields: Any) -> None:
    """An evaluation from outside any run."""
    key = check_key(name)
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=passed,
            metadata=fields.pop("metadata", {}),
            target_materialization_data=target,
            **fields,
        )
    )


def failed_steps(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.step_key for event in result.all_events if event.is_step_failure}


def executed_steps(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.step_key for event in result.all_events if event.is_step_start}


def names(keys: Iterable[dg.AssetKey]) -> set[str]:
    return {key.to_user_string() for key in keys}
