import pytest
from risk_graphs import REGISTER, asset, found, made

from governance.risk import inheritance
from governance.risk.outputs import outputs
from governance.risk.selection import Selection, heirs

RISKS = inheritance(
    [
        asset(
            "crm",
            external=True,
            owners=("team:crm",),
            findings=(
                found("privacy.pii", "name", owner="Maria, team:legal"),
                found("quality.codes", mitigation="m", mitigation_owner="Jo"),
            ),
        ),
        asset("orders", external=True, findings=(found("model.churn", owner="team:shop"),)),
        asset("mart", "crm", lineage=made({"label": [("crm", "name")], "n": []}), owners=("team:mart",)),
        asset("report", "mart", "orders"),
        asset("lonely", external=True),
    ],
    register=REGISTER,
)


def said(**asked):
    here = Selection(**asked).of(RISKS)
    return {key: sorted({one.risk for one in (*risks.own, *risks.inherited)}) for key, risks in here.items()}


ALL = ["model.churn", "privacy.pii", "quality.codes"]


def test_nothing_asked_is_everything():
    assert said() == {
        "crm": ["privacy.pii", "quality.codes"],
        "lonely": [],
        "mart": ["privacy.pii", "quality.codes"],
        "orders": ["model.churn"],
        "report": ALL,
    }


def test_named_assets_answer_even_with_nothing():
    assert said(assets=("lonely", "orders")) == {"lonely": [], "orders": ["model.churn"]}
    assert said(assets=("lonely",), risk="privacy.pii") == {"lonely": []}


def test_a_column_has_its_own_risks_and_those_of_the_whole():
    assert said(assets=("mart",), column="label") == {"mart": ["privacy.pii", "quality.codes"]}
    assert said(assets=("mart",), column="n") == {"mart": ["quality.codes"]}


def test_a_risk_shows_where_it_is():
    assert said(risk="model.churn") == {"orders": ["model.churn"], "report": ["model.churn"]}


@pytest.mark.parametrize(
    ("owner", "answer"),
    [
        ("team:mart", {"mart": ["privacy.pii", "quality.codes"]}),
        ("team:crm", {"crm": ["privacy.pii", "quality.codes"]}),
        ("Maria", {"crm": ["privacy.pii"], "mart": ["privacy.pii"], "report": ["privacy.pii"]}),
        ("team:legal", {"crm": ["privacy.pii"], "mart": ["privacy.pii"], "report": ["privacy.pii"]}),
        ("Jo", {"crm": ["quality.codes"], "mart": ["quality.codes"], "report": ["quality.codes"]}),
    ],
)
def test_an_owner_has_assets_findings_and_mitigations(owner, answer):
    assert said(owner=owner) == answer


def test_down_is_who_inherits_from_it():
    assert said(assets=("crm",), down=True) == {
        "mart": ["privacy.pii", "quality.codes"],
        "report": ["privacy.pii", "quality.codes"],
    }
    assert said(assets=("crm",), column="name", down=True) == {"mart": ["privacy.pii"], "report": ["privacy.pii"]}
    assert said(assets=("mart",), down=True) == {}
    assert said(owner="team:crm", down=True) == said(assets=("crm",), down=True)
    assert said(down=True) == {"mart": ["privacy.pii", "quality.codes"], "report": ALL}


def test_heirs_are_all_made_from_it():
    assert heirs(RISKS, "crm") == ["mart", "report"]
    assert heirs(RISKS, "report") == []


def test_business_outputs_are_made_here_and_read_by_nobody():
    assert outputs(RISKS.nodes) == ("report",)
    past = inheritance([asset("a", "a"), asset("b", external=True)], register=REGISTER)
    assert outputs(past.nodes) == ("a",)
