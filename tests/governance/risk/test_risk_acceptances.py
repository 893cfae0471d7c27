import datetime as dt

import pytest
from risk_graphs import REGISTER, asset, found

from governance.risk import Acceptances, RiskError, Severity, inheritance
from governance.risk.errors import AcceptanceError

TODAY = dt.date(2027, 3, 1)
NODES = [
    asset("shop/crm", findings=(found(column="name"), found("quality.codes")), group="shop"),
    asset("clv/scores", "shop/crm", columns=frozenset({"value", "tier"})),
    asset("clv/report", "clv/scores"),
]
RISKS = inheritance(NODES, register=REGISTER, groups={"shop": [found("model.churn")]})
ENTRY = """\
- who: ann@shop.example
  what: privacy.pii
  where: clv/scores
  until: 2027-03-31
  why: needed
  ticket: T-1
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "acceptances.yaml"
        path.write_text(text)
        return Acceptances.read(path, risks=RISKS)

    return read


def arrival(asset="clv/scores", risk="privacy.pii"):
    (one,) = (one for one in RISKS[asset].inherited if one.risk == risk)
    return one


def test_a_person_accepts_one_risk_on_one_asset_until_a_date(read):
    acceptances = read(ENTRY)
    (one,) = acceptances
    assert (one.who, one.until, one.why, one.ticket) == ("ann@shop.example", dt.date(2027, 3, 31), "needed", "T-1")
    assert one.at.endswith("acceptances.yaml:1")
    assert acceptances.accepted(arrival(), "clv/scores", TODAY) is one
    assert acceptances.accepted(arrival(risk="quality.codes"), "clv/scores", TODAY) is None
    assert acceptances.accepted(arrival("clv/report"), "clv/report", TODAY) is None


@pytest.mark.parametrize(("day", "holds"), [("2027-03-30", True), ("2027-03-31", True), ("2027-04-01", False)])
def test_its_date_is_its_last_day(read, day, holds):
    acceptances, today = read(ENTRY), dt.date.fromisoformat(day)
    assert (acceptances.accepted(arrival(), "clv/scores", today) is not None) is holds
    assert (acceptances.lapsed(arrival(), "clv/scores", today) is None) is holds


def test_without_a_name_nobody_accepted_anything(read):
    acceptances = read(ENTRY.replace("- who: ann@shop.example\n ", "-"))
    assert acceptances.accepted(arrival(), "clv/scores", TODAY) is None
    assert acceptances.lapsed(arrival(), "clv/scores", TODAY).who is None


@pytest.mark.parametrize(
    ("more", "accepts"),
    [
        ("origin: shop/crm", True),
        ("origin: clv/report", False),
        ("origin: group:shop", False),
        ("severity: critical", True),
        ("severity: high", True),
        ("severity: medium", False),
        ("column: value", False),
    ],
)
def test_it_can_be_narrowed(read, more, accepts):
    acceptances = read(f"{ENTRY}  {more}\n")
    assert (acceptances.accepted(arrival(), "clv/scores", TODAY) is not None) is accepts


def test_one_column_is_accepted_and_the_others_are_not(read):
    lineage_risks = inheritance(
        [asset("a", findings=(found(column="x"), found(column="y")), columns=frozenset({"x", "y"}))], register=REGISTER
    )
    on_x, on_y = lineage_risks["a"].own
    (one,) = read(f"{ENTRY}  column: value\n")
    there = {"what": "privacy.pii", "where": "a", "column": "x"}
    narrowed = type(one)(**{**vars(one), **there})
    assert (narrowed.speaks_of(on_x, "a"), narrowed.speaks_of(on_y, "a")) == (True, False)


def test_what_a_group_brings_can_be_meant_alone(read):
    acceptances = read(ENTRY.replace("privacy.pii", "model.churn") + "  origin: group:shop\n")
    assert acceptances.accepted(arrival(risk="model.churn"), "clv/scores", TODAY)


def test_an_expired_one_does_not_hide_one_that_holds(read):
    old = ENTRY.replace("2027-03-31", "2026-01-01")
    acceptances = read(old + ENTRY + "  origin: shop/crm\n")
    assert acceptances.accepted(arrival(), "clv/scores", TODAY).origin == "shop/crm"


def test_no_entry_is_no_acceptance(read):
    assert list(read("# none yet\n")) == list(read("[]")) == []


def test_severity_is_read(read):
    (one,) = read(f"{ENTRY}  severity: high\n")
    assert one.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ENTRY.replace("y.pii", "y.pi"), r":2: no register file knows 'privacy\.pi'\. Did you mean 'privacy\.pii'"),
        (ENTRY.replace("clv/scores", "clv/scors"), r":3: no asset 'clv/scors'\. Did you mean 'clv/scores'\?"),
        (ENTRY.replace("until", "untill"), r":4: an acceptance has no 'untill'\. Did you mean 'until'\?"),
        (ENTRY + "  at: here\n", r":7: an acceptance has no 'at'"),
        (ENTRY.replace("  ticket: T-1\n", ""), r":1: an acceptance needs ticket\."),
        (ENTRY.replace("  why: needed\n", ""), r":1: an acceptance needs why\."),
        (ENTRY.replace("needed", ""), r":5: 'why' of 'an acceptance' must be a text"),
        (ENTRY.replace("ann@shop.example", "team:clv"), r":1: 'team:clv' is a team\. Name the person"),
        (ENTRY.replace("2027-03-31", "soon"), r":4: 'soon' is no date such as 2027-06-30"),
        (ENTRY + "  column: valu\n", r":7: 'valu' is no column of clv/scores\. Did you mean 'value'\?"),
        (ENTRY + "  origin: shop/cmr\n", r":7: no asset or group 'shop/cmr'\. Did you mean 'shop/crm'\?"),
        (ENTRY + "  severity: hihg\n", r":7: Unknown severity 'hihg'.*Did you mean 'high'"),
        (ENTRY + ENTRY, r":7: the same is accepted at .*acceptances\.yaml:1\. To renew it, change its date there"),
        ("who: ann\n", r":1: expected a list of acceptances"),
        ("- ann\n", r":1: expected a mapping"),
        ("- a: [", r":2: not YAML"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_file_and_line(read, text, sentence):
    with pytest.raises(RiskError, match=f"acceptances.yaml{sentence}"):
        read(text)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RiskError, match=r"none\.yaml cannot be read: No such file"):
        Acceptances.read(tmp_path / "none.yaml", risks=RISKS)


def test_the_error_has_a_name_of_its_own(read):
    with pytest.raises(AcceptanceError):
        read("who: ann\n")
