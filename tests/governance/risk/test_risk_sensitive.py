"""Personal data followed from the column that was classified to every asset that holds it."""

import json

import dagster as dg
import pytest
from risk_graphs import BROKEN, PROVEN, asset, made

from governance.risk import CATALOGUE, Register, Resolution, RiskError, inheritance, risks_of
from governance.risk.proposals import cleared_in, proposals
from governance.risk.sensitive import sensitive

REGISTER = Register.read(CATALOGUE)
CRM = asset("crm", columns=frozenset({"id", "name", "plan_name"}), personal={"name": "name"}, external=True)
HASHED = frozenset({"hashed"})


def ends(risk="privacy.pii_exposure", **fields):
    return Resolution(risk=risk, proof="pseudo:hashed", note="keyed hash", **fields)


def pass_(*nodes, holds=None):
    return inheritance(nodes, register=REGISTER, holds=holds)


def held(*nodes, holds=None):
    """(classified at, asset, column, via, ended at) of every holder."""
    return [
        (f"{one.asset}.{one.column}", holder.asset, holder.column, holder.via, holder.ended_at)
        for one in sensitive(pass_(*nodes, holds=holds))
        for holder in one.holders
    ]


def test_a_renamed_column_is_still_sensitive_and_says_that_it_has_no_class_there():
    mart = asset("mart", "crm", lineage=made({"label": [("crm", "name")], "id": [("crm", "id")]}))
    (one,) = sensitive(pass_(CRM, mart, asset("mail", "mart", lineage=made({"to": [("mart", "label")]}))))
    assert (one.asset, one.column, one.class_) == ("crm", "name", "name")
    assert [(holder.asset, holder.column, holder.distance, holder.classified) for holder in one.holders] == [
        ("mart", "label", 1, None),
        ("mail", "to", 2, None),
    ]
    assert one.holders[-1].columns == ("name", "label", "to")
    assert [holder.output for holder in one.holders] == [False, True]


def test_a_column_not_read_is_not_held():
    assert held(CRM, asset("ids", "crm", lineage=made({"id": [("crm", "id")]}))) == []


def test_without_lineage_it_is_assumed_and_a_filter_is_an_influence():
    by_name = asset("by_name", "crm", lineage=made({"id": [("crm", "id")]}, ("crm", "name")))
    assert held(CRM, asset("page", "crm"), by_name) == [
        ("crm.name", "by_name", None, "influence", None),
        ("crm.name", "page", None, "assumed", None),
    ]


@pytest.mark.parametrize(("holds", "evidence"), [(None, "claim"), (lambda _: PROVEN, "proven")])
def test_pseudonymised_it_is_downgraded_as_its_resolution_says(holds, evidence):
    pseudo = asset(
        "pseudo", "crm", resolutions=(ends(columns=("h",)),), checks=HASHED, lineage=made({"h": [("crm", "name")]})
    )
    (one,) = sensitive(pass_(CRM, pseudo, asset("mart", "pseudo"), holds=holds))
    assert [(holder.asset, holder.ended_at, holder.evidence, holder.note) for holder in one.holders] == [
        ("pseudo", "pseudo", evidence, "keyed hash"),
        ("mart", "pseudo", evidence, "keyed hash"),
    ]


def test_while_the_proof_does_not_hold_it_is_as_sensitive_as_before():
    pseudo = asset("pseudo", "crm", resolutions=(ends(),), checks=HASHED)
    assert held(CRM, pseudo, holds=lambda _: BROKEN) == [("crm.name", "pseudo", None, "assumed", None)]


@pytest.mark.parametrize("risk", ["privacy.consent", "quality.outliers"])
def test_ending_another_risk_makes_nothing_harmless(risk):
    pseudo = asset("pseudo", "crm", resolutions=(ends(risk),), checks=HASHED)
    assert held(CRM, pseudo) == [("crm.name", "pseudo", None, "assumed", None)]


def test_over_one_edge_it_ends_and_over_the_other_it_stands():
    pseudo = asset("pseudo", "crm", "b", resolutions=(ends(parent="crm"),), checks=HASHED)
    assert held(CRM, asset("b", "crm"), pseudo)[1:] == [
        ("crm.name", "pseudo", None, "assumed", "pseudo"),  # one away
        ("crm.name", "pseudo", None, "assumed", None),  # two away
    ]


def test_what_is_classified_again_begins_again_and_is_held_all_the_same():
    mart = asset("mart", "crm", personal={"who": "pseudonym"}, lineage=made({"who": [("crm", "name")]}))
    first, second = sensitive(pass_(CRM, mart))
    assert [(holder.column, holder.classified) for holder in first.holders] == [("who", "pseudonym")]
    assert (second.asset, second.class_, second.holders) == ("mart", "pseudonym", ())


def test_the_class_is_the_column_tag_and_the_kinds_are_those_of_the_asset():
    columns = [dg.TableColumn("name", tags={"pii": "name"}), dg.TableColumn("id")]
    crm = dg.AssetSpec("crm", metadata={"dagster/column_schema": dg.TableSchema(columns=columns)})
    page = dg.AssetSpec("page", deps=[crm], kinds={"html"})
    (one,) = sensitive(risks_of(dg.Definitions(assets=[crm, page]), register=REGISTER))
    assert (one.column, one.class_, one.holders[0].kinds) == ("name", "name", ("html",))
    assert json.loads(json.dumps(one.as_json()))["holders"][0]["route"] == ["crm", "page"]


def test_names_propose_what_has_no_class_and_holds_none():
    crm = asset("crm", columns=frozenset({"name", "email", "plan_name"}), personal={"name": "name"})
    mart = asset(
        "mart", "crm", columns=frozenset({"customer_name", "city"}),
        lineage=made({"customer_name": [("crm", "name")], "city": []}),
    )  # fmt: skip
    risks = pass_(crm, mart)
    found = proposals(risks, sensitive(risks))
    assert [(one.asset, one.column, one.class_) for one in found] == [
        ("crm", "email", "contact"),
        ("mart", "city", "location"),
    ]
    assert [one.column for one in proposals(risks, sensitive(risks), cleared=[("mart", "city")])] == ["email"]
    assert found[0].as_json() == {"asset": "crm", "column": "email", "class": "contact"}


def test_a_reviewed_file_clears_columns_with_a_reason(tmp_path):
    file = tmp_path / "cleared.yaml"
    file.write_text("mart.shops:\n  city: The city of a shop, not of a person.\n")
    risks = pass_(asset("mart/shops", columns=frozenset({"city"})))
    assert cleared_in(file, risks=risks) == {("mart/shops", "city"): "The city of a shop, not of a person."}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mart/shop:\n  city: x", r"cleared\.yaml:1: no asset 'mart/shop'\. Did you mean 'mart/shops'\?"),
        ("mart/shops:\n  citty: x", r"cleared\.yaml:2: 'citty' is no column of mart/shops\. Did you mean 'city'\?"),
        ("mart/shops:\n  city:", r"cleared\.yaml:2: 'city' of 'mart/shops' must be a text"),
    ],
)
def test_a_file_that_clears_what_does_not_exist_or_gives_no_reason_is_refused(tmp_path, text, sentence):
    file = tmp_path / "cleared.yaml"
    file.write_text(text)
    with pytest.raises(RiskError, match=sentence):
        cleared_in(file, risks=pass_(asset("mart/shops", columns=frozenset({"city"}))))
