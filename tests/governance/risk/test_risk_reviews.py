import datetime as dt

import pytest
from risk_graphs import PROVEN, REGISTER, asset, found

from governance.risk import Acceptances, due, inheritance, overdue
from governance.risk.reviews import idle

UNTIL = dt.date(2027, 3, 31)
ENTRY = """\
- who: ann
  what: privacy.pii
  where: scores
  until: 2027-03-31
  why: needed
  ticket: T-1
"""


def graph(*findings, **fields):
    return inheritance(
        [asset("crm", findings=findings or (found(),), owners=("team:crm", "team:legal"), **fields),
         asset("scores", "crm"), asset("apart")],
        register=REGISTER,
    )  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def read(text, risks=None):
        (tmp_path / "acceptances.yaml").write_text(text)
        return Acceptances.read(tmp_path / "acceptances.yaml", risks=risks or graph())

    return read


def before(days):
    return UNTIL - dt.timedelta(days=days)


@pytest.mark.parametrize(("today", "levels"), [(15, []), (14, ["warn"]), (0, ["warn"]), (-1, ["error"])])
def test_an_acceptance_warns_for_fourteen_days_and_is_an_error_past_its_date(read, today, levels):
    found_ = due(read(ENTRY), before(today))
    assert [one.level for one in found_] == levels
    for one in found_:
        assert (one.owner, one.on, one.date) == ("ann", "scores", UNTIL)
        assert "acceptances.yaml:1: privacy.pii on scores is accepted by ann, until 2027-03-31" in one.sentence


@pytest.mark.parametrize(("today", "level"), [(300, "warn"), (0, "warn"), (-1, "error")])
def test_an_acceptance_that_nobody_signed_warns_at_once(read, today, level):
    (one,) = due(read(ENTRY.replace("- who: ann\n ", "-")), before(today))
    assert (one.level, one.owner) == (level, "nobody")
    assert "accepted by nobody: name a person in 'who'" in one.sentence


@pytest.mark.parametrize(("today", "levels"), [(15, []), (14, ["warn"]), (0, ["warn"]), (-1, ["error"])])
def test_a_review_has_the_same_days(today, levels):
    found_ = due((), before(today), risks=graph(found(review_by=UNTIL, owner="bob")))
    assert [one.level for one in found_] == levels
    for one in found_:
        assert (one.owner, one.on) == ("bob", "crm")
        assert "privacy.pii on crm is to be reviewed by 2027-03-31: seen" in one.sentence


def test_overdue_is_listed_per_owner_and_falls_to_the_owners_of_the_asset(read):
    risks = inheritance(
        [
            asset("crm", findings=(found(review_by=UNTIL),), owners=("team:crm", "team:legal")),
            asset("web", findings=(found(review_by=before(9)),), group="clicks"),
            asset("scores", "crm"),
        ],
        register=REGISTER,
        groups={"clicks": [found("quality.codes", review_by=UNTIL, owner="ann")]},
    )
    late = overdue(read(ENTRY, risks), before(-1), risks=risks)
    assert {owner: [(one.on, one.date) for one in those] for owner, those in late.items()} == {
        "ann": [("group:clicks", UNTIL), ("scores", UNTIL)],
        "nobody": [("web", before(9))],
        "team:crm": [("crm", UNTIL)],
        "team:legal": [("crm", UNTIL)],
    }
    assert list(late) == sorted(late)
    assert overdue(read(ENTRY, risks), before(0)) == {}


def test_of_one_asset_only_what_it_rests_on(read):
    risks, acceptances = graph(found(review_by=UNTIL)), read(ENTRY)
    today = before(-1)
    assert {one.on for one in due(acceptances, today, risks=risks, asset="scores")} == {"crm", "scores"}
    assert {one.on for one in due(acceptances, today, risks=risks, asset="crm")} == {"crm"}
    assert due(acceptances, today, risks=risks, asset="apart") == []


def test_a_finding_that_its_check_closed_needs_no_review():
    nodes = [asset("crm", findings=(found(opened_by="crm:c", review_by=UNTIL),), checks=frozenset({"c"}))]
    assert due((), before(-1), risks=inheritance(nodes, register=REGISTER, holds=lambda _: PROVEN)) == []
    assert due((), before(-1), risks=inheritance(nodes, register=REGISTER))


def test_an_acceptance_of_what_does_not_arrive_is_told(read):
    assert idle(read(ENTRY), graph()) == []
    (sentence,) = idle(read(ENTRY.replace("scores", "apart")), graph())
    assert sentence.endswith(
        "acceptances.yaml:1: apart has no privacy.pii that this speaks of. Remove it, or correct what it says."
    )
    assert idle(read(ENTRY + "  severity: low\n"), graph())
