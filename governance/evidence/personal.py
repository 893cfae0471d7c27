"""Which columns hold personal data, as `governance.risk.sensitive` follows it, for whoever counts or quotes them."""

from collections.abc import Mapping
from dataclasses import dataclass

from governance.risk import Inheritance
from governance.risk.sensitive import Holder, sensitive

# A pseudonym is what persons become at the landing: it may be quoted, and opens nothing to who has not the key.
PSEUDONYM = "pseudonym"
Classes = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Personal:
    """Of every asset its columns, None if nobody knows them, and the classes of personal data in them.

    The classes under None may be in any column: where lineage is not known, they are assumed to have come along.
    """

    columns: Mapping[str, frozenset[str] | None]
    classes: Mapping[str, Mapping[str | None, frozenset[str]]]

    def of(self, asset: str) -> Classes:
        """The classes by column."""
        return {column: kinds for column, kinds in self.classes.get(asset, {}).items() if column is not None}

    def anywhere(self, asset: str) -> frozenset[str]:
        """The classes that may be in any of its columns."""
        return self.classes.get(asset, {}).get(None, frozenset())


def personal_columns(risks: Inheritance) -> Personal:
    """What has a class of its own has no other: a pseudonym is no name any more. Only a proven end is one."""
    found: dict[str, dict[str | None, set[str]]] = {
        key: {column: {kind} for column, kind in node.personal.items()} for key, node in risks.nodes.items()
    }
    for one in sensitive(risks):
        for holder in one.holders:
            if _holds(holder):
                found[holder.asset].setdefault(holder.column, set()).add(one.class_)
    known = {asset: {at: frozenset(kinds - {PSEUDONYM}) for at, kinds in each.items()} for asset, each in found.items()}
    return Personal(
        columns={key: node.columns for key, node in risks.nodes.items()},
        classes={asset: {at: kinds for at, kinds in each.items() if kinds} for asset, each in known.items()},
    )


def _holds(holder: Holder) -> bool:
    """Whether the data itself may be there: an influence only decided which rows there are."""
    return holder.classified is None and holder.evidence != "proven" and holder.via != "influence"
