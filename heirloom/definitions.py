"""The code location, assembled: assets, then contracts and gates laid over them, and risks inherited."""

import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)

import clv_assets  # noqa: E402
import governance  # noqa: E402
from clv_assets import champion, checks, features, jobs, landing, reports, scores, sources, training  # noqa: E402
from governance.evidence.recorder import recorded  # noqa: E402
from governance.risk import CATALOGUE, Register, governed, inherit  # noqa: E402
from governance.risk.gates import today_utc  # noqa: E402
from governance.risk_report import with_risk_report  # noqa: E402
from heirloom.ledger import recorder  # noqa: E402
from heirloom.resources import resources, session  # noqa: E402
from heirloom.settings import Settings, read  # noqa: E402
from lakehouse.contracts.checks import contracted  # noqa: E402
from lakehouse.contracts.document import contracts_in  # noqa: E402
from lakehouse.read_gate import gated  # noqa: E402
from lakehouse.spark import Spark  # noqa: E402
from lakehouse.static_lineage import read as read_lineage  # noqa: E402
from lakehouse.static_lineage import with_lineage  # noqa: E402

CLV = Path(clv_assets.__file__).parent
POLICY = Path(governance.__file__).with_name("appetite.yaml")
ACCEPTANCES = Path(governance.__file__).with_name("acceptances.yaml")


def build_defs(
    *, settings: Settings, spark: Spark | None = None, today: Callable[[], date] = today_utc, **overrides: Any
) -> dg.Definitions:
    """Everything that Dagster sees, on a Spark of its own or a given one; `overrides` replace resources by name."""
    contracts = contracts_in(CLV / "contracts")
    defs = dg.Definitions(
        assets=[*_external(), *_assets()],
        asset_checks=dg.load_asset_checks_from_modules([checks]),
        jobs=jobs.JOBS,
        schedules=jobs.SCHEDULES,
        resources=resources(settings, contracts, spark=spark or session(settings)) | overrides,
        executor=dg.in_process_executor,
    )
    told = with_lineage(contracted(defs, contracts), read_lineage(CLV / "lineage.json"))
    register = Register.read(CATALOGUE)
    watched = governed(told, register=register, policy=POLICY, acceptances=ACCEPTANCES, today=today)
    reported = with_risk_report(
        watched,
        name="heirloom",
        register=register,
        policy=POLICY,
        acceptances=ACCEPTANCES,
        owners=["team:clv"],
        today=today,
    )
    told_of = inherit(gated(reported), register=register)
    return recorded(told_of, recorder(settings, told_of, acceptances=ACCEPTANCES))


def _external() -> list[dg.AssetSpec]:
    return [sources.transactions, sources.customers, sources.rates]


def _assets() -> list[Any]:
    modules = [landing, features, training, champion, scores, reports]
    return [*dg.load_assets_from_modules(modules, key_prefix="clv")]


defs = build_defs(settings=read())
