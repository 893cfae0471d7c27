"""Findings that a check opens: they stand while it fails, and as unknown while it has not said."""

import dagster as dg
import pytest
from risk_graphs import BROKEN, PROVEN, REGISTER, asset, found
from risk_runs import run, run_checks

from governance.risk import Finding, Proof, RiskError, carries, evidence, inherit, inheritance, risks_of

STALE = Proof("stale", said="it was never evaluated")
FILLED = "crm:filled"
FAILING = Proof("broken", said="7 % are empty", measured=(("share", 0.07), ("threshold", 0.05)))


def pass_(said=None, *, groups=None, group="default"):
    nodes = [
        asset("crm", findings=() if groups else (found(opened_by=FILLED),), checks=frozenset({"filled"}), group=group),
        asset("heir", "crm"),
    ]
    holds = {FILLED: said}.__getitem__ if said else None
    return inheritance(nodes, register=REGISTER, groups=groups, holds=holds)


def test_while_the_check_holds_there_is_no_finding():
    risks = pass_(PROVEN)
    assert {key: (one.state, one.own, one.inherited) for key, one in risks.items()} == {
        "crm": ("clean", (), ()),
        "heir": ("clean", (), ()),
    }
    assert list(risks.findings) == []


def test_while_it_fails_every_heir_has_it_with_what_was_measured():
    (one,) = pass_(FAILING)["heir"].inherited
    assert (one.risk, one.opened, dict(one.measured)) == ("privacy.pii", "broken", {"share": 0.07, "threshold": 0.05})
    shown = one.as_json()
    assert (shown["opened_by"], shown["opened"]) == (FILLED, "broken")
    assert shown["measured"] == {"share": 0.07, "threshold": 0.05}


def test_while_it_has_not_said_the_finding_stands_as_unknown():
    (one,) = pass_(STALE)["heir"].inherited
    assert (one.opened, one.measured) == ("stale", ())


def test_before_any_run_it_stands_and_a_plain_finding_is_opened_by_nothing():
    (one,) = pass_()["heir"].inherited
    assert (one.opened, one.measured) == ("claim", ())
    (plain,) = inheritance([asset("a", findings=(found(),))], register=REGISTER, holds=lambda _: PROVEN)["a"].own
    assert (plain.opened, plain.as_json()["opened_by"]) == (None, None)


@pytest.mark.parametrize(("said", "count"), [(PROVEN, 0), (BROKEN, 1), (STALE, 1)])
def test_a_group_s_finding_is_opened_too(said, count):
    risks = pass_(said, groups={"g": [found(opened_by=FILLED)]}, group="g")
    assert len(risks["heir"].inherited) == count


def test_the_check_must_exist_and_be_written_as_one():
    with pytest.raises(RiskError, match=r"a: proof 'a:filed' names no asset check\. Did you mean 'filled'"):
        inheritance(
            [asset("a", findings=(found(opened_by="a:filed"),), checks=frozenset({"filled"}))], register=REGISTER
        )
    with pytest.raises(RiskError, match=r"'filled' is no opened_by\. Write 'asset/key:check_name'"):
        Finding.parse({"risk": "privacy.pii", "note": "n", "opened_by": "filled"}, where="x")


@pytest.mark.parametrize(("mitigated_by", "evidence_"), [(PROVEN, "proven"), (BROKEN, "broken"), (STALE, "stale")])
def test_its_mitigation_has_a_proof_of_its_own(mitigated_by, evidence_):
    finding = found(opened_by="a:open", proof="a:mended", mitigation="filled by hand")
    nodes = [asset("a", findings=(finding,), checks=frozenset({"open", "mended"}))]
    (one,) = inheritance(nodes, register=REGISTER, holds={"a:open": BROKEN, "a:mended": mitigated_by}.__getitem__)[
        "a"
    ].own
    assert (one.evidence, one.mitigated, one.opened) == (evidence_, evidence_ == "proven", "broken")


def test_through_dagster_it_opens_and_closes_with_the_check(instance):
    share = {"empty": 0.07}

    @carries("quality.codes", note="channel is empty", opened_by="clv/crm:channel_filled")
    @dg.asset(key=["clv", "crm"])
    def crm() -> None: ...

    @dg.asset_check(asset=["clv", "crm"])
    def channel_filled() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=share["empty"] < 0.05,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"share": share["empty"], "threshold": 0.05},
        )

    defs = inherit(dg.Definitions(assets=[crm], asset_checks=[channel_filled]), register=REGISTER)

    def own():
        bare = risks_of(defs, register=REGISTER)
        return risks_of(defs, register=REGISTER, holds=evidence(instance, bare.nodes))["clv/crm"].own

    assert [one.opened for one in own()] == ["stale"]
    run(defs, instance)
    assert [(one.opened, one.measured) for one in own()] == [("broken", (("share", 0.07), ("threshold", 0.05)))]
    share["empty"] = 0.01
    run_checks(defs, instance, "clv/crm:channel_filled")
    assert own() == ()
