"""Laws that hold on every graph, against an oracle that walks each route by itself."""

import datetime as dt
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from risk_graphs import BROKEN, PROVEN, REGISTER, asset, found

from governance.risk import Lineage, Resolution, Severity, inheritance
from governance.risk.coverage import coverage
from governance.risk.selection import heirs
from governance.risk.summary import summaries, summary

COLUMNS = ("a", "b", "c")
RISKS = tuple(REGISTER)
YESTERDAY, TODAY = dt.date(2026, 5, 1), dt.date(2026, 5, 2)
every = settings(max_examples=150, deadline=None)

columns = st.sampled_from(COLUMNS)
findings = st.lists(
    st.builds(
        found,
        st.sampled_from(RISKS),
        st.none() | columns,
        severity=st.none() | st.sampled_from(Severity),
        note=st.sampled_from(["one", "two"]),
        valid_until=st.none() | st.sampled_from([YESTERDAY, TODAY]),
    ),
    max_size=2,
    unique=True,
).map(tuple)


@st.composite
def lineages(draw, parents):
    if not parents or draw(st.booleans()):
        return None
    read = st.tuples(st.sampled_from(parents), columns)
    made_from = draw(st.dictionaries(columns, st.lists(read, max_size=3)))
    return Lineage(made_from, draw(st.frozensets(read, max_size=2)))


@st.composite
def graphs(draw, *, resolving=True):
    nodes = []
    for number in range(draw(st.integers(1, 7))):
        key = f"t{number}"
        parents = tuple(
            draw(st.lists(st.sampled_from([node.key for node in nodes]), max_size=3, unique=True)) if nodes else ()
        )
        resolution = st.builds(
            Resolution,
            risk=st.sampled_from(RISKS),
            proof=st.sampled_from([f"{key}:yes", f"{key}:no"]),
            note=st.just("n"),
            columns=st.just(()) | columns.map(lambda column: (column,)),
            parent=st.none() | st.sampled_from(parents) if parents else st.none(),
        )
        nodes.append(
            asset(
                key,
                *parents,
                findings=draw(findings),
                lineage=draw(lineages(parents)),
                columns=draw(st.none() | st.just(frozenset(COLUMNS))),
                assessed=draw(st.booleans()),
                resolutions=tuple(draw(st.lists(resolution, max_size=2))) if resolving else (),
                checks=frozenset({"yes", "no"}),
            )
        )
    return nodes


def holds(proof):
    return PROVEN if proof.endswith(":yes") else BROKEN


def oracle(nodes):
    """(asset, finding, origin, column, via, resolved at) -> (least distance, number of routes), route by route."""
    routes, nearest = Counter(), {}
    for origin in nodes:
        for finding in origin.findings:
            walks = [(origin.key, finding.column, "asset" if finding.column is None else "column", None, 0)]
            while walks:
                key, column, via, end, distance = walks.pop()
                here = (key, finding, origin.key, column, via, end)
                routes[here] += 1
                nearest[here] = min(distance, nearest.get(here, distance))
                for heir in (node for node in nodes if key in node.parents):
                    for there, by in naive_places(heir, key, column, via):
                        ended = end or naive_end(heir, finding.risk, there, key)
                        walks.append((heir.key, there, by, ended, distance + 1))
    return {here: (nearest[here], count) for here, count in routes.items()}


def naive_places(heir, parent, column, via):
    if column is None:
        return [(None, via)]
    if heir.lineage is None:
        return [(None, "assumed")]
    reads = [pair for sources in heir.lineage.made_from.values() for pair in sources] + list(heir.lineage.influences)
    if parent not in [pair[0] for pair in reads]:
        return [(None, "assumed")]
    places = [(name, "column") for name, sources in heir.lineage.made_from.items() if (parent, column) in sources]
    if (parent, column) in heir.lineage.influences:
        places += [(None, "influence")]
    left_out = heir.columns is not None and any(name not in heir.lineage.made_from for name in heir.columns)
    return [*places, (None, "assumed")] if left_out else places


def naive_end(heir, risk, column, parent):
    for end in heir.resolutions:
        speaks = (not end.columns or column in end.columns) and end.parent in (None, parent)
        if end.risk == risk and holds(end.proof) is PROVEN and speaks:
            return heir.key
    return None


def arrivals(risks):
    return {
        (key, one.finding, one.origin, one.column, one.via, one.resolved_at): one
        for key, here in risks.items()
        for one in (*here.own, *here.inherited)
    }


@given(graphs())
@every
def test_the_pass_equals_the_oracle(nodes):
    found_here = arrivals(inheritance(nodes, register=REGISTER, holds=holds))
    assert {here: (one.distance, one.routes) for here, one in found_here.items()} == oracle(nodes)


@given(graphs())
@every
def test_a_route_is_a_way_in_the_graph_as_long_as_the_distance(nodes):
    by_key = {node.key: node for node in nodes}
    for (key, *_), one in arrivals(inheritance(nodes, register=REGISTER, holds=holds)).items():
        assert (one.route[0], one.route[-1], len(one.route)) == (one.origin, key, one.distance + 1)
        assert all(up in by_key[down].parents for up, down in zip(one.route, one.route[1:], strict=False))
        assert (one.columns[0], one.columns[-1]) == (one.finding.column, one.column)


@given(graphs())
@every
def test_the_route_of_what_stands_passes_no_end_and_of_what_ended_meets_it_where_it_says(nodes):
    by_key = {node.key: node for node in nodes}
    for one in arrivals(inheritance(nodes, register=REGISTER, holds=holds)).values():
        steps = zip(one.route[1:], one.columns[1:], one.route, strict=False)
        met = [naive_end(by_key[key], one.risk, column, parent) for key, column, parent in steps]
        assert next(filter(None, met), None) == one.resolved_at


@given(graphs(), st.sampled_from(RISKS), st.data())
@every
def test_an_edge_that_does_not_pass_a_risk_ends_that_risk_only_and_only_behind_it(nodes, risk, data):
    with_parents = [number for number, node in enumerate(nodes) if node.parents]
    if not with_parents:
        return
    number = data.draw(st.sampled_from(with_parents))
    node = nodes[number]
    end = Resolution(risk=risk, proof=f"{node.key}:yes", note="n", parent=data.draw(st.sampled_from(node.parents)))
    closed = [*nodes]
    closed[number] = replace(node, resolutions=(*node.resolutions, end))
    before, after = (arrivals(inheritance(graph, register=REGISTER, holds=holds)) for graph in (nodes, closed))
    # Nothing is lost from sight: what stands no more is there as ended, by the same way, at the same places.
    assert {here[:-1] for here in before} == {here[:-1] for here in after}
    behind = {node.key, *heirs(inheritance(nodes, register=REGISTER), node.key)}
    changed = before.keys() ^ after.keys()
    assert all(finding.risk == risk and key in behind for key, finding, *_ in changed)


@given(graphs())
@every
def test_the_calendar_changes_what_counts_and_nothing_that_is_shown(nodes):
    always = inheritance(nodes, register=REGISTER, holds=holds)
    today = inheritance(nodes, register=REGISTER, holds=holds, today=TODAY)
    before, after = arrivals(always), arrivals(today)
    assert {here: (one.distance, one.routes) for here, one in before.items()} == {
        here: (one.distance, one.routes) for here, one in after.items()
    }
    assert all(one.in_force == (one.finding.valid_until != YESTERDAY) for one in after.values())
    kept = [replace(node, findings=tuple(one for one in node.findings if one.in_force(TODAY))) for node in nodes]
    without = inheritance(kept, register=REGISTER, holds=holds)
    assert {key: here.state for key, here in today.items()} == {key: here.state for key, here in without.items()}


@given(graphs())
@every
def test_coverage_counts_every_heir_once_and_as_the_answer_does(nodes):
    risks = inheritance(nodes, register=REGISTER, holds=holds, today=TODAY)
    for origin, finding in risks.findings:
        hops = coverage(risks, risk=finding.risk, origin=origin)
        listed = [key for hop in hops for key in (*hop.got, *(one.asset for one in hop.missed))]
        assert sorted(listed) == heirs(risks, origin)
        standing = {
            key
            for key in listed
            if any(one.stands and (one.risk, one.origin) == (finding.risk, origin) for one in risks[key].inherited)
        }
        assert {key for hop in hops for key in hop.got} == standing


@given(graphs(), st.booleans())
@every
def test_the_line_of_an_overview_says_what_the_answer_says(nodes, known):
    risks = inheritance(nodes, register=REGISTER, holds=holds if known else None, today=TODAY)
    assert [*summaries(risks)] == [summary(here) for here in risks.values()]


@given(graphs(), st.data())
@every
def test_an_edge_more_never_removes_a_risk(nodes, data):
    number = data.draw(st.integers(0, len(nodes) - 1))
    above = [node.key for node in nodes[:number]]
    more = data.draw(st.lists(st.sampled_from(above), unique=True)) if above else []
    node = nodes[number]
    richer = [*nodes]
    richer[number] = replace(node, parents=tuple(dict.fromkeys((*node.parents, *more))))
    before = inheritance(nodes, register=REGISTER, holds=holds)
    after = inheritance(richer, register=REGISTER, holds=holds)
    assert arrivals(before).keys() <= arrivals(after).keys()
    unsafe = {key for key in before if before[key].state != "clean"}
    assert unsafe <= {key for key in after if after[key].state != "clean"}


@given(graphs(), st.randoms(use_true_random=False))
@every
def test_the_order_of_declaration_is_irrelevant(nodes, random):
    def mixed(items):
        items = list(items)
        random.shuffle(items)
        return items

    def mixed_lineage(lineage):
        columns = {name: mixed(sources) for name, sources in mixed(lineage.made_from.items())}
        return Lineage(columns, frozenset(mixed(lineage.influences)))

    shuffled = [
        replace(
            node,
            parents=tuple(mixed(node.parents)),
            findings=tuple(mixed(node.findings)),
            resolutions=tuple(mixed(node.resolutions)),
            lineage=node.lineage and mixed_lineage(node.lineage),
        )
        for node in mixed(nodes)
    ]
    one, other = inheritance(nodes, register=REGISTER), inheritance(shuffled, register=REGISTER)
    assert {key: here.as_json() for key, here in one.items()} == {key: here.as_json() for key, here in other.items()}


@given(graphs())
@every
def test_clean_means_assessed_all_the_way_up_and_nothing_standing(nodes):
    risks = inheritance(nodes, register=REGISTER, holds=holds)
    by_key = {node.key: node for node in nodes}
    for key, here in risks.items():
        standing = [one for one in (*here.own, *here.inherited) if one.stands]
        above, waiting = set(), [key]
        while waiting:
            above.add(waiting[-1])
            waiting.extend(by_key[waiting.pop()].parents)
        unassessed = sorted(name for name in above if not by_key[name].assessed)
        assert (here.state == "clean") == (not standing and not unassessed)
        assert (here.state == "risks") == bool(standing)
        assert risks.unassessed(key) == tuple(unassessed)


@given(graphs(resolving=False))
@every
def test_a_resolution_that_does_not_hold_changes_nothing(nodes):
    idle = [
        replace(node, resolutions=tuple(Resolution(risk=risk, proof="t0:no", note="n") for risk in RISKS))
        for node in nodes
    ]
    plain, broken = (inheritance(graph, register=REGISTER, holds=holds) for graph in (nodes, idle))
    assert arrivals(plain) == arrivals(broken)
