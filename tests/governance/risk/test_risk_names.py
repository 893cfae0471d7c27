import pytest
from risk_graphs import asset

from governance.risk import RiskError
from governance.risk.names import Names, parts, same_table, unquoted


@pytest.mark.parametrize(
    "name", ["db.lake.ch", '"db"."lake"."ch"', "`db`.`lake`.`ch`", "[db].[lake].[ch]", "DB.Lake.CH", "db/lake/ch"]
)
def test_quotes_case_and_slashes_do_not_matter(name):
    assert parts(name) == ("db", "lake", "ch")
    assert Names([asset("lake/ch")]).find(name) == "lake/ch"


def test_a_dot_inside_quotes_is_part_of_the_name():
    assert parts('svc."a.b".t') == ("svc", "a.b", "t")
    assert unquoted('"db"."lake"') == "db.lake"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gov.lake.t", "lake.t", True),
        ("lake.t", "gov/lake/t", True),
        ("lake.t", "lake.u", False),
        ("lake.t", "sea.t", False),
        ("t", "lake.t", False),
        ("t", "T", True),
        ("a.lake.t", "b.lake.t", False),
    ],
)
def test_the_shorter_name_ends_the_longer(one, other, same):
    assert same_table(one, other) is same_table(other, one) is same


def test_the_nearest_of_several_is_meant():
    names = Names([asset("lake/t"), asset("x/lake/t"), asset("t")])
    assert names.find("db.x.lake.t") == "x/lake/t"
    assert names.find("lake.t") == "lake/t"
    assert names.find("t") == "t"
    assert names.find("db.t") is None


def test_an_asset_goes_by_its_table_too():
    names = Names([asset("clv/scores", table="prod.marts.customer_scores"), asset("clv/x", table="clv.x")])
    assert names.find("MARTS.customer_scores") == names.find("clv.scores") == "clv/scores"
    assert names.find("lake.clv.x") == "clv/x"


def test_a_name_that_may_mean_two_is_refused():
    names = Names([asset("a/lake/t"), asset("b/lake/t")])
    with pytest.raises(RiskError, match=r"'lake\.t' may be a/lake/t or b/lake/t\. Write the whole name"):
        names.find("lake.t")
    with pytest.raises(RiskError, match=r"'A/B' may be A/b or a/B"):
        Names([asset("a/B"), asset("A/b")]).find("A/B")


def test_the_exact_key_is_never_ambiguous():
    assert Names([asset("a/B"), asset("a/b")]).find("a/b") == "a/b"


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(RiskError, match=r"No asset or table 'clv/scors' is known\. Did you mean 'clv/scores'\?"):
        Names([asset("clv/scores")]).key("clv/scors")
