"""A draft of a contract's next version, from what was recorded of the versions so far.

It asks; it decides nothing. What failed stays as strict as it is, and is put to a human with how often it failed; what
the draft itself changes is tighter than before.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lakehouse.contracts.compatibility import changes, gravest
from lakehouse.contracts.document import Contract, contract_of
from lakehouse.contracts.published import next_version
from lakehouse.contracts.rules import REJECTED_SHARE, RowRule, TableRule
from lakehouse.contracts.verdicts import Verdict
from lakehouse.contracts.yaml_lines import Block, dumped, load
from lakehouse.errors import ContractError

_ENOUGH = 3
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Record:
    """Verdicts of past writes; rejected rows by reason; of rules with a list, the values that are not on it."""

    verdicts: Sequence[Verdict]
    rejected: Mapping[str, int] = field(default_factory=dict)
    unlisted: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def record(contract: Contract, verdicts: Sequence[Verdict], quarantined: Iterable[tuple[str, Sequence[str]]]) -> Record:
    """What is known, with the rows of the quarantine as JSON and their reasons. Values of persons are not looked at."""
    rejected: Counter[str] = Counter()
    unlisted: dict[str, Counter[str]] = {}
    lists = {rule.name: rule.column for rule in contract.row_rules if _is_list(rule, contract)}
    for row, reasons in quarantined:
        rejected.update(reasons)
        for name in lists.keys() & set(reasons):
            value = json.loads(row).get(lists[name])
            unlisted.setdefault(name, Counter())[json.dumps(value, ensure_ascii=False)] += 1
    return Record(verdicts=verdicts, rejected=rejected, unlisted=unlisted)


def draft(contract: Contract, known: Record) -> str:
    """The draft as YAML, its questions as comments above it."""
    document = load(contract.path)
    document["status"] = "draft"
    share = _share(contract, known)
    if share is not None:
        document["customProperties"] = [
            *(one for one in document.get("customProperties", []) if one["property"] != "rejectedShare"),
            {"property": "rejectedShare", "value": share},
        ]
    document["version"] = _version(contract, document)
    head = [f"# A draft after {contract.reference}, from {_counted(known)}. Each line is a question."]
    asked = [f"# - {one}" for one in questions(contract, known, share=share)] or ["# - Nothing failed: is it needed?"]
    return "\n".join([*head, *asked, dumped(document)])


def questions(contract: Contract, known: Record, *, share: float | None) -> Iterator[str]:
    for rule in contract.rules:
        yield from _failed(rule, known)
        yield from _only_warned(rule, known)
    if share is not None:
        yield f"{REJECTED_SHARE} was never near its bound: is {share:g} enough? The draft says so."


def _failed(rule: RowRule | TableRule, known: Record) -> Iterator[str]:
    failed = [verdict for verdict in known.verdicts if rule.name in verdict.failed]
    lying = known.rejected.get(rule.name, 0)
    if not failed and not lying:
        return
    rows = sum(verdict.violations.get(rule.name, 0) for verdict in failed)
    said = f"{len(failed)} of {len(known.verdicts)} writes broke {rule.name}"
    said += f", by {rows:,} rows" if rows else ""
    said += f"; {lying:,} rows lie in quarantine for it" if lying else ""
    yield f"{said}: is the data wrong, or the rule? The draft keeps it."
    if values := known.unlisted.get(rule.name):
        common = sorted(values.items(), key=lambda one: (-one[1], one[0]))[:_SHOWN]
        listed = ", ".join(f"{value} ({count:,})" for value, count in common)
        yield f"Not on the list of {rule.name}: {listed}. Does one belong on it? Readers would then see it."


def _only_warned(rule: RowRule | TableRule, known: Record) -> Iterator[str]:
    """Of rules that every recorded write was judged by and none broke."""
    held = all(verdict.knows(rule) and rule.name not in verdict.failed for verdict in known.verdicts)
    if rule.consequence == "warn" and held and len(known.verdicts) >= _ENOUGH:
        yield f"{rule.name} only warns and held in all {len(known.verdicts)} writes: may it refuse what breaks it?"


def _share(contract: Contract, known: Record) -> float | None:
    """Twice the largest share ever rejected, where that is less than what is allowed."""
    if len(known.verdicts) < _ENOUGH:
        return None
    largest = max(verdict.rejected / verdict.rows if verdict.rows else 0.0 for verdict in known.verdicts)
    share = max(0.01, math.ceil(200 * largest) / 100)
    allowed = next(rule.limits[0] for rule in contract.table_rules if rule.name == REJECTED_SHARE)
    return share if share < allowed else None


def _version(contract: Contract, document: Block) -> str:
    """The number that the draft's changes ask for; a draft that would let more through is none."""
    found = changes(contract, contract_of(dumped(document).encode(), contract.path))
    if loosened := [change.what for change in found if "reader" in change.breaks]:
        raise ContractError(f"the draft of {contract.reference} would loosen {', '.join(loosened)}")
    return next_version(contract.version, gravest(found) or "patch")


def _is_list(rule: RowRule, contract: Contract) -> bool:
    listed = rule.limit is not None and rule.limit[0] == "validValues"
    return listed and contract.by_name[str(rule.column)].pii is None


def _counted(known: Record) -> str:
    return f"{len(known.verdicts)} recorded writes and {sum(known.rejected.values()):,} reasons in the quarantine"
