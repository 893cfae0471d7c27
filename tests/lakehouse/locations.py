"""Small code locations, put together as `heirloom.definitions` puts the real one together."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import dagster as dg

from lakehouse.contracts.checks import contracted
from lakehouse.read_gate import gated
from lakehouse.spark import Spark
from lakehouse.static_lineage import with_lineage
from lakehouse.tables import SparkTableIOManager

SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

daily = dg.DailyPartitionsDefinition("2026-01-05", end_date="2026-03-02")
weekly = dg.WeeklyPartitionsDefinition("2026-01-05", end_date="2026-03-02", day_offset=1)
countries = dg.StaticPartitionsDefinition(["AT", "DE", "it's \\ odd {column}"])


@dataclass
class Location:
    """Definitions on an instance of their own. `source` gives each asset its rows, and may be changed between runs."""

    engine: Spark
    instance: dg.DagsterInstance
    package: str
    assets: Sequence[dg.AssetsDefinition | dg.AssetSpec]
    contracts: Sequence
    checks: Sequence[dg.AssetChecksDefinition] = ()
    lineage: dict = field(default_factory=dict)
    resources: dict = field(default_factory=dict)

    @property
    def defs(self) -> dg.Definitions:
        contracts = {contract.key: contract for contract in self.contracts}
        manager = SparkTableIOManager(self.engine, contracts)
        plain = dg.Definitions(
            assets=self.assets, asset_checks=self.checks, resources={"io_manager": manager, **self.resources}
        )
        return gated(with_lineage(contracted(plain, contracts), self.lineage))

    def key(self, name: str) -> dg.AssetKey:
        return dg.AssetKey([self.package, name])

    def run(self, *names: str, day: str | None = None, last: str | None = None) -> dg.ExecuteInProcessResult:
        """Materialise these, with their checks: unpartitioned, one partition, or the range from `day` to `last`."""
        between = {"dagster/asset_partition_range_start": day, "dagster/asset_partition_range_end": last}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            return self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
                asset_selection=[self.key(name) for name in names],
                instance=self.instance,
                partition_key=None if last else day,
                tags=between if last else None,
                run_config=SILENT,
                raise_on_error=False,
            )

    def check(self, name: str) -> dg.ExecuteInProcessResult:
        """Run the checks of an asset and nothing else."""
        assets = [*self.defs.assets, *self.defs.asset_checks]
        return dg.materialize(
            assets,
            selection=dg.AssetSelection.checks_for_assets(self.key(name)),
            instance=self.instance,
            resources=self.defs.resources,
            run_config=SILENT,
            raise_on_error=False,
        )

    def made(self, name: str) -> dg.AssetMaterialization | None:
        event = self.instance.get_latest_materialization_event(self.key(name))
        return event.asset_materialization if event else None

    def evaluation(self, name: str, check: str) -> dg.AssetCheckEvaluation:
        """The latest in the event log."""
        record = self.instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(self.key(name), check))
        return record.event.asset_check_evaluation

    def rows(self, name: str) -> list[tuple]:
        table = self.engine.lake.table(f"{self.package}.{name}").scan().to_arrow()
        return sorted((tuple(row.values()) for row in table.to_pylist()), key=str)


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What the step that failed says, with all that caused it."""
    (event,) = [event for event in result.all_events if event.is_step_failure]
    said, error = [], event.event_specific_data.error
    while error:
        said.append(error.message)
        error = error.cause
    details = event.event_specific_data.user_failure_data
    return "\n".join([details.description or "" if details else "", *said])


Rows = Callable[[], list[tuple]]
