"""Coverage per hop: who of the assets at each distance has a risk, and why the others have not."""

import datetime as dt
import json

from risk_graphs import BROKEN, PROVEN, REGISTER, asset, found, made

from governance.risk import Resolution, inheritance
from governance.risk.coverage import Missed, coverage, covered


def end(key, **fields):
    return Resolution(risk="privacy.pii", proof=f"{key}:hashed", note="n", **fields)


HASHED = frozenset({"hashed"})
GRAPH = [
    asset("crm", findings=(found(column="name"), found("quality.codes"))),
    asset("mail", "crm"),
    asset("ids", "crm", lineage=made({"id": [("crm", "id")]})),
    asset("pseudo", "crm", resolutions=(end("pseudo"),), checks=HASHED),
    asset("edge", "ids", "pseudo"),
    asset("list", "ids"),
    asset("view", "mail", resolutions=(end("view", parent="mail"),), checks=HASHED),
    asset("report", "view", "list", "mail"),
    asset("both", "view", "list"),
    asset("apart"),
]


def hops(*nodes, origin="crm", **options):
    risks = inheritance(nodes or GRAPH, register=REGISTER, **options)
    return {hop.distance: hop for hop in coverage(risks, risk="privacy.pii", origin=origin)}


def test_each_distance_has_its_share_and_the_others_their_reason():
    found_here = hops(holds=lambda _: PROVEN)
    assert {distance: hop.got for distance, hop in found_here.items()} == {1: ("mail",), 2: ("report",), 3: ()}
    assert {distance: round(hop.share, 2) for distance, hop in found_here.items()} == {1: 0.33, 2: 0.25, 3: 0.0}
    missed = {one.asset: (one.why, one.at) for hop in found_here.values() for one in hop.missed}
    assert missed == {
        "ids": ("lineage", "ids"),
        "list": ("lineage", "ids"),
        "pseudo": ("resolution", "pseudo"),
        "edge": ("resolution", "pseudo"),
        "view": ("edge", "view"),
        "both": ("edge", "view"),
    }


def test_before_any_run_an_end_is_a_claim():
    (one,) = [one for one in hops()[1].missed if one.asset == "pseudo"]
    assert one == Missed(asset="pseudo", why="resolution", at="pseudo", evidence="claim")


def test_an_end_without_its_proof_stops_nothing():
    assert hops(holds=lambda _: BROKEN)[1].got == ("mail", "pseudo")


def test_a_risk_whose_period_is_over_says_so():
    nodes = [asset("a", findings=(found(valid_until=dt.date(2026, 1, 1)),)), asset("b", "a")]
    (hop,) = hops(*nodes, origin="a", today=dt.date(2026, 1, 2)).values()
    assert hop.missed == (Missed(asset="b", why="not in force", at="a"),)


def test_a_groups_members_are_at_no_distance():
    nodes = [asset("in", group="g"), asset("heir", "in"), asset("apart")]
    risks = inheritance(nodes, register=REGISTER, groups={"g": [found()]})
    got = {hop.distance: hop.got for hop in coverage(risks, risk="privacy.pii", origin="group:g")}
    assert got == {0: ("in",), 1: ("heir",)}


def test_every_asset_made_from_it_is_in_one_hop_and_one_only():
    listed = [key for hop in hops().values() for key in (*hop.got, *(one.asset for one in hop.missed))]
    assert sorted(listed) == ["both", "edge", "ids", "list", "mail", "pseudo", "report", "view"]


def test_every_origin_of_a_risk_is_answered_for_or_those_named():
    risks = inheritance(
        [asset("a", findings=(found(),)), asset("b", findings=(found(),)), asset("c", "a", "b")], register=REGISTER
    )
    assert [one.origin for one in covered(risks, "privacy.pii")] == ["a", "b"]
    assert [one.origin for one in covered(risks, "privacy.pii", origins=["b"])] == ["b"]
    assert json.loads(json.dumps(covered(risks, "privacy.pii", origins=["b"])[0].as_json())) == {
        "risk": "privacy.pii",
        "origin": "b",
        "hops": [{"distance": 1, "assets": 1, "share": 1.0, "got": ["c"], "missed": []}],
    }
