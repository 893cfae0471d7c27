"""A small location with real Iceberg tables, a model and its champion; nothing in it needs a JVM."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from governance.evidence.ledger import Ledger
from governance.evidence.recorder import Recorder
from governance.risk import Register, Risk, Severity, assessed, carries, inherit, risks_of
from lakehouse.contracts.columns import Column
from lakehouse.contracts.verdicts import Verdict
from lakehouse.evolution import ensure
from lakehouse.lake import Lake

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
REGISTER = Register(
    {
        id_: Risk(id=id_, label=id_, description=id_, severity=severity, category="test")
        for id_, severity in {
            "privacy.pii": Severity.HIGH,
            "quality.codes": Severity.MEDIUM,
            "model.churn": Severity.LOW,
        }.items()
    }
)
ACCEPTED = """\
- who: ann@shop.example
  what: privacy.pii
  where: toy/scores
  until: 2099-03-31
  why: needed
  ticket: T-1
"""
MONDAYS = dg.WeeklyPartitionsDefinition("2026-01-05", day_offset=1)
WEEK, NEXT = "2026-01-05", "2026-01-12"
COLUMNS = (
    Column(name="customer", type="string", description=""),
    Column(name="as_of", type="date", description=""),
    Column(name="value", type="double", description=""),
    Column(name="gender", type="string", description=""),
)
CLASSES = {"customer": {"pii": "pseudonym"}, "gender": {"pii": "gender"}}


def schema(columns) -> dict[str, Any]:
    if columns is None:
        return {}
    found = [dg.TableColumn(one.name, one.type, tags=CLASSES.get(one.name, {})) for one in columns]
    return {"dagster/column_schema": dg.TableSchema(columns=found)}


class Shop:
    """shop/crm -> toy/scores (a table) <- toy/value_champion <- toy/value_model; what a test says of each."""

    def __init__(self, lake: Lake, folder: Path) -> None:
        self.lake, self.folder = lake, folder
        self.value, self.fails, self.checks_pass, self.columns = 1.0, None, True, COLUMNS
        self.name_is: str | None = None
        self.crm: Callable[[dg.AssetSpec], dg.AssetSpec] = carries("privacy.pii", column="name", note="typed in")
        self.mark: Callable[..., Any] = carries("model.churn", note="no churn in it", owner="team:clv")
        self.accept(ACCEPTED)

    def accept(self, text: str) -> None:
        (self.folder / "acceptances.yaml").write_text(text)

    @property
    def defs(self) -> dg.Definitions:
        tags = {"pii": self.name_is} if self.name_is else {}
        columns = dg.TableSchema([dg.TableColumn("name", "string", tags=tags)])
        crm = self.crm(dg.AssetSpec(["shop", "crm"], metadata={"dagster/column_schema": columns}))
        channel = carries(
            "quality.codes", column="channel", note="remapped", severity="high", owner="Data Engineering"
        )(dg.AssetSpec(["lake", "sales_channel"], metadata={"dagster/table_name": "prod.lake.sales_channel"}))
        return inherit(
            dg.Definitions(
                assets=[crm, channel, dg.AssetSpec(["lake", "nobody"]), *self._assets()],
                asset_checks=[self._check()],
                executor=dg.in_process_executor,
            ),
            register=REGISTER,
        )

    def recorder(self, ledger: Ledger | None = None) -> Recorder:
        return Recorder(
            defs=self.defs,
            register=REGISTER,
            acceptances=self.folder / "acceptances.yaml",
            ledger=ledger or self.ledger,
            code_version=lambda: "abc123",
        )

    @property
    def ledger(self) -> Ledger:
        return Ledger(lake=self.lake, env="test")

    @property
    def risks(self):
        return risks_of(self.defs, register=REGISTER)

    def run(self, instance: dg.DagsterInstance, *names: str, **options: Any) -> dg.ExecuteInProcessResult:
        defs, keys = self.defs, [dg.AssetKey.from_user_string(name) for name in names or ("toy/scores",)]
        job = dg.define_asset_job("wanted", dg.AssetSelection.assets(*keys))
        config = {**QUIET, **options.pop("run_config", {})}
        whole = dg.Definitions.merge(defs, dg.Definitions(jobs=[job]))
        return whole.resolve_job_def("wanted").execute_in_process(
            instance=instance, raise_on_error=False, run_config=config, **options
        )

    def record(self, instance: dg.DagsterInstance) -> int:
        return sum(1 for _ in self.recorder().catch_up(instance))

    def _assets(self) -> list[dg.AssetsDefinition]:
        shop = self

        @assessed()
        @dg.asset(key_prefix="toy")
        def value_model(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            return _version(context.run.run_id)

        @assessed()
        @dg.asset(key_prefix="toy", deps=[value_model], config_schema={"version": dg.Field(str, is_required=False)})
        def value_champion(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            return _version(context.run.run_id)

        @self.mark
        @dg.asset(
            key_prefix="toy",
            deps=[["shop", "crm"], value_champion],
            partitions_def=MONDAYS,
            metadata=schema(self.columns),
        )
        def scores(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            if shop.fails:
                raise shop.fails
            snapshot = shop.write(context.partition_key)
            verdict = Verdict(contract="toy.scores@1.0.0", rows=2, rejected=0, failed={}, violations={}, values={})
            return dg.MaterializeResult(
                metadata={
                    "heirloom/snapshot": str(snapshot),
                    "heirloom/contract": "toy.scores@1.0.0 abc",
                    "heirloom/verdict": verdict.as_json(),
                },
                data_version=dg.DataVersion(str(snapshot)),
            )

        return [value_model, value_champion, scores]

    def write(self, partition: str) -> int:
        table = ensure("toy.scores", COLUMNS, partition="as_of", lake=self.lake, said_by="test")
        day = dt.date.fromisoformat(partition)
        rows = [
            {"customer": f"{n:032x}", "as_of": day, "value": self.value + n, "gender": "planted gender"} for n in (1, 2)
        ]
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
        return table.refresh().current_snapshot().snapshot_id

    def _check(self) -> dg.AssetChecksDefinition:
        @dg.asset_check(asset=["toy", "scores"], name="in_range")
        def in_range() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=self.checks_pass, metadata={"share": 0.5})

        return in_range


def _version(run_id: str) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"heirloom/model_version": run_id}, data_version=dg.DataVersion(run_id))
