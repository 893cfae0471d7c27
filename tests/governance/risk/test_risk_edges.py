"""An edge that does not pass a risk: a resolution of what comes from one parent only."""

import dagster as dg
import pytest
from risk_graphs import BROKEN, PROVEN, REGISTER, asset, found, made

from governance.risk import Resolution, RiskError, inherit, inheritance, resolves, risks_of

CRM = asset("crm", findings=(found(), found("quality.codes")))


def over(parent, *, risk="privacy.pii", columns=()):
    return Resolution(risk=risk, proof="joined:hashed", note="hashed", columns=columns, parent=parent)


def joined(*parents, ends, **fields):
    return asset("joined", *parents, resolutions=(*ends,), checks=frozenset({"hashed"}), **fields)


def pass_(*nodes, proof=PROVEN):
    return inheritance(nodes, register=REGISTER, holds=lambda _: proof)


def routes(risks, key, risk="privacy.pii"):
    return {one.resolved_at: one.route for one in risks[key].inherited if one.risk == risk}


def test_what_comes_over_the_edge_ends_and_what_comes_over_another_stands():
    nodes = [CRM, asset("b", "crm"), asset("c", "crm"), joined("b", "c", ends=[over("b")]), asset("heir", "joined")]
    risks = pass_(*nodes)
    assert routes(risks, "heir") == {
        "joined": ("crm", "b", "joined", "heir"),
        None: ("crm", "c", "joined", "heir"),
    }
    assert risks["heir"].state == "risks"
    assert routes(risks, "heir", "quality.codes") == {None: ("crm", "b", "joined", "heir")}


def test_over_every_edge_it_is_as_if_the_asset_ended_it():
    edges = pass_(CRM, asset("b", "crm"), joined("b", "crm", ends=[over("b"), over("crm")]))
    whole = pass_(CRM, asset("b", "crm"), joined("b", "crm", ends=[over(None)]))
    assert edges["joined"].inherited == whole["joined"].inherited


def test_it_speaks_of_no_risk_that_the_asset_or_its_group_has():
    risks = inheritance(
        [CRM, joined("crm", ends=[over("crm")], findings=(found(note="own"),), group="g")],
        register=REGISTER,
        groups={"g": [found(note="of the group")]},
        holds=lambda _: PROVEN,
    )
    here = risks["joined"]
    notes = {one.finding.note: one.resolved_at for one in (*here.own, *here.inherited) if one.risk == "privacy.pii"}
    assert notes == {"own": None, "of the group": None, "seen": "joined"}


def test_without_its_proof_the_edge_passes_the_risk():
    risks = pass_(CRM, joined("crm", ends=[over("crm")]), proof=BROKEN)
    assert routes(risks, "joined") == {None: ("crm", "joined")}


def test_it_may_speak_of_columns_only():
    crm = asset("crm", findings=(found(column="name"), found(column="mail")))
    lineage = made({"n": [("crm", "name")], "m": [("crm", "mail")], "n2": [("b", "n")]})
    between = asset("b", "crm", lineage=made({"n": [("crm", "name")]}))
    risks = pass_(crm, between, joined("b", "crm", ends=[over("crm", columns=("n",))], lineage=lineage))
    assert {(one.column, one.resolved_at) for one in risks["joined"].inherited} == {
        ("n", "joined"), ("m", None), ("n2", None),
    }  # fmt: skip


def test_over_its_own_past_too():
    table = joined(
        "crm", "joined", ends=[over("joined")], lineage=made({"n": [("crm", "name")], "last": [("joined", "n")]})
    )
    risks = pass_(asset("crm", findings=(found(column="name"),)), table)
    assert {(one.column, one.resolved_at) for one in risks["joined"].inherited} == {("n", None), ("last", "joined")}


def test_the_parent_must_be_one():
    with pytest.raises(RiskError, match=r"joined: a resolution names 'cmr', from which it is not made\. Did you mean"):
        pass_(CRM, joined("crm", ends=[over("cmr")]))


def test_a_broken_edge_is_told_where_the_risk_is_refused():
    from governance.risk.refusals import ends

    risks = pass_(CRM, asset("b", "crm"), joined("b", "crm", ends=[over("b")]), proof=BROKEN)
    (one,) = [one for one in risks["joined"].inherited if one.risk == "privacy.pii"]
    assert [*ends(one, risks)] == []  # the witness came by crm, where nothing would end it
    risks = pass_(CRM, asset("b", "crm"), joined("b", ends=[over("b")]), proof=BROKEN)
    (one,) = [one for one in risks["joined"].inherited if one.risk == "privacy.pii"]
    assert [*ends(one, risks)] == ["joined would end it, but the proof is joined:hashed, broken: "]


def test_it_is_declared_beside_the_logic_and_shown_in_dagster():
    @resolves("privacy.pii", proof="mart:masked", note="the view masks names", parent="crm")
    @dg.asset(deps=["crm", "mail"])
    def mart() -> None: ...

    @dg.asset_check(asset="mart")
    def masked() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    crm = dg.AssetSpec("crm", metadata={"heirloom/findings": [{"risk": "privacy.pii", "note": "names"}]})
    mail = dg.AssetSpec("mail", deps=[crm])
    defs = inherit(dg.Definitions(assets=[crm, mail, mart], asset_checks=[masked]), register=REGISTER)
    (spec,) = [spec for spec in defs.resolve_all_asset_specs() if spec.key == dg.AssetKey("mart")]
    assert spec.tags["inherited/privacy.pii"] == "high"
    assert [one["parent"] for one in spec.metadata["heirloom/risks"]["resolves"]] == ["crm"]
    assert routes(risks_of(defs, register=REGISTER), "mart") == {"mart": ("crm", "mart"), None: ("crm", "mail", "mart")}
