"""A certificate: all that is known of one materialisation of an asset, as plain JSON.

Its risks are those that the ledger holds for the run that made it. What is not known is said in `unknown`, and so
stands first on the page.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import dagster as dg

from governance.evidence import provenance, quoted
from governance.evidence.errors import NotCertifiable
from governance.evidence.ledger import Ledger
from governance.evidence.personal import Personal
from governance.evidence.provenance import Made, iso
from governance.evidence.recorder import Recorder
from governance.evidence.tables import VERDICTS
from governance.evidence.upstream import gap, risks_of_run
from governance.risk import Node
from governance.risk.errors import did_you_mean

Document = dict[str, Any]
FORMAT = "heirloom certificate 1"
_SAID = (
    "risk severity state mitigated stands kind distance origin origin_column columns via route routes note owner "
    "mitigation mitigation_owner proof evidence opened_by opened measured review_by valid_from valid_until resolved_at "
    "resolution accepted_by accepted_until accepted_why ticket"
).split()
# A run recorded later than this may have been made by other code than what recorded it.
_PROMPTLY = dt.timedelta(minutes=15)
_LATE = "nobody can tell which code made it, as its run was not recorded when it ended"


@dataclass(frozen=True, kw_only=True)
class Certifier:
    """What certificates are written from."""

    instance: dg.DagsterInstance
    ledger: Ledger
    nodes: Mapping[str, Node]
    specs: Mapping[str, dg.AssetSpec]
    personal: Personal

    @classmethod
    def of(cls, location: Recorder, instance: dg.DagsterInstance) -> Self:
        return cls(
            instance=instance,
            ledger=location.ledger,
            nodes=location.declared.nodes,
            specs={spec.key.to_user_string(): spec for spec in location.defs.resolve_all_asset_specs()},
            personal=location.known(instance).personal,
        )

    def document(self, asset: str, *, partition: str | None = None, keys: Mapping[str, str] | None = None) -> Document:
        """The certificate of the newest materialisation, of one partition if it is named; with `keys` its row."""
        if asset not in self.specs:
            raise NotCertifiable(f"no asset '{asset}' is made here.{did_you_mean(asset, self.specs)}")
        made = provenance.made(self.instance, asset, partition=partition)
        run = self._recording(made)
        parents = {key: node.parents for key, node in self.nodes.items()}
        inputs = provenance.ancestry(self.instance, made, parents=parents)
        code = {one: self._code(one) for one in {made.run_id, *(one.run_id for one, _ in inputs)}}
        found = {
            "format": FORMAT,
            "issued": iso(dt.datetime.now(dt.UTC)),
            "env": self.ledger.env,
            "asset": self._about(asset, made),
            "materialisation": {
                **made.as_json(),
                "job": run["job"],
                "outcome": run["outcome"],
                "health": run["health"],
                "code_version": code[made.run_id],
            },
            "inputs": [
                {**one.as_json(), "code_version": code[one.run_id], "read_by": read_by} for one, read_by in inputs
            ],
            "models": [_model(one) for one in (made, *(one for one, _ in inputs)) if one.model_version],
            "releases": [
                provenance.release(self.instance, one)
                for one in (made, *(one for one, _ in inputs))
                if provenance.is_champion(one.asset)
            ],
            **self._risks(asset, run),
        }
        if keys:
            definition = self.specs[asset].partitions_def
            found["row"] = quoted.quoted(
                made, keys, lake=self.ledger.lake, personal=self.personal, partitions=definition
            )
        return {**found, "unknown": list(_unknown(found))}

    def _recording(self, made: Made) -> dict[str, Any]:
        if made.run_id is None:
            raise NotCertifiable(f"{made.asset} was reported from outside of any run: nothing is known of that one")
        run = self.ledger.run(made.run_id)
        if run is None:
            raise NotCertifiable(
                f"run {made.run_id}, which made {made.asset}, is not in the ledger: it has not ended yet, or is not "
                "recorded. Try again when it has (heirloom ledger record)"
            )
        return run

    def _code(self, run_id: str | None) -> str | None:
        """The code that made it; None where nobody can tell."""
        run = self.ledger.run(run_id) if run_id else None
        return run["code_version"] if run and run["time"] - run["ended"] <= _PROMPTLY else None

    def _about(self, asset: str, made: Made) -> Document:
        spec = self.specs[asset]
        return {
            "key": asset,
            "partition": made.partition,
            "description": spec.description,
            "group": spec.group_name,
            "owners": list(spec.owners),
        }

    def _risks(self, asset: str, run: Mapping[str, Any]) -> Document:
        verdicts = {row["asset"]: row for row in self.ledger.of_run(VERDICTS, run["run_id"])}
        here = verdicts.get(asset)
        known = {"known_at": iso(run["time"]), "run_ended": iso(run["ended"]), "code_version": run["code_version"]}
        if here is None:
            why = f"{asset} was not among the assets that the recording of its run knows"
            return {"risks": {**known, "state": "not_assessed", "why": why, "listed": []}, "acceptances": []}
        rows = risks_of_run(self.ledger, run["run_id"], assets=[asset]).get(asset, [])
        checks = {"passed": here["checks_passed"], "failed": here["checks_failed"], "missing": here["checks_missing"]}
        return {
            "risks": {**known, "state": here["state"], "why": gap(here), "listed": [_plain(row) for row in rows]},
            "acceptances": _acceptances(rows),
            "checks": checks,
        }


def _model(one: Made) -> Document:
    return {"asset": one.asset, "version": one.model_version, "made_at": iso(one.made_at), "run": one.run_id}


def _plain(row: Mapping[str, Any]) -> Document:
    return {name: value.isoformat() if isinstance(value := row[name], dt.date) else value for name in _SAID}


def _acceptances(rows: Sequence[Mapping[str, Any]]) -> list[Document]:
    found = {
        (row["risk"], row["accepted_by"], row["accepted_until"], row["ticket"]): row
        for row in rows
        if row["accepted_by"]
    }
    return [
        {
            "risk": row["risk"],
            "who": row["accepted_by"],
            "until": row["accepted_until"].isoformat(),
            "why": row["accepted_why"],
            "ticket": row["ticket"],
        }
        for row in found.values()
    ]


def _unknown(found: Document) -> Iterator[str]:
    """What a reader must not take for granted."""
    risks, made = found["risks"], found["materialisation"]
    if risks["why"]:
        yield f"risks are not all known: {risks['why']}"
    ended, recorded = (dt.datetime.fromisoformat(risks[name]) for name in ("run_ended", "known_at"))
    if recorded - ended > _PROMPTLY:
        yield f"its run ended at {ended:%Y-%m-%d %H:%M} and was recorded at {recorded:%Y-%m-%d %H:%M}: risks as of then"
    if made["snapshot"] and not made["verdict"]:
        yield "no contract judged this version"
    yield from (f"its check {check} was never evaluated" for check in found.get("checks", {}).get("missing", ()))
    gaps: dict[str, list[str]] = {}
    for one in (made, *found["inputs"]):
        if why := one["why_unknown"] or (None if one["code_version"] else _LATE):
            gaps.setdefault(why, []).append(one["asset"])
    yield from (f"{', '.join(dict.fromkeys(assets))}: {why}" for why, assets in gaps.items())
    if found.get("row", {}).get("state") == "unreadable":
        yield f"the row: {found['row']['why']}"
