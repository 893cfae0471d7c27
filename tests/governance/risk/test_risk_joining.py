"""Several code locations as one graph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_graphs import REGISTER, asset, found, made

from governance.risk import Resolution, RiskError, inheritance
from governance.risk.joining import fail_closed, joined

PII = found("privacy.pii", "name")
STUB = asset("crm/people", external=True, stub=True, assessed=False, unreadable="Nobody defines 'crm/people'.")
CRM = [asset("crm/people", findings=(PII,), columns=frozenset({"name"}), group="crm")]
MART = [STUB, asset("mart/mail", "crm/people", lineage=made({"label": [("crm/people", "name")]}))]


def risks(locations, failed=()):
    return inheritance(fail_closed(joined(locations), failed), register=REGISTER)


@given(st.permutations([("crm", CRM), ("mart", MART)]))
def test_a_risk_crosses_from_one_location_to_the_next(locations):
    (one,) = risks(dict(locations))["mart/mail"].inherited
    assert (one.kind, one.column, one.route) == ("indirect", "label", ("crm/people", "mart/mail"))


def test_what_others_declare_of_an_asset_is_added_to_what_its_maker_says():
    seen_by_others = asset(
        "crm/people", "hr/staff", external=True, findings=(found("quality.codes"),), owners=("team:mart",)
    )
    (node,) = [node for node in joined({"mart": [seen_by_others], "crm": CRM}) if node.key == "crm/people"]
    assert (node.external, node.group, node.parents, node.owners) == (False, "crm", ("hr/staff",), ("team:mart",))
    assert {finding.risk for finding in node.findings} == {"privacy.pii", "quality.codes"}


def test_only_its_maker_can_say_that_it_was_assessed():
    maker, other = asset("x", assessed=False), asset("x", external=True)
    assert risks({"a": [maker], "b": [other]})["x"].state == "not_assessed"
    assert risks({"a": [asset("x", external=True, assessed=False)], "b": [other]})["x"].state == "clean"


def test_what_is_said_of_a_group_stays_with_its_assets_in_other_locations():
    declared = asset("crm/people", external=True, group="sources", process=(found("quality.codes"),))
    found_there = risks({"crm": [*CRM, asset("crm/other", group="crm")], "mart": [declared]})
    assert {one.risk for one in found_there["crm/people"].own} == {"privacy.pii", "quality.codes"}
    assert found_there["crm/other"].inherited == ()


def test_resolutions_and_checks_of_all_count():
    ends = Resolution(risk="privacy.pii", proof="crm/people:hashed", note="n")
    locations = {
        "crm": [asset("raw", findings=(found(),)), asset("crm/people", "raw", checks=frozenset({"hashed"}))],
        "mart": [asset("crm/people", external=True, resolutions=(ends,))],
    }
    assert [one.resolved_at for one in risks(locations)["crm/people"].inherited] == ["crm/people"]


def test_two_makers_are_refused_by_name():
    with pytest.raises(RiskError, match=r"Two code locations make 'x': a and b\. Rename one of the two"):
        joined({"a": [asset("x")], "b": [asset("x")]})


def test_two_keys_that_read_the_same_in_one_location_are_refused():
    with pytest.raises(RiskError, match=r"Two assets read 'x'; perhaps one key is a single part"):
        joined({"a": [asset("x"), asset("x")]})


def test_a_loop_across_locations_is_named():
    with pytest.raises(RiskError, match=r"Assets made from each other: x -> y -> x"):
        risks({"a": [asset("x", "y"), STUB], "b": [asset("y", "x")]})


def test_a_stub_nobody_makes_is_unreadable_and_so_is_what_hangs_on_it():
    found_there = risks({"mart": [STUB, asset("mart/mail", "crm/people")]})
    assert {key: here.state for key, here in found_there.items()} == {
        "crm/people": "unreadable",
        "mart/mail": "unreadable",
    }


def test_a_location_that_failed_makes_everything_unreadable_that_it_may_make():
    declared = asset("crm/people", external=True)
    alone = asset("alone")
    found_there = risks({"mart": [declared, asset("mart/mail", "crm/people"), alone]}, failed=["crm"])
    assert {key: here.state for key, here in found_there.items()} == {
        "alone": "clean",
        "crm/people": "unreadable",
        "mart/mail": "unreadable",
    }
    assert found_there.nodes["crm/people"].unreadable == "'crm/people' may be made in crm, which could not be loaded."


def test_a_known_risk_still_shows_beside_the_gap():
    found_there = risks({"mart": [STUB, asset("raw", findings=(PII,)), asset("x", "raw", "crm/people")]})
    assert found_there["x"].state == "risks"
    assert found_there["x"].unreadable == (1, "crm/people")
