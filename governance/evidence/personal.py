"""Which columns hold personal data: by the class on their spec, else by what they are made from."""

from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg

from governance.risk import Node
from governance.risk.order import parents_first

# A pseudonym is what persons become at the landing: it may be quoted, and opens nothing to who has not the key.
PSEUDONYM = "pseudonym"
_CLASS = "pii"
_SCHEMA = "dagster/column_schema"


@dataclass(frozen=True)
class Personal:
    """The classes of personal data by asset and column. An asset whose columns are not known is not in it."""

    classes: Mapping[str, Mapping[str, frozenset[str]]]

    def of(self, asset: str) -> Mapping[str, frozenset[str]] | None:
        """The columns of an asset that hold personal data; None if its columns are not known."""
        found = self.classes.get(asset)
        return None if found is None else {column: kinds for column, kinds in found.items() if kinds}

    def columns(self, asset: str) -> frozenset[str] | None:
        """All columns of an asset."""
        found = self.classes.get(asset)
        return None if found is None else frozenset(found)


def personal_columns(defs: dg.Definitions, nodes: Mapping[str, Node]) -> Personal:
    """By spec and lineage. What has a class of its own has no other: a pseudonym is no name any more."""
    declared, found = _declared(defs), dict[str, dict[str, frozenset[str]]]()
    for node in parents_first(nodes.values()):
        columns = declared.get(node.key, {})
        found[node.key] = {
            column: frozenset((kind,)) if kind else _made_from(column, node, found) for column, kind in columns.items()
        }
    return Personal(
        {
            asset: {column: kinds - {PSEUDONYM} for column, kinds in columns.items()}
            for asset, columns in found.items()
            if asset in declared
        }
    )


def _made_from(column: str, node: Node, found: Mapping[str, Mapping[str, frozenset[str]]]) -> frozenset[str]:
    """The classes of the columns whose values it holds, in some form."""
    sources = node.lineage.made_from.get(column, ()) if node.lineage else ()
    return frozenset(kind for asset, source in sources for kind in found.get(asset, {}).get(source, ()))


def _declared(defs: dg.Definitions) -> dict[str, dict[str, str | None]]:
    schemas = {spec.key.to_user_string(): spec.metadata.get(_SCHEMA) for spec in defs.resolve_all_asset_specs()}
    return {
        asset: {column.name: column.tags.get(_CLASS) for column in schema.columns}
        for asset, schema in sorted(schemas.items())
        if isinstance(schema, dg.TableSchema)
    }
