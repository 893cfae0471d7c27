import pytest
from risk_graphs import REGISTER, asset, found, made, seen

from governance.risk import RiskError, inheritance


def pass_(*nodes, **options):
    return inheritance(nodes, register=REGISTER, **options)


NAMES = asset("crm", findings=(found(column="name"),), columns=frozenset({"id", "name", "age"}))


def test_a_renamed_column_keeps_its_risk_and_an_unrelated_one_has_none():
    table = asset("t", "crm", lineage=made({"label": [("crm", "name")], "id": [("crm", "id")]}))
    heirs = [
        asset("uses", "t", lineage=made({"x": [("t", "label")]})),
        asset("uses_not", "t", lineage=made({"x": [("t", "id")]})),
    ]
    risks = pass_(NAMES, table, *heirs)
    assert seen(risks["t"].inherited) == [("crm", "label", "column")]
    (one,) = risks["uses"].inherited
    assert (one.column, one.distance, one.route, one.columns) == ("x", 2, ("crm", "t", "uses"), ("name", "label", "x"))
    assert risks["uses_not"].state == "clean"


def test_a_column_that_only_shapes_the_rows_reaches_the_whole_by_influence():
    filtered = asset("f", "crm", lineage=made({"id": [("crm", "id")]}, ("crm", "name")))
    risks = pass_(NAMES, filtered, asset("end", "f", lineage=made({"x": [("f", "id")]})))
    assert seen(risks["f"].inherited) == [("crm", None, "influence")]
    assert seen(risks["end"].inherited) == [("crm", None, "influence")]


def test_a_column_that_is_read_and_shapes_rows_arrives_both_ways():
    both = asset("b", "crm", lineage=made({"who": [("crm", "name")]}, ("crm", "name")))
    assert seen(pass_(NAMES, both)["b"].inherited) == [("crm", None, "influence"), ("crm", "who", "column")]


def test_without_lineage_it_is_assumed_for_the_whole_and_stays_so():
    risks = pass_(NAMES, asset("t", "crm"), asset("end", "t", lineage=made({"x": [("t", "id")]})))
    assert seen(risks["t"].inherited) == [("crm", None, "assumed")]
    assert seen(risks["end"].inherited) == [("crm", None, "assumed")]


def test_lineage_that_is_silent_about_one_parent_is_assumed_for_that_parent():
    other = asset("other", findings=(found("quality.codes", "c"),))
    table = asset("t", "crm", "other", lineage=made({"id": [("crm", "id")]}))
    assert seen(pass_(NAMES, other, table)["t"].inherited) == [("other", None, "assumed")]


def test_a_column_that_lineage_leaves_out_is_assumed_and_an_empty_list_is_not():
    silent = asset("silent", "crm", columns=frozenset({"id", "day"}), lineage=made({"id": [("crm", "id")]}))
    says = asset("says", "crm", columns=frozenset({"id", "day"}), lineage=made({"id": [("crm", "id")], "day": []}))
    risks = pass_(NAMES, silent, says)
    assert seen(risks["silent"].inherited) == [("crm", None, "assumed")]
    assert risks["says"].state == "clean"


def test_a_risk_of_the_whole_reaches_every_heir_whatever_lineage_says():
    whole = asset("w", findings=(found(),))
    heir = asset("h", "w", lineage=made({"x": [("w", "a")]}))
    assert seen(pass_(whole, heir)["h"].inherited) == [("w", None, "asset")]


def test_arrivals_by_column_by_influence_and_assumed_stay_apart():
    by_column = asset("c", "crm", lineage=made({"who": [("crm", "name")]}))
    by_filter = asset("f", "crm", lineage=made({"id": [("crm", "id")]}, ("crm", "name")))
    unknown = asset("u", "crm")
    end = asset("end", "c", "f", "u", lineage=made({"w": [("c", "who")], "i": [("f", "id"), ("u", "id")]}))
    assert sorted(seen(pass_(NAMES, by_column, by_filter, unknown, end)["end"].inherited), key=str) == [
        ("crm", "w", "column"),
        ("crm", None, "assumed"),
        ("crm", None, "influence"),
    ]


def test_routes_are_counted_along_columns():
    split = asset(
        "s", "crm", lineage=made({"first": [("crm", "name")], "last": [("crm", "name")], "n": [("crm", "id")]})
    )
    joined = asset("j", "s", lineage=made({"full": [("s", "first"), ("s", "last")], "n": [("s", "n")]}))
    (one,) = pass_(NAMES, split, joined)["j"].inherited
    assert (one.column, one.routes, one.columns) == ("full", 2, ("name", "first", "full"))


def test_an_assets_own_past_carries_a_risk_from_column_to_column():
    past = made({"total": [("b", "sum"), ("b", "total")], "sum": [("b", "raw")], "raw": [("crm", "name")]})
    loop = asset("b", "crm", "b", findings=(found("quality.codes", "raw"),), lineage=past)
    end = asset("end", "b", lineage=made({"x": [("b", "total")]}))
    risks = pass_(NAMES, loop, end)
    assert {(one.risk, one.column, one.route) for one in risks["end"].inherited} == {
        ("privacy.pii", "x", ("crm", "b", "b", "end")),
        ("quality.codes", "x", ("b", "b", "end")),
    }
    assert [one.column for one in risks["b"].own] == ["raw"]
    assert {one.column for one in risks["b"].inherited if one.risk == "quality.codes"} == {"sum", "total"}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (asset("t", "crm", findings=(found(column="nme"),), columns=frozenset({"name"})), r"names 'nme', .* 'name'\?"),
        (
            asset("t", "crm", lineage=made({"x": [("crm", "nme")]})),
            r"t: column lineage reads 'nme', .*no column of crm",
        ),
        (asset("t", "crm", lineage=made({}, ("crm", "nme"))), r"t: column lineage reads 'nme'.* Did you mean 'name'"),
        (
            asset("t", "crm", columns=frozenset({"label"}), lineage=made({"lable": [("crm", "name")]})),
            r"t: column lineage explains 'lable', which is no column of t\. Did you mean 'label'",
        ),
        (
            asset("t", lineage=made({"x": [("crm", "name")]})),
            r"t: column lineage reads 'crm', .* not among its parents",
        ),
    ],
)
def test_a_column_that_does_not_exist_is_refused(table, sentence):
    with pytest.raises(RiskError, match=sentence):
        pass_(NAMES, table)
