"""The finished runs of a code location, as Dagster tells of them: what each was to do, and how it ended."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import dagster as dg
from dagster import DagsterEventType, DagsterRun, DagsterRunStatus, RunRecord

from governance.evidence.errors import EvidenceError

_OUTCOMES = {
    DagsterRunStatus.SUCCESS: "success",
    DagsterRunStatus.FAILURE: "failure",
    DagsterRunStatus.CANCELED: "canceled",
}
EntityKey = dg.AssetKey | dg.AssetCheckKey
_EVENTS = {
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
    DagsterEventType.STEP_FAILURE,
}
_PAGE = 1000
_RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A run that ended, whatever way; `selection` are the assets that it was to make or check."""

    run_id: str
    job: str
    selection: tuple[str, ...]
    partitions: str | None
    started: dt.datetime | None
    ended: dt.datetime
    outcome: str
    failed_steps: tuple[str, ...]


def ended(instance: dg.DagsterInstance, *, since: dt.datetime | None) -> list[RunRecord]:
    """Runs that ended since then, in the order in which they ended."""
    wanted = dg.RunsFilter(statuses=list(_OUTCOMES), updated_after=since)
    return sorted(instance.get_run_records(wanted), key=lambda one: (moment_of(one), one.dagster_run.run_id))


def moment_of(record: RunRecord) -> dt.datetime:
    """When it ended; one that was cancelled in the queue never began, and has only its last update."""
    if record.end_time is not None:
        return dt.datetime.fromtimestamp(record.end_time, dt.UTC)
    updated = record.update_timestamp
    return updated if updated.tzinfo else updated.replace(tzinfo=dt.UTC)


def finished(
    record: RunRecord, *, instance: dg.DagsterInstance, ours: Collection[EntityKey], jobs: Collection[str]
) -> Finished | None:
    """The run, if it was to make or check what is made or checked here (`ours`), or is a job here that does neither."""
    run = record.dagster_run
    planned, failed = _events(run, instance)
    if not (planned & set(ours) if planned else run.job_name in jobs):
        return None
    return Finished(
        run_id=run.run_id,
        job=run.job_name,
        selection=tuple(sorted({_asset(key) for key in planned})),
        partitions=_partitions(run),
        started=dt.datetime.fromtimestamp(record.start_time, dt.UTC) if record.start_time is not None else None,
        ended=moment_of(record),
        outcome=_OUTCOMES[run.status],
        failed_steps=tuple(sorted(failed)),
    )


def _events(run: DagsterRun, instance: dg.DagsterInstance) -> tuple[set[EntityKey], set[str]]:
    """The assets and checks that a run was to make, and the steps that failed."""
    planned: set[EntityKey] = set()
    failed: set[str] = set()
    cursor = None
    while True:
        try:
            page = instance.get_records_for_run(run.run_id, cursor=cursor, of_type=_EVENTS, limit=_PAGE)
        except Exception as error:
            raise EvidenceError(f"the events of run {run.run_id} cannot be read: {error}") from error
        for record in page.records:
            event = record.event_log_entry.get_dagster_event()
            if event.event_type is DagsterEventType.STEP_FAILURE:
                failed.add(event.step_key or "")
            elif event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
                planned.add(event.asset_check_planned_data.asset_check_key)
            elif event.asset_key:
                planned.add(event.asset_key)
        if not page.has_more:
            return planned, failed
        cursor = page.cursor


def _asset(key: EntityKey) -> str:
    return (key.asset_key if isinstance(key, dg.AssetCheckKey) else key).to_user_string()


def _partitions(run: DagsterRun) -> str | None:
    first, last = (run.tags.get(name) for name in _RANGE)
    return f"{first}...{last}" if first and last else run.tags.get("dagster/partition")
