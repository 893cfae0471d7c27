"""Who gained, lost or worsened: cases by hand, and laws on any two answers."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_graphs import REGISTER, asset, found, made

from governance.risk import Proof, Resolution, RiskError, inheritance
from governance.risk.diff import Thing, changes, thing, unaccepted
from governance.risk.document import document


def answer(*nodes, failed=None, holds=None):
    risks = inheritance(nodes, register=REGISTER, holds=holds)
    return document(risks, selected=risks, failed=failed or {})


def said(base, head):
    return [
        (change.what, change.thing.asset, change.thing.risk, change.before, change.after)
        for change in changes(base, head)
    ]


CRM = asset("crm", external=True, findings=(found("quality.codes", "channel"),))
PLAIN = [CRM, asset("mart", "crm"), asset("report", "mart")]


def crm(*findings, **fields):
    return asset("crm", external=True, findings=findings, **fields)


def test_nothing_changed():
    assert changes(answer(*PLAIN), answer(*PLAIN)) == []


def test_a_new_finding_is_gained_by_every_heir_and_lost_on_the_way_back():
    more = [crm(*CRM.findings, found("privacy.pii")), *PLAIN[1:]]
    assert said(answer(*PLAIN), answer(*more)) == [
        ("gained", key, "privacy.pii", None, "high") for key in ("crm", "mart", "report")
    ]
    assert said(answer(*more), answer(*PLAIN)) == [
        ("lost", key, "privacy.pii", "high", None) for key in ("crm", "mart", "report")
    ]


def test_a_new_edge_gains_with_its_route():
    head = [*PLAIN, asset("mail", "mart")]
    (change,) = changes(answer(*PLAIN), answer(*head))
    assert (change.what, change.thing, change.route) == (
        "gained",
        Thing("mail", "quality.codes", "crm", "channel", None),
        ("crm", "mart", "mail"),
    )


def test_severity_up_is_worse_and_down_is_no_change_to_answer_for():
    worse = [crm(found("quality.codes", "channel", severity=REGISTER["privacy.pii"].severity)), *PLAIN[1:]]
    assert said(answer(*PLAIN), answer(*worse)) == [
        ("worsened", key, "quality.codes", "medium", "high") for key in ("crm", "mart", "report")
    ]
    assert said(answer(*worse), answer(*PLAIN)) == []


def test_the_worst_of_what_differs_only_in_note_counts():
    both = crm(
        found("model.churn", note="a"), found("model.churn", note="b", severity=REGISTER["privacy.pii"].severity)
    )
    assert said(answer(crm(found("model.churn", note="a"))), answer(both)) == [
        ("worsened", "crm", "model.churn", "low", "high")
    ]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"mitigation": "m"}, {}, ("a claim", "nothing")),
        ({"mitigation": "m", "proof": "crm:ok"}, {"mitigation": "m"}, ("a claim with a proof", "a claim")),
    ],
)
def test_less_done_about_it_is_newly_unmitigated(before, after, words):
    base, head = (answer(crm(found("quality.codes", **fields), checks=frozenset({"ok"}))) for fields in (before, after))
    assert said(base, head) == [("unmitigated", "crm", "quality.codes", *words)]
    assert said(head, base) == []


def test_a_proof_that_broke_is_newly_unmitigated():
    node = crm(found("quality.codes", mitigation="m", proof="crm:ok"), checks=frozenset({"ok"}))
    base, head = (answer(node, holds=lambda _, word=word: Proof(word)) for word in ("proven", "broken"))
    assert said(base, head) == [("unmitigated", "crm", "quality.codes", "proven", "nothing")]


def test_what_is_no_longer_ended_is_gained():
    ends = Resolution(risk="quality.codes", proof="mart:ok", note="n")
    resolved = [CRM, asset("mart", "crm", resolutions=(ends,), checks=frozenset({"ok"})), asset("report", "mart")]
    assert [row[:2] for row in said(answer(*resolved), answer(*PLAIN))] == [("gained", "mart"), ("gained", "report")]
    assert [row[:2] for row in said(answer(*PLAIN), answer(*resolved))] == [("lost", "mart"), ("lost", "report")]


def test_to_learn_the_column_is_no_gain():
    traced = [CRM, asset("mart", "crm", lineage=made({"label": [("crm", "channel")]}))]
    assert said(answer(*PLAIN[:2]), answer(*traced)) == [("lost", "mart", "quality.codes", "medium", None)]
    assert said(answer(*traced), answer(*PLAIN[:2])) == [("gained", "mart", "quality.codes", None, "medium")]


def test_one_more_column_is_a_gain():
    one, two = (
        [CRM, asset("mart", "crm", lineage=made({name: [("crm", "channel")] for name in names}))]
        for names in (["a"], ["a", "b"])
    )
    (change,) = changes(answer(*one), answer(*two))
    assert (change.what, change.thing.column) == ("gained", "b")


def test_what_was_known_and_is_not_any_more_must_be_answered_for():
    unassessed = [*PLAIN[:2], asset("report", "mart", assessed=False)]
    (change,) = changes(answer(*PLAIN), answer(*unassessed))
    assert (change.what, change.before, change.after, change.worse) == ("unknown", "assessed", "not assessed", True)
    assert changes(answer(*unassessed), answer(*PLAIN)) == []
    unreadable = [*PLAIN[:2], asset("report", "mart", assessed=False, unreadable="gone")]
    (change,) = changes(answer(*unassessed), answer(*unreadable))
    assert (change.before, change.after) == ("not assessed", "unreadable")


def test_the_gap_above_is_named():
    head = [*PLAIN, asset("dump", external=True, assessed=False)]
    head[2] = asset("report", "mart", "dump")
    found_here = {change.thing.asset: change for change in changes(answer(*PLAIN), answer(*head))}
    assert found_here["report"].thing.origin == "dump"
    assert found_here["report"].worse


def test_a_new_asset_that_is_not_assessed_is_said_and_makes_nothing_worse():
    (change,) = changes(answer(CRM), answer(CRM, asset("new", assessed=False)))
    assert (change.what, change.before, change.after, change.worse) == ("unknown", None, "not assessed", False)


def test_a_code_location_that_fails_now_must_be_answered_for():
    base, head = answer(*PLAIN), answer(CRM, failed={"marts": "SyntaxError"})
    worse = [change for change in changes(base, head) if change.worse]
    assert [(change.thing.asset, change.after) for change in worse] == [("code location marts", "unreadable")]
    assert changes(head, head) == []


def test_accepted_is_what_somebody_takes_on():
    found_here = changes(answer(asset("mart")), answer(CRM, asset("mart", "crm")))
    assert [change.thing.asset for change in unaccepted(found_here)] == ["crm", "mart"]
    assert unaccepted(found_here, lambda change: change.thing.asset == "crm") == found_here[1:]
    assert unaccepted(changes(answer(CRM, asset("mart", "crm")), answer(asset("mart")))) == []


def test_an_arrival_and_its_json_are_the_same_thing():
    risks = inheritance(PLAIN, register=REGISTER)
    gained = changes(answer(), document(risks, selected=risks, failed={}))
    assert {change.thing for change in gained if change.what == "gained"} == {
        thing(one, key) for key, here in risks.items() for one in (*here.own, *here.inherited)
    }


@pytest.mark.parametrize("bad", [{}, [], None, {"assets": []}, {"assets": {"a": 3}}, {"assets": {"a": {"state": "x"}}}])
def test_what_is_no_answer_is_refused(bad):
    with pytest.raises(RiskError, match=r"no answer of `heirloom risks --json`"):
        changes(bad, answer())
    with pytest.raises(RiskError, match=r"no answer of `heirloom risks --json`"):
        changes(answer(), bad)


every = settings(max_examples=150, deadline=None)
names = st.sampled_from("abc")
arrivals = st.fixed_dictionaries(
    {
        "risk": st.sampled_from(sorted(REGISTER)),
        "severity": st.sampled_from(["low", "medium", "high", "critical"]),
        "origin": names,
        "origin_column": st.none() | names,
        "column": st.none() | names,
        "state": st.sampled_from(["open", "claim", "broken"]),
        "proof": st.none() | st.just("a:ok"),
        "mitigated": st.booleans(),
        "resolved_at": st.none() | st.none() | names,
        "route": st.lists(names, min_size=1, max_size=3),
    }
)
assets = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["clean", "risks", "not_assessed", "unreadable"]),
        "own": st.lists(arrivals, max_size=2),
        "inherited": st.lists(arrivals, max_size=3),
        "unassessed": st.none() | st.just({"asset": "a", "distance": 1}),
        "unreadable": st.none(),
    }
)
answers = st.fixed_dictionaries(
    {"assets": st.dictionaries(names, assets, max_size=3), "failed": st.dictionaries(names, st.just("why"), max_size=1)}
)


def things(base, head, what):
    return {(change.thing, change.after or change.before) for change in changes(base, head) if change.what == what}


@given(answers)
@every
def test_an_answer_does_not_differ_from_itself(one):
    assert changes(one, deepcopy(one)) == []


@given(answers, answers)
@every
def test_what_one_way_gains_the_other_way_loses(one, other):
    assert things(one, other, "gained") == things(other, one, "lost")


@given(answers, answers, st.randoms(use_true_random=False))
@every
def test_order_plays_no_part(one, other, random):
    def mixed(document):
        keys = list(document["assets"])
        random.shuffle(keys)
        shuffled = {}
        for key in keys:
            here = dict(document["assets"][key])
            for part in ("own", "inherited"):
                here[part] = random.sample(here[part], len(here[part]))
            shuffled[key] = here
        return {**document, "assets": shuffled}

    assert changes(mixed(one), mixed(other)) == changes(one, other)


@given(answers, answers)
@every
def test_what_neither_gains_nor_worsens_was_there_no_milder(one, other):
    new = {change.thing for change in changes(one, other) if change.what in ("gained", "worsened")}
    standing = [
        (key, arrival)
        for key, here in other["assets"].items()
        for arrival in (*here["own"], *here["inherited"])
        if arrival["resolved_at"] is None
    ]
    order = ["low", "medium", "high", "critical"]
    for key, now in standing:
        what = Thing(key, now["risk"], now["origin"], now["origin_column"], now["column"])
        if what not in new:
            before = [
                order.index(then["severity"])
                for then in (*one["assets"][key]["own"], *one["assets"][key]["inherited"])
                if then["resolved_at"] is None
                and (then["risk"], then["origin"], then["origin_column"])
                == (what.risk, what.origin, what.origin_column)
                and then["column"] in (None, what.column)
            ]
            assert max(before) >= order.index(now["severity"])
