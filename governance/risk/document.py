"""An answer as JSON: what `heirloom risks --json` prints and `heirloom diff` compares."""

import json
from collections.abc import Mapping
from typing import Any

from governance.risk import reviews
from governance.risk.arrivals import AssetRisks
from governance.risk.inheritance import Inheritance


def document(risks: Inheritance, *, selected: Mapping[str, AssetRisks], failed: Mapping[str, str]) -> dict[str, Any]:
    """Every selected asset; `failed` are the code locations that could not be loaded, with their errors.

    `evidence` says whether the event log was asked, `ended` which findings ceased to count not long ago.
    """
    ended = reviews.ended(risks, risks.today) if risks.today else []
    return {
        "assets": {key: {**here.as_json(), **_about(risks, key)} for key, here in sorted(selected.items())},
        "failed": dict(sorted(failed.items())),
        "evidence": risks.proofs is not None,
        "today": risks.today and risks.today.isoformat(),
        "ended": [{"origin": one.origin, **one.finding.as_metadata()} for one in ended],
    }


def dumped(said: Mapping[str, Any]) -> str:
    """As text, one asset a line: a large one is written in seconds, and two compare line by line."""
    assets = ",\n".join(f"  {json.dumps(key)}: {json.dumps(here)}" for key, here in said["assets"].items())
    others = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in said.items() if name != "assets"]
    return "{\n" + ",\n".join([f' "assets": {{\n{assets}\n }}', *others]) + "\n}"


def _about(risks: Inheritance, key: str) -> dict[str, Any]:
    node = risks.nodes[key]
    resolves = [{**end.as_metadata(), "evidence": _evidence(end.proof, risks)} for end in node.resolutions]
    return {
        "resolves": resolves,
        "group": node.group,
        "owners": list(node.owners),
        "external": node.external,
        "why": node.unreadable,
    }


def _evidence(proof: str, risks: Inheritance) -> str:
    return "claim" if risks.proofs is None else risks.proofs[proof].word
