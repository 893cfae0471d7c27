"""Findings told from outside, on nodes and through real Definitions."""

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_graphs import REGISTER, asset, found

from governance.risk import RiskError, assessed, inherit, inheritance, risks_of
from governance.risk.placing import placed

CHANNEL = found("quality.codes", "channel", note="remapped", owner="Data Engineering")
STUB = asset("lake/ch", external=True, stub=True, assessed=False, unreadable="nobody defines it")


def one(nodes, key):
    return next(node for node in nodes if node.key == key)


def test_they_come_to_the_asset_of_that_name():
    node = one(placed([asset("lake/ch", assessed=False)], {'"DB"."LAKE"."CH"': [CHANNEL]}), "lake/ch")
    assert (node.findings, node.assessed, node.external) == ((CHANNEL,), True, False)


def test_what_is_told_twice_is_there_once():
    nodes = placed([asset("lake/ch", findings=(CHANNEL,))], {"lake.ch": [CHANNEL, CHANNEL], "db.lake.ch": [CHANNEL]})
    assert [node.findings for node in nodes] == [(CHANNEL,)]


def test_a_stub_that_is_told_of_is_defined():
    node = one(placed([STUB], {"lake.ch": [CHANNEL]}), "lake/ch")
    assert (node.stub, node.unreadable, node.external, node.assessed) == (False, None, True, True)


def test_an_unknown_table_is_kept_and_answers_for_itself():
    risks = inheritance(placed([asset("a")], {"lake.sales_channel": [CHANNEL], "lake.rates": []}), register=REGISTER)
    (own,) = risks["lake.sales_channel"].own
    assert (own.kind, own.finding.column, own.finding.owner, own.finding.note) == (
        "static",
        "channel",
        "Data Engineering",
        "remapped",
    )
    assert risks["lake.rates"].state == "clean"
    assert risks.named("prod.lake.SALES_CHANNEL").own == (own,)


@given(st.permutations(["ch.t", "lake.ch.t", "db.lake.ch.t"]))
def test_the_longest_name_is_the_key_in_whatever_order_they_come(names):
    assert [node.key for node in placed([], {name: [CHANNEL] for name in names})] == ["db.lake.ch.t"]


def test_a_group_is_told_of_by_its_name():
    nodes = placed([asset("a", group="web"), asset("b", "a"), asset("c")], {"group:web": [found("quality.codes")]})
    risks = inheritance(nodes, register=REGISTER)
    assert {key: [(one.kind, one.distance) for one in risks[key].inherited] for key in risks} == {
        "a": [("process", 0)],
        "b": [("process", 1)],
        "c": [],
    }


def test_bad_tellings_are_refused():
    with pytest.raises(RiskError, match=r"No asset is in group 'wbe'\. Did you mean 'web'\?"):
        placed([asset("a", group="web")], {"group:wbe": [CHANNEL]})
    told = placed([asset("lake/ch", columns=frozenset({"channel"}))], {"lake.ch": [found(column="chanel")]})
    with pytest.raises(RiskError, match=r"lake/ch: a finding .* 'chanel', which is no column of lake/ch.*'channel'"):
        inheritance(told, register=REGISTER)


def location():
    @dg.asset(key_prefix="mart", deps=[dg.AssetKey(["lake", "ch"])], group_name="web")
    def revenue() -> None: ...

    return dg.Definitions(assets=[assessed()(revenue)])


TOLD = {"db.lake.ch": [CHANNEL], "lake.other": [found(note="names")], "group:web": [found("model.churn")]}


def test_inherit_writes_them_where_the_ui_shows_them():
    defs = inherit(location(), register=REGISTER, findings=TOLD)
    dg.Definitions.validate_loadable(defs)
    tags = {spec.key.to_user_string(): spec.tags for spec in defs.resolve_all_asset_specs()}
    assert tags == {
        "lake/ch": {"risk_state": "risks", "risk/quality.codes": "medium"},
        "lake.other": {"risk_state": "risks", "risk/privacy.pii": "high"},
        "mart/revenue": {
            "risk_state": "risks",
            "inherited/quality.codes": "medium",
            "inherited/model.churn": "low",
        },
    }


def test_whoever_reads_the_definitions_again_finds_the_same():
    once = inherit(location(), register=REGISTER, findings=TOLD)
    direct = risks_of(location(), register=REGISTER, findings=TOLD)
    again = risks_of(once, register=REGISTER)
    assert {key: here.as_json() for key, here in again.items()} == {key: here.as_json() for key, here in direct.items()}
    twice = inherit(once, register=REGISTER, findings=TOLD)
    assert {spec.key: (spec.tags, spec.metadata) for spec in twice.resolve_all_asset_specs()} == {
        spec.key: (spec.tags, spec.metadata) for spec in once.resolve_all_asset_specs()
    }


def test_a_stub_that_nobody_tells_of_is_still_refused():
    with pytest.raises(RiskError, match="Nobody defines 'lake/ch', which mart/revenue depends on"):
        inherit(location(), register=REGISTER, findings={"lake.other": []})
