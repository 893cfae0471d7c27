"""Whole assets: each row of the peer's "Correctness of inheritance" that a graph can show, with the right answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from risk_graphs import BROKEN, PROVEN, REGISTER, asset, found

from governance.risk import Gap, RiskError, Severity, inheritance, worst


def pass_(*nodes, **options):
    return inheritance(nodes, register=REGISTER, **options)


@pytest.mark.parametrize("depth", [1, 2, 3, 10, 50])
def test_a_chain_keeps_the_risk_of_every_ancestor(depth):
    first = asset("t0", findings=(found(),))
    rest = [asset(f"t{n}", f"t{n - 1}", findings=(found("model.churn"),)) for n in range(1, depth + 1)]
    last = pass_(first, *rest)[f"t{depth}"]
    assert [one.origin for one in last.own] == [f"t{depth}"]
    assert sorted(one.distance for one in last.inherited) == list(range(1, depth + 1))
    furthest = max(last.inherited, key=lambda one: one.distance)
    assert furthest.route == tuple(f"t{n}" for n in range(depth + 1))
    assert furthest.risk == "privacy.pii"


def test_a_chain_far_deeper_than_the_stack_is_one_pass():
    chain = [asset("t0", findings=(found(),)), *(asset(f"t{n}", f"t{n - 1}") for n in range(1, 20_001))]
    (one,) = pass_(*chain)["t20000"].inherited
    assert (one.distance, len(one.route), one.routes) == (20_000, 20_001, 1)


def test_own_is_direct_and_inherited_is_indirect_process_or_static():
    risks = pass_(
        asset("shop", external=True, findings=(found("quality.codes"),)),
        asset("clean", "shop", findings=(found(),), group="clv"),
        asset("score", "clean"),
        groups={"clv": [found("model.churn")]},
    )
    assert [(one.risk, one.kind, one.distance) for one in risks["shop"].own] == [("quality.codes", "static", 0)]
    assert [(one.risk, one.kind, one.distance) for one in risks["clean"].own] == [("privacy.pii", "direct", 0)]
    assert {(one.risk, one.kind, one.distance, one.origin) for one in risks["score"].inherited} == {
        ("quality.codes", "static", 2, "shop"),
        ("privacy.pii", "indirect", 1, "clean"),
        ("model.churn", "process", 1, "group:clv"),
    }


def test_a_diamond_is_one_risk_with_the_least_distance_and_two_routes():
    last = pass_(
        asset("a", findings=(found(),)),
        asset("b", "a", findings=(found("quality.codes"),)),
        asset("c", "a"),
        asset("d", "c", "b"),
    )["d"]
    assert [(one.origin, one.distance, one.routes, one.route) for one in last.inherited] == [
        ("a", 2, 2, ("a", "b", "d")),
        ("b", 1, 1, ("b", "d")),
    ]


def test_the_nearest_route_wins_and_the_longer_ones_are_counted():
    last = pass_(
        asset("a", findings=(found(),)), asset("b", "a"), asset("c", "b"), asset("d", "c", "a"), asset("e", "d", "b")
    )["e"]
    assert [(one.distance, one.route, one.routes) for one in last.inherited] == [(2, ("a", "b", "e"), 3)]


@pytest.mark.parametrize("near", ["a_near", "z_near"])
def test_the_nearest_wins_too_where_parents_hold_different_risks(near):
    last = pass_(
        asset("root", findings=(found(),)),
        asset("m1", "root"),
        asset("m2", "m1", findings=(found("model.churn"),)),
        asset(near, "root", findings=(found("quality.codes"),)),
        asset("end", "m2", near),
    )["end"]
    assert {one.origin: (one.distance, one.routes, one.route) for one in last.inherited} == {
        "root": (2, 2, ("root", near, "end")),
        near: (1, 1, (near, "end")),
        "m2": (1, 1, ("m2", "end")),
    }


def test_a_near_low_risk_does_not_hide_a_far_critical_one():
    last = pass_(
        asset("far", findings=(found(severity=Severity.CRITICAL),)),
        asset("near", "far", findings=(found(severity=Severity.LOW, mitigation="done", owner="me"),)),
        asset("end", "near"),
    )["end"]
    assert [(one.origin, one.severity.word, one.mitigated) for one in last.inherited] == [
        ("far", "critical", False),
        ("near", "low", False),
    ]
    assert worst(last.inherited) == {"privacy.pii": Severity.CRITICAL}


def test_diamond_with_different_severities_keeps_both():
    last = pass_(
        asset("a"),
        asset("b", "a", findings=(found(severity=Severity.LOW),)),
        asset("c", "a", findings=(found(severity=Severity.HIGH),)),
        asset("d", "b", "c"),
    )["d"]
    assert [(one.origin, one.severity.word) for one in last.inherited] == [("c", "high"), ("b", "low")]


def test_one_id_on_two_columns_of_one_table_stays_two():
    last = pass_(
        asset("a", findings=(found(column="x", severity=Severity.LOW), found(column="y", severity=Severity.CRITICAL))),
        asset("b", "a"),
    )["b"]
    assert [(one.finding.column, one.severity.word) for one in last.inherited] == [("y", "critical"), ("x", "low")]


def test_static_and_direct_with_one_id_keep_their_severity_and_owner():
    last = pass_(
        asset("shop", external=True, findings=(found(severity=Severity.CRITICAL, owner="crm"),)),
        asset("mine", "shop", findings=(found(severity=Severity.LOW, owner="me"),)),
        asset("end", "mine"),
    )["end"]
    assert [(one.kind, one.severity.word, one.finding.owner) for one in last.inherited] == [
        ("static", "critical", "crm"),
        ("indirect", "low", "me"),
    ]


def test_two_findings_that_differ_only_in_words_stay_two():
    last = pass_(asset("a", findings=(found(note="one"), found(note="two"))), asset("b", "a"))["b"]
    assert [one.finding.note for one in last.inherited] == ["one", "two"]


def test_all_inputs_count_not_only_the_first():
    last = pass_(asset("a"), asset("b", findings=(found(),)), asset("c", "a", "b"))["c"]
    assert [one.origin for one in last.inherited] == ["b"]


def test_training_data_reaches_the_score_through_the_model():
    last = pass_(
        asset("training", findings=(found("quality.codes", column="channel"),), columns=frozenset({"channel"})),
        asset("model", "training"),
        asset("customers", columns=frozenset({"id"})),
        asset("scores", "model", "customers", columns=frozenset({"id", "score"})),
    )["scores"]
    assert [(one.route, one.via) for one in last.inherited] == [(("training", "model", "scores"), "assumed")]


def test_a_loop_is_named():
    with pytest.raises(RiskError, match=r"^Assets made from each other: x -> y -> z -> x\. Break the loop"):
        pass_(asset("a"), asset("x", "z", "a"), asset("y", "x"), asset("z", "y"), asset("end", "z"))


def test_an_asset_made_from_its_own_past_is_no_loop():
    risks = pass_(asset("a", findings=(found(),)), asset("b", "a", "b", findings=(found("model.churn"),)))
    assert [(one.origin, one.routes) for one in risks["b"].inherited] == [("a", 1)]
    assert [one.origin for one in risks["b"].own] == ["b"]


def test_an_unknown_parent_is_named_with_the_nearest():
    with pytest.raises(RiskError, match=r"score is made from unknown 'trainin'\. Did you mean 'training'\?"):
        pass_(asset("training"), asset("score", "trainin"))


def test_two_assets_of_one_name_are_refused():
    with pytest.raises(RiskError, match="Two assets read 'a'"):
        pass_(asset("a"), asset("a", findings=(found(),)))


def test_never_assessed_differs_from_assessed_with_nothing_found():
    risks = pass_(asset("never", assessed=False), asset("looked"), asset("heir", "looked"), asset("other", "never"))
    assert {key: one.state for key, one in risks.items()} == {
        "never": "not_assessed",
        "looked": "clean",
        "heir": "clean",
        "other": "not_assessed",
    }
    assert risks["other"].unassessed == Gap(1, "never")
    assert not risks["other"].complete
    assert risks["heir"].complete


def test_a_known_risk_shows_and_the_gap_above_stays_visible():
    risks = pass_(asset("never", assessed=False), asset("b", "never", findings=(found(),)), asset("c", "b"))
    assert [risks[key].state for key in ("b", "c")] == ["risks", "risks"]
    assert risks["c"].unassessed == Gap(2, "never")


def test_every_unassessed_ancestor_is_listed_on_request():
    risks = pass_(
        asset("n1", assessed=False),
        asset("n2", "n1", assessed=False),
        asset("n3", assessed=False),
        asset("ok", "n2", "n3"),
        asset("end", "ok"),
        asset("apart"),
    )
    assert risks.unassessed("end") == ("n1", "n2", "n3")
    assert risks["end"].unassessed == Gap(2, "n2")
    assert risks.unassessed("apart") == ()


def test_unreadable_is_never_clean():
    risks = pass_(
        asset("broken", unreadable="store gone", findings=(found("model.churn"),)),
        asset("dark", unreadable="store gone"),
        asset("heir", "dark", assessed=False),
        asset("known", "dark", findings=(found(),)),
    )
    assert {key: one.state for key, one in risks.items()} == {
        "broken": "unreadable",
        "dark": "unreadable",
        "heir": "unreadable",
        "known": "risks",
    }
    assert risks["known"].unreadable == Gap(1, "dark")


def test_a_risk_that_is_gone_from_the_definitions_is_gone():
    with_it = pass_(asset("a", findings=(found(),)), asset("b", "a"))
    without = pass_(asset("a"), asset("b", "a"))
    assert [with_it["b"].state, without["b"].state] == ["risks", "clean"]


def test_a_group_risk_reaches_its_members_their_heirs_and_nobody_else():
    risks = pass_(
        asset("in1", group="g"),
        asset("in2", "in1", group="g"),
        asset("heir", "in2"),
        asset("apart"),
        groups={"g": [found("quality.codes")]},
    )
    assert {key: [(one.distance, one.route, one.routes) for one in risks[key].inherited] for key in risks} == {
        "in1": [(0, ("in1",), 1)],
        "in2": [(0, ("in2",), 2)],
        "heir": [(1, ("in2", "heir"), 2)],
        "apart": [],
    }
    assert not risks["in1"].own


def test_an_unknown_group_or_a_column_of_a_group_is_refused():
    with pytest.raises(RiskError, match=r"No asset is in group 'clvv'\. Did you mean 'clv'\?"):
        pass_(asset("a", group="clv"), groups={"clvv": [found()]})
    with pytest.raises(RiskError, match=r"group:clv has no column 'name'\. Carry it on the asset"):
        pass_(asset("a", group="clv"), groups={"clv": [found(column="name")]})


def test_an_unknown_risk_is_refused_with_the_nearest():
    with pytest.raises(
        RiskError, match=r"a: no register file knows the risk 'privacy\.ppi'\. Did you mean 'privacy\.pii'"
    ):
        pass_(asset("a", findings=(found("privacy.ppi"),)))


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        ("aa:masked", r"a: proof 'aa:masked' names no asset\. Did you mean 'a'"),
        ("a:maskd", r"a: proof 'a:maskd' names no asset check\. Did you mean 'masked'"),
        ("a:xyz", r"names no asset check\. Define the check, or make it before inherit"),
    ],
)
def test_a_proof_must_name_a_check(proof, sentence):
    with pytest.raises(RiskError, match=sentence):
        pass_(asset("a", findings=(found(proof=proof),), checks=frozenset({"masked"})))


def test_the_numbers_of_routes_are_exact_and_fit_json():
    layers = [asset("l0", findings=(found(),))]
    for n in range(1, 201):
        layers += [asset(f"u{n}", layers[-1].key), asset(f"v{n}", layers[-1].key), asset(f"l{n}", f"u{n}", f"v{n}")]
    (one,) = pass_(*layers)["l200"].inherited
    assert one.routes == 2**200
    assert one.as_json()["routes"] == 2**53 - 1


def test_an_unknown_asset_is_no_empty_answer():
    risks = pass_(asset("clv/scores"))
    with pytest.raises(KeyError, match=r"No asset 'clv/score'\. Did you mean 'clv/scores'"):
        risks["clv/score"]
    assert risks.get("clv/score") is None


def test_two_graphs_in_one_process_and_two_threads_do_not_mix():
    graphs = [[asset("a", findings=(found(note=str(n)),)), *(asset(f"b{m}", "a") for m in range(50))] for n in range(8)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(pool.map(lambda nodes: pass_(*nodes)["b7"].inherited, graphs))
    assert [[one.finding.note for one in answer] for answer in answers] == [[str(n)] for n in range(8)]


def test_a_mitigation_counts_only_when_its_proof_holds():
    nodes = [
        asset("a", checks=frozenset({"yes", "no"}), findings=tuple(
            found(note=note, **fields)
            for note, fields in {
                "1": {},
                "2": {"mitigation": "talked about it"},
                "3": {"proof": "a:yes"},
                "4": {"proof": "a:no"},
            }.items()
        )),
    ]  # fmt: skip
    at_load = {one.finding.note: (one.evidence, one.mitigated) for one in pass_(*nodes)["a"].own}
    now = {"a:yes": PROVEN, "a:no": BROKEN}
    at_run = {one.finding.note: one.evidence for one in pass_(*nodes, holds=now.__getitem__)["a"].own}
    assert at_load == {"1": (None, False), "2": ("claim", False), "3": ("claim", False), "4": ("claim", False)}
    assert at_run == {"1": None, "2": "claim", "3": "proven", "4": "broken"}


def test_a_dead_evidence_store_is_an_error_and_no_answer():
    def dead(proof):
        raise ConnectionError(proof)

    with pytest.raises(ConnectionError, match="a:c"):
        pass_(asset("a", checks=frozenset({"c"}), findings=(found(proof="a:c"),)), holds=dead)
