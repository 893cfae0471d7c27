"""The asset `governance/risk_report`: the page of inherited risk, made anew every night, with what changed since.

It tells of all definitions it is given, not of itself: it is made from definitions and the event log, not from data.
"""

import datetime as dt
import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from governance.pages import risk as pages
from governance.pages.risk import changed
from governance.risk import (
    Acceptances,
    Inheritance,
    Register,
    assessed,
    evidence,
    inheritance,
    risks_of,
)
from governance.risk.appetite import policy_in
from governance.risk.gates import today_utc
from lakehouse.errors import FileDamaged, TableMissing
from lakehouse.files import Page, Store

KEY = dg.AssetKey(["governance", "risk_report"])
COVERS = "covers_every_asset"
JOB = "report_risks"
_KNOWN = "known.json.gz"
_AFTER_REVIEW = "45 0 * * *"


def with_risk_report(  # noqa: PLR0913
    defs: dg.Definitions,
    *,
    name: str,
    register: Register,
    policy: Path | str,
    acceptances: Path | str,
    owners: list[str],
    today: Callable[[], dt.date] = today_utc,
) -> dg.Definitions:
    """The definitions and the report of them, with its check and a nightly job. The resource `model_store` keeps it."""

    @assessed()
    @dg.asset(key=KEY, group_name="governance", owners=owners, kinds={"html", "report"},
              required_resource_keys={"model_store"})  # fmt: skip
    def risk_report(context: dg.AssetExecutionContext) -> Page:
        """One page: the risks of everything the business uses, where they came from, and who must do what."""
        made = dt.datetime.now(dt.UTC)
        risks = _now(defs, register, context.instance, today())
        rules = policy_in(policy, groups={node.group for node in risks.nodes.values()})
        signed = Acceptances.read(acceptances, risks=risks)
        before, lost = _last(context.resources.model_store)
        html = pages.page(risks, made=made, name=name, policy=rules, acceptances=signed, before=before, lost=lost)
        known = json.dumps(changed.known(risks, policy=rules, failed={}, made=made)).encode()
        figures = pages.figures(risks, today=today(), policy=rules, acceptances=signed)
        return Page(html, figures=figures, beside={_KNOWN: gzip.compress(known, mtime=0)})

    @dg.asset_check(asset=KEY, name=COVERS, required_resource_keys={"model_store"},
                    description="the newest report tells of every asset that is defined now")  # fmt: skip
    def covers(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        told, _ = _last(context.resources.model_store)
        missing = sorted({*risks_of(defs, register=register)} - {*(told or {"known": []})["known"]})
        said = f"not told of: {', '.join(missing)}; make the report anew" if missing else "every asset is told of"
        return dg.AssetCheckResult(passed=not missing, description=said, metadata={"missing": len(missing)})

    job = dg.define_asset_job(JOB, dg.AssetSelection.assets(KEY), description="The report of inherited risk.")
    nightly = dg.ScheduleDefinition(name=f"{JOB}_nightly", job=job, cron_schedule=_AFTER_REVIEW)
    return dg.Definitions.merge(
        defs, dg.Definitions(assets=[risk_report], asset_checks=[covers], jobs=[job], schedules=[nightly])
    )


def _now(defs: dg.Definitions, register: Register, instance: dg.DagsterInstance, today: dt.date) -> Inheritance:
    """The inheritance with evidence, as gates see it; what cannot be read fails the report."""
    nodes = risks_of(defs, register=register).nodes
    return inheritance(nodes.values(), register=register, holds=evidence(instance, nodes), today=today)


def _last(store: Store) -> tuple[Mapping[str, Any] | None, str | None]:
    """What the last report knew; or nothing, and why it cannot be read where there is one."""
    try:
        _, files = store.get(KEY.to_user_string())
        return json.loads(gzip.decompress(files[_KNOWN])), None
    except TableMissing:
        return None, None
    except FileDamaged as error:
        return None, str(error)
