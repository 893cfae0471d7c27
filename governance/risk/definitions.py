"""For anyone's Definitions: what every asset inherits, and the same written back on the specs."""

import dagster as dg

from governance.risk.graph import nodes_of
from governance.risk.inheritance import Holds, Inheritance, inheritance
from governance.risk.load_gate import Groups
from governance.risk.register import Register
from governance.risk.tags import with_risks


def inherit(defs: dg.Definitions, *, register: Register, groups: Groups | None = None) -> dg.Definitions:
    """The definitions with the risks of every asset, external ones too, as tags and metadata.

    `groups` are findings about a process: they reach everything in the group, and its heirs.
    """
    risks = risks_of(defs, register=register, groups=groups)

    def written(spec: dg.AssetSpec) -> dg.AssetSpec:
        return with_risks(spec, risks[spec.key.to_user_string()])

    return defs.permissive_map_resolved_asset_specs(func=written, selection=None)


def risks_of(
    defs: dg.Definitions, *, register: Register, groups: Groups | None = None, holds: Holds | None = None
) -> Inheritance:
    """The complete answer, typed, with no cap; `holds` as in `inheritance`."""
    return inheritance(nodes_of(defs), register=register, groups=groups, holds=holds)
