"""`heirloom demo`: the whole code location on the sample shop, through Dagster, in one process and one JVM."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from governance.risk.errors import RiskError
from heirloom.cli.failing import in_a_sentence
from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    import dagster as dg

    from governance.evidence.recorder import Recorder
    from heirloom.settings import Settings

WEEKS = 8


@click.command()
@click.option("--customers", default=2000, show_default=True, help="How many customers the shop has.")
@click.option("--days", default=730, show_default=True, help="How many days of orders it has.")
@in_a_sentence
def command(customers: int, days: int) -> None:
    """Make a sample shop, materialise every asset, and say what came out. What is there already is kept."""
    from heirloom.cli.answer import answer
    from heirloom.definitions import ACCEPTANCES, defs
    from heirloom.home import instance
    from heirloom.ledger import recorder
    from heirloom.settings import read

    settings, started = read(), time.monotonic()
    with instance(settings) as dagster:
        first, last = _shop(settings, customers=customers, days=days)
        for step in steps(first, last):
            _run(step, defs=defs, instance=dagster)
        _record(recorder(settings, defs, acceptances=ACCEPTANCES), dagster)
        print(answer(settings, defs, dagster, seconds=time.monotonic() - started))


def _record(location: "Recorder", instance: "dg.DagsterInstance") -> None:
    """What cannot be recorded makes no good run red, but it is said."""
    try:
        done = sum(1 for _ in location.catch_up(instance))
    except (LakehouseError, RiskError) as error:
        print(f"ledger            not written: {error}. Then: heirloom ledger record", file=sys.stderr)
    else:
        print(f"ledger            {done} runs recorded")


@dataclass(frozen=True)
class Step:
    """A job, the assets it makes, and the partitions wanted of them."""

    job: str
    assets: tuple[str, ...]
    partitions: tuple[str, ...] = ()

    @property
    def tags(self) -> dict[str, str]:
        """The range as Dagster's tags: one run, one write."""
        if not self.partitions:
            return {}
        first, last = self.partitions[0], self.partitions[-1]
        return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def steps(first: date, last: date) -> Iterator[Step]:
    monday = last + timedelta(days=1) - timedelta(days=(last + timedelta(days=1)).weekday())
    mondays = [monday - timedelta(weeks=week) for week in reversed(range(WEEKS))]
    yield Step("land_orders", ("clv/transactions",), _days(first, last))
    yield Step(
        "train_models",
        ("clv/customers", "clv/training_set", "clv/value_model", "clv/value_champion", "clv/value_report"),
    )
    yield Step("make_features", ("clv/customer_features",), _days(mondays[0], monday))
    yield Step("score_customers", ("clv/customer_scores",), tuple(day.isoformat() for day in mondays))
    yield Step("report_risks", ("governance/risk_report",))


def _days(first: date, last: date) -> tuple[str, ...]:
    return tuple((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))


def _shop(settings: "Settings", *, customers: int, days: int) -> tuple[date, date]:
    """The first and last day of the shop, which is made if the embedded one is not there yet."""
    import sqlite3
    from pathlib import Path

    url = settings.shop.shown
    if not url.startswith("sqlite:///"):
        raise click.ClickException("the demo makes its own shop: unset HEIRLOOM_SHOP, or name a sqlite:/// file")
    path = Path(url.removeprefix("sqlite:///"))
    if not path.exists():
        from heirloom.sample_shop import describe, generate, write

        shop = generate(customers=customers, days=days, seed=7)
        write(shop, url)
        print(f"shop              {describe(shop)}")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as shop_db:
        found = shop_db.execute("select min(day), max(day) from rates").fetchone()
    return date.fromisoformat(found[0]), date.fromisoformat(found[1])


def _run(step: Step, *, defs: "dg.Definitions", instance: "dg.DagsterInstance") -> None:
    if _is_there(step, instance):
        print(f"{step.job:<17} there already")
        return
    span = f" {step.partitions[0]} to {step.partitions[-1]}" if step.partitions else ""
    print(f"{step.job:<17} {', '.join(step.assets)}{span} ...", end="", flush=True)
    started = time.monotonic()
    result = defs.resolve_job_def(step.job).execute_in_process(
        instance=instance, tags=step.tags, raise_on_error=False, run_config=_QUIET
    )
    print(f" {time.monotonic() - started:.0f} s")
    if not result.success:
        raise click.ClickException(f"{step.job} failed: {_why(result)} (`make dev` shows run {result.run_id})")


_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def _is_there(step: Step, instance: "dg.DagsterInstance") -> bool:
    import dagster as dg

    for name in step.assets:
        key = dg.AssetKey.from_user_string(name)
        if step.partitions and not set(step.partitions) <= instance.get_materialized_partitions(key):
            return False
        if instance.get_latest_materialization_event(key) is None:
            return False
    return True


def _why(result: "dg.ExecuteInProcessResult") -> str:
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    for failure in failures:
        if failure.user_failure_data and failure.user_failure_data.description:
            return str(failure.user_failure_data.description)
        if failure.error:
            return str((failure.error.cause or failure.error).message).strip()
    return "see the run"
