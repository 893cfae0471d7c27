"""The words and cells in which risks are told on the command line."""

from collections.abc import Iterable, Iterator, Sequence

from governance.risk import Arrival, Severity
from governance.risk.arrivals import EXACT
from governance.risk.findings import Finding

_COLUMNS = 6
Same = Sequence[Arrival]


def together(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    """One entry a finding and fate, whatever number of columns it came by."""
    found: dict[object, list[Arrival]] = {}
    for one in arrivals:
        found.setdefault((one.finding, one.origin, one.resolved_at), []).append(one)
    return list(found.values())


def by_finding(arrivals: Iterable[Arrival]) -> dict[tuple[Finding, str], list[Arrival]]:
    found: dict[tuple[Finding, str], list[Arrival]] = {}
    for one in arrivals:
        found.setdefault((one.finding, one.origin), []).append(one)
    return found


def worst(arrivals: Iterable[Arrival]) -> Arrival | None:
    """Of those that stand."""
    return min((one for one in arrivals if one.stands), key=lambda one: one.order, default=None)


def named(arrival: Arrival) -> str:
    return called(arrival.severity, arrival.risk, arrival.origin, arrival.finding.column)


def called(severity: Severity, risk: str, origin: str, column: str | None) -> str:
    return f"{severity} {risk} from {origin}.{column}" if column else f"{severity} {risk} from {origin}"


def place(arrival: Arrival) -> str:
    column = arrival.finding.column
    return f"{arrival.origin}.{column}" if column else arrival.origin


def columns(same: Same) -> str:
    """The columns, and how it came to be on the whole asset as well."""
    names = sorted({one.column for one in same if one.column is not None})
    more = [f"{len(names) - _COLUMNS} more"] if len(names) > _COLUMNS else []
    ways = sorted({one.via for one in same if one.column is None})
    whole = ["the whole" if "asset" in ways else f"the whole ({', '.join(ways)})"] if ways else []
    return ", ".join([*names[:_COLUMNS], *more, *whole])


def ways(same: Same) -> str:
    if not same[0].distance:
        return ""
    routes = min(sum(one.routes for one in same), EXACT)
    return f"{min(one.distance for one in same)} away" + (f" by {routes} routes" if routes > 1 else "")


def state(arrival: Arrival) -> str:
    if arrival.resolved_at and arrival.in_force:
        return f"ended at {arrival.resolved_at} ({arrival.resolution})"
    return arrival.state


def details(arrival: Arrival) -> Iterator[str]:
    """Who owns it and what was said, what is done about it and what proves that."""
    finding = arrival.finding
    dates = {"review by": finding.review_by, "from": finding.valid_from, "until": finding.valid_until}
    known = ", ".join(f"{word} {date}" for word, date in dates.items() if date)
    yield f"{finding.owner or 'no owner'}: {finding.note}{f' ({known})' if known else ''}"
    if finding.mitigation or finding.proof:
        proof = f"{finding.proof} is {arrival.evidence}" if finding.proof else "a claim, without proof"
        yield f"{finding.mitigation_owner or 'mitigation'}: {finding.mitigation or 'see the proof'} ({proof})"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
