"""Findings valid for a period: outside of it they are shown and do not count."""

import datetime as dt
import json

import dagster as dg
import pytest
from risk_graphs import PROVEN, REGISTER, asset, found

from governance.risk import Finding, Resolution, RiskError, Severity, carries, inheritance, reviews, risks_of
from governance.risk.tags import risk_tags

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
BEFORE, AFTER = FIRST - dt.timedelta(days=1), LAST + dt.timedelta(days=1)


def over(**fields):
    return found(valid_from=FIRST, valid_until=LAST, **fields)


def pass_(*findings, today=None, **fields):
    nodes = [asset("a", findings=findings, **fields), asset("b", "a")]
    return inheritance(nodes, register=REGISTER, today=today)


@pytest.mark.parametrize(
    ("today", "counts"), [(BEFORE, False), (FIRST, True), (LAST, True), (AFTER, False), (None, True)]
)
def test_it_counts_from_its_first_day_to_its_last_and_always_when_no_day_is_known(today, counts):
    risks = pass_(over(), today=today)
    (one,) = risks["b"].inherited
    assert (one.in_force, one.stands, one.state) == (counts, counts, "open" if counts else "not in force")
    assert [risks[key].state for key in ("a", "b")] == (["risks"] * 2 if counts else ["clean"] * 2)
    assert ("risk/privacy.pii" in risk_tags(risks["a"])) == counts
    assert ("inherited/privacy.pii" in risk_tags(risks["b"])) == counts


def test_one_date_is_enough():
    assert [pass_(found(valid_from=FIRST), today=day)["b"].state for day in (BEFORE, AFTER)] == ["clean", "risks"]
    assert [pass_(found(valid_until=LAST), today=day)["b"].state for day in (BEFORE, AFTER)] == ["risks", "clean"]


def test_one_of_the_same_risk_that_is_over_hides_none_that_is_not():
    risks = pass_(over(severity=Severity.CRITICAL, note="then"), found(severity=Severity.LOW, note="now"), today=AFTER)
    assert [(one.finding.note, one.in_force) for one in risks["b"].inherited] == [("now", True), ("then", False)]
    assert risk_tags(risks["b"])["inherited/privacy.pii"] == "low"


def test_it_is_shown_with_its_dates_in_json():
    said = json.loads(json.dumps(pass_(over(), today=AFTER)["b"].as_json()))["inherited"][0]
    assert (said["valid_from"], said["valid_until"], said["in_force"], said["state"]) == (
        "2026-03-01", "2026-03-31", False, "not in force",
    )  # fmt: skip


def test_the_same_day_gives_the_same_answer():
    assert pass_(over(), today=LAST)["b"] == pass_(over(), today=LAST)["b"]


def test_what_is_over_was_assessed_all_the_same():
    assert pass_(over(), today=AFTER)["a"].complete


@pytest.mark.parametrize(("days", "told"), [(0, False), (1, True), (30, True), (31, False)])
def test_that_it_is_over_is_told_for_thirty_days(days, told):
    today = LAST + dt.timedelta(days=days)
    sentences = [one.sentence for one in reviews.ended(pass_(over(note="Codes."), today=today), today)]
    assert sentences == (["privacy.pii on a counts no more: valid until 2026-03-31: Codes."] if told else [])


def test_what_is_over_needs_no_review():
    finding = over(review_by=dt.date(2026, 4, 30))
    may = dt.date(2026, 5, 15)
    assert reviews.due([], may, risks=pass_(finding)) == []
    assert len(reviews.due([], may, risks=pass_(found(review_by=dt.date(2026, 4, 30))))) == 1


def test_a_resolution_still_ends_it():
    end = Resolution(risk="privacy.pii", proof="b:hashed", note="n")
    nodes = [asset("a", findings=(over(),)), asset("b", "a", resolutions=(end,), checks=frozenset({"hashed"}))]
    (one,) = inheritance(nodes, register=REGISTER, holds=lambda _: PROVEN, today=AFTER)["b"].inherited
    assert (one.resolved_at, one.state) == ("b", "not in force")


def test_dates_that_make_no_period_are_refused():
    with pytest.raises(RiskError, match=r"x: it ends on 2026-02-28, before it begins\. Swap the two dates"):
        Finding.parse({"risk": "a.b", "note": "n", "valid_from": "2026-03-01", "valid_until": "2026-02-28"}, where="x")
    with pytest.raises(RiskError, match="'valid_until' must be a date such as 2027-03-31, not 'soon'"):
        Finding.parse({"risk": "a.b", "note": "n", "valid_until": "soon"}, where="x")


def test_it_is_declared_beside_the_logic():
    crm = carries("privacy.pii", note="n", valid_from=FIRST, valid_until="2026-03-31")(dg.AssetSpec("crm"))
    defs = dg.Definitions(assets=[crm])
    states = [risks_of(defs, register=REGISTER, today=day)["crm"].state for day in (BEFORE, FIRST, AFTER)]
    assert states == ["clean", "risks", "clean"]
