"""All that is known at the end of a run, as rows of the ledger's tables."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.evidence import asset_rows, risk_rows, where
from governance.evidence.asset_rows import EventLog
from governance.evidence.changes import closed, compared, identified
from governance.evidence.ledger import Ledger
from governance.evidence.personal import Personal
from governance.evidence.risk_rows import Fate
from governance.evidence.runs import Finished
from governance.evidence.tables import FINDINGS, INHERITED, RUNS, SINKS, VERDICTS
from governance.risk import Acceptances, AssetRisks, Inheritance
from governance.risk.outputs import outputs

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What is known at a moment of all assets of a location, and by which code."""

    risks: Inheritance
    acceptances: Acceptances
    personal: Personal
    log: EventLog
    time: dt.datetime
    code_version: str

    def recorded(self, run: Finished, ledger: Ledger) -> bool:
        """Put it into the ledger as what was known after this run. Whether anything was missing there."""
        if ledger.recorded([run.run_id]):
            return False
        previous = ledger.last_ended(before=run.ended)
        common = {"run_id": run.run_id, "time": self.time, "env": ledger.env, "code_version": self.code_version}
        rows, summary = self._rows(run)
        for name in (FINDINGS, INHERITED):
            rows[name] = _since(previous, rows[name], name, ledger)
        rows[RUNS] = [{**_run(run), **summary, "previous": previous and previous["run_id"]}]
        # The commit to `runs` says that the others are there.
        return [
            ledger.append_once(name, [{**row, **common} for row in rows[name]], run_id=run.run_id) for name in rows
        ][-1]

    def _rows(self, run: Finished) -> tuple[dict[str, list[Row]], Row]:
        nodes, mine = self.risks.nodes, frozenset(run.selection)
        here = {key: self.risks[key] for key in nodes}
        found = {key: risk_rows.fates(one, self.acceptances, self.time.date()) for key, one in here.items()}
        fates: dict[str, list[Fate]] = {key: [*own, *inherited] for key, (own, inherited) in found.items()}
        verdicts = [asset_rows.verdict_row(here[key], nodes[key], self.log, in_run=key in mine) for key in nodes]
        sinks = [
            asset_rows.sink_row(nodes[key], fates[key], self.personal, in_run=key in mine) for key in outputs(nodes)
        ]
        rows = {
            FINDINGS: [identified(risk_rows.own_row(fate)) for own, _ in found.values() for fate in own],
            INHERITED: [identified(risk_rows.inherited_row(fate)) for _, more in found.values() for fate in more],
            SINKS: sinks,
            VERDICTS: verdicts,
        }
        of_run = [fate for key in mine & fates.keys() for fate in fates[key]]
        return rows, _summary(run, of_run, _of(verdicts), _of(sinks), [here[key] for key in mine & here.keys()])


def _of(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["in_run"]]


def _summary(
    run: Finished, fates: Sequence[Fate], verdicts: Sequence[Row], sinks: Sequence[Row], here: Sequence[AssetRisks]
) -> Row:
    found = {
        **risk_rows.counts(fates),
        "checks_failed": sum(len(row["checks_failed"]) for row in verdicts),
        "not_assessed": sum(one.unassessed is not None for one in here),
        "unreadable": sum(one.unreadable is not None for one in here),
        "sinks": len(sinks),
        "sensitive_columns": sum(len(row["sensitive"]) for row in sinks),
    }
    unknown = [one for one in here if not one.complete]
    return {**found, "health": asset_rows.health(run.outcome, found=found, unknown=unknown)}


def _run(run: Finished) -> Row:
    return {
        "job": run.job,
        "selection": list(run.selection),
        "partitions": run.partitions,
        "started": run.started,
        "ended": run.ended,
        "outcome": run.outcome,
        "failed_steps": list(run.failed_steps),
    }


def _since(previous: Mapping[str, Any] | None, rows: Sequence[Row], name: str, ledger: Ledger) -> list[Row]:
    """The rows with what changed since the previous recording, and those that closed."""
    if previous is None:
        return compared(rows, ())[0]
    held = where.every(where.equal("run_id", previous["run_id"]), where.unlike("change", "closed"))
    before = ledger.rows(name, held, columns=("id", "fingerprint"))
    told, gone = compared(rows, ((row["id"], row["fingerprint"]) for row in before))
    return [*told, *closed(gone, lambda: ledger.rows(name, held))]
