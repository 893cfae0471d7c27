"""An answer as JSON: what `heirloom risks --json` prints and `heirloom diff` compares."""

from collections.abc import Mapping
from typing import Any

from governance.risk.arrivals import AssetRisks
from governance.risk.inheritance import Inheritance


def document(risks: Inheritance, *, selected: Mapping[str, AssetRisks], failed: Mapping[str, str]) -> dict[str, Any]:
    """Every selected asset; `failed` are the code locations that could not be loaded, with their errors."""
    return {
        "assets": {key: {**here.as_json(), **_about(risks, key)} for key, here in sorted(selected.items())},
        "failed": dict(sorted(failed.items())),
    }


def _about(risks: Inheritance, key: str) -> dict[str, Any]:
    node = risks.nodes[key]
    return {"group": node.group, "owners": list(node.owners), "external": node.external, "why": node.unreadable}
