"""The location's own recorder: every run of it that ended, in the order in which they ended, exactly once.

Three call it, each of which catches up on all that is missing: the sensor, `heirloom demo` at its end, and
`heirloom ledger record`. No run waits for it and none turns red by it. What cannot be recorded stops it there, with a
red tick or a sentence, and the next call begins again at that run: there are no holes.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dagster as dg

from governance.evidence.asset_rows import EventLog
from governance.evidence.ledger import Ledger
from governance.evidence.personal import personal_columns
from governance.evidence.recording import Knowledge
from governance.evidence.runs import EntityKey, ended, finished
from governance.risk import Acceptances, Inheritance, Register, evidence, inheritance, risks_of

SENSOR = "record_runs"
_EVERY = 60
# Dagster gives a tick 60 seconds; what is left is recorded by the next.
_TICK = dt.timedelta(seconds=30)
# Runs may show late that they ended, and clocks differ.
_LOOK_BACK = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Whose runs are recorded, with what is known of them, and where."""

    defs: dg.Definitions
    register: Register
    acceptances: Path
    ledger: Ledger
    code_version: Callable[[], str]

    def catch_up(self, instance: dg.DagsterInstance, *, since: dt.datetime | None = None) -> Iterator[dt.datetime]:
        """Record what is missing of the runs that ended since then, one after the other; yields when each ended."""
        runs = ended(instance, since=since)
        there = self.ledger.recorded([one.dagster_run.run_id for one in runs])
        for record in runs:
            if record.dagster_run.run_id not in there:
                run = finished(record, instance=instance, ours=self._ours, jobs=self._jobs)
                if run and self.known(instance).recorded(run, self.ledger):
                    yield run.ended

    def known(self, instance: dg.DagsterInstance) -> Knowledge:
        """All that is known now."""
        now = dt.datetime.now(dt.UTC)
        nodes = self.declared.nodes
        risks = inheritance(nodes.values(), register=self.register, holds=evidence(instance, nodes), today=now.date())
        return Knowledge(
            risks=risks,
            acceptances=Acceptances.read(self.acceptances, risks=risks),
            personal=personal_columns(risks),
            log=EventLog.read(instance, nodes.values()),
            time=now,
            code_version=self.code_version(),
        )

    @cached_property
    def declared(self) -> Inheritance:
        return risks_of(self.defs, register=self.register)

    @cached_property
    def _ours(self) -> frozenset[EntityKey]:
        graph = self.defs.resolve_asset_graph()
        return frozenset({*graph.executable_asset_keys, *graph.asset_check_keys})

    @cached_property
    def _jobs(self) -> frozenset[str]:
        return frozenset(job.name for job in self.defs.get_repository_def().get_all_jobs())


def recorded(defs: dg.Definitions, recorder: Recorder) -> dg.Definitions:
    """The definitions with the sensor that records their runs; it is on wherever a daemon is."""

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=_EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Puts every run that ended into lake.governance, with the risks that were known then.",
    )
    def record_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        since = dt.datetime.fromisoformat(context.cursor) if context.cursor else None
        until, done = dt.datetime.now(dt.UTC) + _TICK, 0
        for ended_at in recorder.catch_up(context.instance, since=since and since - _LOOK_BACK):
            since, done = max(ended_at, since or ended_at), done + 1
            if dt.datetime.now(dt.UTC) > until:
                break
        said = f"{done} runs recorded" if done else "no run ended since"
        return dg.SensorResult(skip_reason=said, cursor=since.isoformat() if since else None)

    return dg.Definitions.merge(defs, dg.Definitions(sensors=[record_runs]))
