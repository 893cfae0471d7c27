"""Inheritance made wrong on purpose, one thing at a time: a pytest plugin that RISK_MUTANT names the mutant of."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from governance.risk import columns, findings, graph, propagation, sources
from governance.risk.node import Lineage

NAME = "RISK_MUTANT"
# The package exports the function under the module's name.
inheritance = sys.modules["governance.risk.inheritance"]
Patch = pytest.MonkeyPatch


def no_columns(patch: Patch) -> None:
    patch.setattr(propagation, "crossings", lambda _: {})


def no_influences(patch: Patch) -> None:
    crossings = propagation.crossings

    def blind(node):
        known = node.lineage and Lineage(node.lineage.made_from)
        return crossings(replace(node, lineage=known))

    patch.setattr(propagation, "crossings", blind)


def columns_for_certain(patch: Patch) -> None:
    """What lineage says nothing of reaches nobody, instead of everybody."""
    patch.setattr(propagation, "UNKNOWN", columns.Crossing({}, ()))


def no_distance(patch: Patch) -> None:
    def stepped(here, bundles):
        numbers, distances, routes = propagation._merged(bundles)
        return propagation.Bundle(here, numbers, distances, routes, tuple(bundle.here for bundle in bundles))

    patch.setattr(propagation, "_stepped", stepped)


def furthest_distance(patch: Patch) -> None:
    united = propagation._united

    def merged(bundles):
        numbers, _, routes = united(bundles)
        found = [[bundle.distance(number) for bundle in bundles] for number in numbers]
        return numbers, tuple(max(one for one in each if one is not None) for each in found), routes

    patch.setattr(propagation, "_merged", merged)


def one_route(patch: Patch) -> None:
    merged = propagation._merged

    def counted(bundles):
        numbers, distances, routes = merged(bundles)
        return numbers, distances, (1,) * len(routes)

    patch.setattr(propagation, "_merged", counted)


def last_witness(patch: Patch) -> None:
    """A way of the right length, but the last of equals and blind to edges that passed nothing."""
    nearest = propagation.nearest_route

    def route(held, key, place, number):
        turned = {
            asset: {at: bundle._replace(hops=bundle.hops[::-1], only=()) for at, bundle in there.items()}
            for asset, there in held.items()
        }
        return nearest(turned, key, place, number)

    patch.setattr(inheritance, "nearest_route", route)


def first_parent_only(patch: Patch) -> None:
    crossed = propagation._crossed
    patch.setattr(propagation, "_crossed", lambda key, parents, ways: crossed(key, dict([*parents.items()][:1]), ways))


def one_hop(patch: Patch) -> None:
    """As the peer: only what a table's own maker declared."""
    crossed = propagation._crossed

    def near(key, parents, ways):
        fresh = {
            parent: {place: bundle for place, bundle in held.items() if not any(bundle.distances)}
            for parent, held in parents.items()
        }
        return crossed(key, fresh, ways)

    patch.setattr(propagation, "_crossed", near)


def no_ends(patch: Patch) -> None:
    patch.setattr(propagation._Ends, "applied", lambda _, held, **__: held)


def ends_without_proof(patch: Patch) -> None:
    propagated = inheritance.propagated
    patch.setattr(inheritance, "propagated", lambda ordered, begun, _: propagated(ordered, begun, None))


def ends_over_every_edge(patch: Patch) -> None:
    covers = findings.Resolution.covers
    patch.setattr(findings.Resolution, "covers", lambda end, column, **_: covers(end, column, parent=end.parent))


def ends_every_column(patch: Patch) -> None:
    covers = findings.Resolution.covers
    patch.setattr(
        findings.Resolution, "covers", lambda end, _, parent: covers(replace(end, columns=()), None, parent=parent)
    )


def always_in_force(patch: Patch) -> None:
    patch.setattr(findings.Finding, "in_force", lambda *_: True)


def forgotten_when_over(patch: Patch) -> None:
    standing = sources._together

    def together(found, ended, today):
        return standing([one for one in found if one.in_force(today)], ended, today)

    patch.setattr(sources, "_together", together)


def no_groups(patch: Patch) -> None:
    patch.setattr(inheritance, "_said", lambda *_: {})


def unknown_is_clean(patch: Patch) -> None:
    patch.setattr(inheritance, "_nearest", lambda *_: {})


def nothing_refused(patch: Patch) -> None:
    patch.setattr(inheritance, "refuse_unknown", lambda *_, **__: None)


def stubs_are_assets(patch: Patch) -> None:
    patch.setattr(graph, "_stub", lambda name, **_: graph.Node(key=name, external=True, assessed=True))


MUTANTS: dict[str, Callable[[Patch], None]] = {
    mutant.__name__: mutant
    for mutant in (
        no_columns, no_influences, columns_for_certain, no_distance, furthest_distance, one_route, last_witness,
        first_parent_only, one_hop, no_ends, ends_without_proof, ends_over_every_edge, ends_every_column,
        always_in_force, forgotten_when_over, no_groups, unknown_is_clean, nothing_refused, stubs_are_assets,
    )
}  # fmt: skip


def pytest_configure() -> None:
    if name := os.environ.get(NAME):
        MUTANTS[name](pytest.MonkeyPatch())
