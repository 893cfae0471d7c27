"""A draft asks and tightens; whatever was recorded, it lets nothing through that the contract refuses."""

import json
from dataclasses import replace

import pytest
from contract_files import column, contract, predicate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.contracts.compatibility import changes
from lakehouse.contracts.document import contract_of
from lakehouse.contracts.proposal import Record, draft, record
from lakehouse.contracts.verdicts import Counters, Verdict

LISTED = {"metric": "invalidValues", "mustBe": 0}


def listed(name, *values, **words):
    return column(name, "string", quality=[{**LISTED, "arguments": {"validValues": list(values)}}], **words)


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    columns = [listed("kind", "sale", "return"), listed("city", "Bonn", classification="personal.city")]
    warned = predicate("known", "kind is not null", severity="warning")
    return contract(tmp_path_factory.mktemp("contracts"), "shop.orders", columns, quality=[warned])


def verdict(contract, rows=1000, rejected=0, **violations):
    return Verdict.of(Counters(rows=rows, rejected=rejected, violations=violations), contract)


def asked(text):
    return [line.removeprefix("# - ") for line in text.splitlines() if line.startswith("# - ")]


def test_what_failed_is_asked_with_how_often_and_stays_as_it_is(orders):
    known = Record(
        verdicts=[verdict(orders, rejected=7, kind_allowed=7), verdict(orders)], rejected={"kind_allowed": 7}
    )
    text = draft(orders, known)
    (question,) = asked(text)
    assert question.startswith(
        "1 of 2 writes broke kind_allowed, by 7 rows; 7 rows lie in quarantine for it: is the data"
    )
    drafted = contract_of(text.encode(), orders.path)
    assert (drafted.status, drafted.version) == ("draft", "1.0.1")
    assert drafted.rules == orders.rules


def test_values_that_are_not_on_a_list_are_listed_but_not_those_of_persons(orders):
    rows = [
        (json.dumps({"kind": kind, "city": "Köln"}), ["kind_allowed", "city_allowed"])
        for kind in ("gift", "gift", "tip")
    ]
    text = draft(orders, record(orders, [verdict(orders)], rows))
    assert 'Not on the list of kind_allowed: "gift" (2), "tip" (1). Does one belong on it?' in text
    assert "Köln" not in text
    assert contract_of(text.encode(), orders.path).rules == orders.rules


def test_what_always_held_may_be_tighter(orders):
    text = draft(orders, Record(verdicts=[verdict(orders, rejected=12)] * 3))
    assert "known only warns and held in all 3 writes: may it refuse what breaks it?" in asked(text)
    assert "rejected_share was never near its bound: is 0.03 enough? The draft says so." in asked(text)
    drafted = contract_of(text.encode(), orders.path)
    assert (drafted.table_rules[-1].limits, drafted.version) == ((0.03,), "2.0.0")


def test_nothing_recorded_asks_for_nothing(orders):
    assert asked(draft(orders, Record(verdicts=[]))) == ["Nothing failed: is it needed?"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))))
def test_no_draft_loosens_a_rule(orders, writes):
    found = [verdict(orders, rows=10, rejected=a, kind_allowed=b, known=c) for a, b, c in writes]
    drafted = contract_of(draft(orders, Record(verdicts=found)).encode(), orders.path)
    assert not [change for change in changes(orders, drafted) if "reader" in change.breaks]
    assert drafted.status == "draft"


def test_a_rule_that_a_write_was_not_judged_by_did_not_hold(orders):
    unjudged = replace(verdict(orders), judged="")
    assert not any("known only warns" in one for one in asked(draft(orders, Record(verdicts=[unjudged] * 3))))
