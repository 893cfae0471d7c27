"""The gate on assets: definitions whose governed assets carry two checks, which ask at run time what only runs know.

`risk_within_appetite` blocks. It sees the graph of the definitions, never the selection of a run, which may leave out
the very asset that a risk comes from. What it cannot read it refuses.
`nothing_overdue` warns before a date and shows red after it; it blocks nobody.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from governance.risk import refusals, reviews
from governance.risk.acceptances import Acceptances
from governance.risk.appetite import Appetite, judged, policy_in
from governance.risk.definitions import risks_of
from governance.risk.errors import EvidenceUnreadable
from governance.risk.evidence import evidence
from governance.risk.inheritance import Inheritance, inheritance
from governance.risk.load_gate import Groups
from governance.risk.node import Node
from governance.risk.placing import Findings
from governance.risk.proof import Proof
from governance.risk.register import Register

WITHIN_APPETITE = "risk_within_appetite"
NOTHING_OVERDUE = "nothing_overdue"
REVIEW = "review_risks"
# Seconds until the gate asks again for proofs that its own run is yet to make: steps have no order but their inputs.
WAITS = (1, 2, 4, 8, 16, 32)
_AFTER_OTHER_CHECKS = {"dagster/priority": "-1"}
_EVERY_NIGHT = "30 0 * * *"
_log = logging.getLogger(__name__)


def today_utc() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def governed(  # noqa: PLR0913
    defs: dg.Definitions,
    *,
    register: Register,
    policy: Path | str,
    acceptances: Path | str,
    groups: Groups | None = None,
    findings: Findings | None = None,
    today: Callable[[], dt.date] = today_utc,
) -> dg.Definitions:
    """The definitions with both checks on every asset of a group in the policy, and a nightly job that runs them.

    Files that do not fit the definitions are refused here. Dates are not: what is overdue is only told, as a location
    must not stop loading on some morning.
    """
    risks = risks_of(defs, register=register, groups=groups, findings=findings)
    appetites = policy_in(policy, groups={node.group for node in risks.nodes.values()})
    gate = _Gate(risks=risks, acceptances=Acceptances.read(acceptances, risks=risks), today=today)
    gate.tell()
    keys = {key.to_user_string(): key for key in defs.resolve_asset_graph().get_all_asset_keys()}
    watched = [node for node in risks.nodes.values() if node.group in appetites and node.key in keys]
    within = [_within_appetite(keys[node.key], gate, appetites[node.group]) for node in watched]
    overdue = [_nothing_overdue(keys[node.key], gate) for node in watched]
    return dg.Definitions.merge(defs, _reviewed([*within, *overdue])) if watched else defs


@dataclass(frozen=True, kw_only=True)
class _Gate:
    """All that a gate needs and that is known when the definitions are loaded."""

    risks: Inheritance
    acceptances: Acceptances
    today: Callable[[], dt.date]

    def tell(self) -> None:
        """Tell what is due, and acceptances that speak of nothing, in one warning."""
        late = [one.sentence for one in reviews.due(self.acceptances, self.today(), risks=self.risks)]
        ended = [one.sentence for one in reviews.ended(self.risks, self.today())]
        if told := [*late, *ended, *reviews.idle(self.acceptances, self.risks)]:
            _log.warning("Risks to look at:\n  %s", "\n  ".join(told))

    def now(self, asset: str, instance: dg.DagsterInstance) -> Inheritance:
        """The inheritance with evidence. Checks that have no say about this asset are not asked."""
        ask, concerned = evidence(instance, self.risks.nodes), self._asked(asset)

        def holds(check: str) -> Proof:
            return ask(check) if check in concerned else Proof("stale")

        return inheritance(self.risks.nodes.values(), register=self.risks.register, holds=holds, today=self.today())

    def _asked(self, asset: str) -> set[str]:
        """The checks that an asset and its ancestors name."""
        nodes: Mapping[str, Node] = self.risks.nodes
        seen, waiting = {asset}, [asset]
        while waiting:
            fresh = {*nodes[waiting.pop()].parents} - seen
            seen |= fresh
            waiting.extend(fresh)
        return {check for one in seen for said in (*nodes[one].declared, *nodes[one].process) for check in said.asks}


def _within_appetite(key: dg.AssetKey, gate: _Gate, appetite: Appetite) -> dg.AssetChecksDefinition:
    asset = key.to_user_string()

    @dg.asset_check(
        asset=key,
        name=WITHIN_APPETITE,
        blocking=True,
        description=f"what it carries and inherits is within the appetite of {appetite.group}",
        op_tags=_AFTER_OTHER_CHECKS,
    )
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        try:
            risks = gate.now(asset, context.instance)
        except EvidenceUnreadable as error:
            return dg.AssetCheckResult(passed=False, description=f"Refused, as nothing is known: {error}")
        _wait_for_proofs(risks, context)
        found = judged(risks, asset, appetite=appetite, acceptances=gate.acceptances, today=gate.today())
        return dg.AssetCheckResult(
            passed=found.passed,
            description=refusals.sentence(found, risks),
            metadata={**refusals.counts(found), "risks": dg.MetadataValue.md(refusals.table(found))},
        )

    return check


def _wait_for_proofs(risks: Inheritance, context: dg.AssetCheckExecutionContext) -> None:
    """Ask again later, some times, if a proof is planned in this very run and not there yet."""
    step = context.op_execution_context
    planned = any(step.run_id in proof.pending for proof in (risks.proofs or {}).values())
    if planned and step.retry_number < len(WAITS):
        raise dg.RetryRequested(max_retries=len(WAITS), seconds_to_wait=WAITS[step.retry_number])


def _nothing_overdue(key: dg.AssetKey, gate: _Gate) -> dg.AssetChecksDefinition:
    asset = key.to_user_string()

    @dg.asset_check(
        asset=key, name=NOTHING_OVERDUE, description="no acceptance or review that it rests on is past its date"
    )
    def check() -> dg.AssetCheckResult:
        late = reviews.due(gate.acceptances, gate.today(), risks=gate.risks, asset=asset)
        bad = any(one.level == "error" for one in late)
        return dg.AssetCheckResult(
            passed=not late,
            severity=dg.AssetCheckSeverity.ERROR if bad else dg.AssetCheckSeverity.WARN,
            description="; ".join(f"{one.owner}: {one.sentence}" for one in late) or "nothing is due",
            metadata={"due": len(late), "overdue": sum(one.level == "error" for one in late)},
        )

    return check


def _reviewed(checks: list[dg.AssetChecksDefinition]) -> dg.Definitions:
    """Every night, as a gate that passed yesterday may be past its date today, with nothing made in between."""
    selection = dg.AssetSelection.checks(*(key for check in checks for key in check.check_keys))
    job = dg.define_asset_job(REVIEW, selection, description="Whether risks are still within the appetite today.")
    schedule = dg.ScheduleDefinition(name=f"{REVIEW}_nightly", job=job, cron_schedule=_EVERY_NIGHT)
    return dg.Definitions(asset_checks=checks, jobs=[job], schedules=[schedule])
