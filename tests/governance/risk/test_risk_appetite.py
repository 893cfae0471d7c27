import datetime as dt

import pytest
from risk_graphs import BROKEN, PROVEN, REGISTER, asset, found

from governance.risk import Acceptances, Finding, Resolution, RiskError, Severity, inheritance
from governance.risk.appetite import judged, policy_in
from governance.risk.errors import AppetiteError

TODAY = dt.date(2027, 3, 1)
POLICY = """\
scores:
  critical: accepted
  high: accepted or proven
  medium: any
  not_assessed: refuse
  unreadable: refuse
  overdue: refuse
"""


@pytest.fixture
def policy(tmp_path):
    def policy(text=POLICY):
        path = tmp_path / "appetite.yaml"
        path.write_text(text)
        return policy_in(path, groups={"scores", "clv/models"})

    return policy


@pytest.fixture
def judge(policy, tmp_path):
    def judge(*findings, accepted=False, changes=("", ""), holds=None, nodes=None, today=TODAY):
        nodes = nodes or [asset("raw", findings=findings, checks=frozenset({"c"})), asset("end", "raw")]
        risks = inheritance(nodes, register=REGISTER, holds=holds or (lambda _: BROKEN))
        path = tmp_path / "acceptances.yaml"
        entry = "- {who: ann, what: privacy.pii, where: end, until: 2027-03-31, why: needed, ticket: T-1}\n"
        path.write_text(entry if accepted else "[]")
        appetite = policy(POLICY.replace(*changes) if changes[0] else POLICY)["scores"]
        return judged(risks, "end", appetite=appetite, acceptances=Acceptances.read(path, risks=risks), today=today)

    return judge


def pii(severity, **fields):
    return found(severity=Severity.parse(severity), **fields)


WORDS = {
    "refuse": set(),
    "accepted": {"accepted"},
    "proven": {"proven"},
    "accepted or proven": {"accepted", "proven"},
    "any": {"open", "accepted", "proven"},
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("standing", ["open", "accepted", "proven"])
def test_each_word_lets_pass_what_it_says(judge, word, standing):
    lines = "critical: accepted\n  high: accepted or proven\n  medium: any"
    lowered = "critical: refuse\n  high: refuse\n  medium: " + word
    found_ = judge(
        pii("medium", proof="raw:c" if standing == "proven" else None),
        accepted=standing == "accepted",
        holds=lambda _: PROVEN,
        changes=(lines, lowered),
    )
    assert [one.standing for one in found_.risks] == [standing]
    assert found_.passed is (standing in WORDS[word])
    assert [one.refused for one in found_.risks] == [None if found_.passed else "medium"]


@pytest.mark.parametrize(
    ("severity", "fields", "accepted", "passed"),
    [
        ("critical", {}, False, False),
        ("critical", {}, True, True),
        ("critical", {"proof": "raw:c"}, False, False),
        ("high", {}, False, False),
        ("high", {"mitigation": "talked about it"}, False, False),
        ("high", {"proof": "raw:c"}, False, True),
        ("high", {}, True, True),
        ("medium", {}, False, True),
        ("low", {}, False, True),
    ],
)
def test_the_usual_policy(judge, severity, fields, accepted, passed):
    assert judge(pii(severity, **fields), accepted=accepted, holds=lambda _: PROVEN).passed is passed


def test_accepted_and_proven_passes_either_word(judge):
    lines = "critical: accepted\n  high: accepted or proven"
    for word in ("accepted", "proven"):
        lowered = f"critical: refuse\n  high: {word}"
        both = judge(pii("high", proof="raw:c"), accepted=True, holds=lambda _: PROVEN, changes=(lines, lowered))
        assert both.passed


def test_a_proof_that_does_not_hold_mitigates_nothing(judge):
    assert not judge(pii("high", proof="raw:c"), holds=lambda _: BROKEN).passed


def test_what_a_proven_resolution_ended_does_not_stand_and_what_a_broken_one_did_not_end_does(judge):
    raw = asset("raw", findings=(pii("critical"),))
    ends = Resolution(risk="privacy.pii", proof="hashed:c", note="hmac")
    hashed = asset("hashed", "raw", resolutions=(ends,), checks=frozenset({"c"}))
    nodes = [raw, hashed, asset("end", "hashed")]
    proven = judge(nodes=nodes, holds=lambda _: PROVEN)
    assert (proven.passed, proven.risks) == (True, ())
    assert not judge(nodes=nodes, holds=lambda _: BROKEN).passed


def test_an_expired_acceptance_accepts_nothing_and_is_named(judge):
    late = judge(pii("high"), accepted=True, today=dt.date(2027, 4, 1))
    (one,) = late.refused
    assert (late.passed, one.acceptance, one.lapsed.who) == (False, None, "ann")


@pytest.mark.parametrize(("review_by", "passed"), [("2027-02-28", False), ("2027-03-01", True), (None, True)])
@pytest.mark.parametrize("severity", ["low", "critical"])
def test_a_finding_past_its_review_is_refused_even_if_small_or_accepted(judge, review_by, passed, severity):
    day = dt.date.fromisoformat(review_by) if review_by else None
    found_ = judge(pii(severity, review_by=day), accepted=True)
    assert found_.passed is passed
    assert [one.refused for one in found_.refused] == ([] if passed else ["overdue"])


def test_an_old_review_may_be_let_pass_by_the_policy(judge):
    old = pii("low", review_by=dt.date(2020, 1, 1))
    assert judge(old, changes=("overdue: refuse", "overdue: any")).passed


@pytest.mark.parametrize("where", ["raw", "end"])
def test_unassessed_anywhere_above_is_refused_though_no_risk_is_known(judge, where):
    nodes = [asset("raw", assessed=where != "raw"), asset("mid", "raw"), asset("end", "mid", assessed=where != "end")]
    found_ = judge(nodes=nodes)
    assert (found_.passed, found_.risks) == (False, ())
    assert found_.gaps == (f"nobody assessed {where}: say with @carries or @assessed what is known of it",)
    assert judge(nodes=nodes, changes=("not_assessed: refuse", "not_assessed: any")).passed


def test_unassessed_is_refused_too_where_risks_are_known(judge):
    nodes = [asset("raw", assessed=False), asset("end", "raw", findings=(found("model.churn"),))]
    assert not judge(nodes=nodes).passed


def test_unreadable_is_refused_whatever_the_policy_says_of_the_rest(judge):
    nodes = [asset("raw", unreadable="the catalogue is down"), asset("end", "raw")]
    found_ = judge(nodes=nodes, changes=("not_assessed: refuse", "not_assessed: any"))
    assert found_.gaps == ("what raw carries could not be read (the catalogue is down): mend that first",)
    assert not found_.passed


def test_own_risks_count_like_inherited_ones(judge):
    assert not judge(nodes=[asset("end", findings=(pii("critical"),))]).passed


def test_every_word_of_a_group_is_read(policy):
    (appetite,) = policy(POLICY + "  low: accepted\n".replace("accepted", "any")).values()
    assert appetite.group == "scores"
    assert {str(severity): set(allowed) for severity, allowed in appetite.allowed.items()} == {
        "low": WORDS["any"],
        "medium": WORDS["any"],
        "high": {"accepted", "proven"},
        "critical": {"accepted"},
    }
    assert appetite.refused == {"not_assessed", "unreadable", "overdue"}


def test_several_groups_stand_in_one_file(policy):
    assert policy(POLICY + POLICY.replace("scores", "clv/models")).keys() == {"scores", "clv/models"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (POLICY.replace("scores", "scors"), r":1: no asset is in group 'scors'\. Did you mean 'scores'\?"),
        (POLICY.replace("medium", "meduim"), r":4: unknown key 'meduim'\. Did you mean 'medium'\?"),
        (POLICY.replace("  overdue: refuse\n", ""), r":1: 'scores' does not say overdue\."),
        (POLICY.replace("  unreadable: refuse\n", ""), r":1: 'scores' does not say unreadable\."),
        (POLICY.replace("  critical: accepted\n", ""), r":1: 'scores' does not say critical\."),
        (POLICY.replace("or proven", "or prooven"), r":3: 'accepted or prooven' is none of .* 'accepted or proven'\?"),
        (POLICY.replace("unreadable: refuse", "unreadable: any"), r":6: 'any' is none of refuse\."),
        (POLICY.replace("overdue: refuse", "overdue: warn"), r":7: 'warn' is none of refuse, any\."),
        (POLICY.replace("critical: accepted", "critical: any"), r":2: critical: any allows what high: .* refuses"),
        (
            POLICY.replace("high: accepted or proven", "high: proven"),
            r":2: critical: accepted allows what high: proven",
        ),
        (POLICY + "  low: accepted\n", r":4: medium: any allows what low: accepted refuses"),
        (POLICY + "  medium: any\n", r":8: 'medium' is a duplicate"),
        (POLICY + POLICY, r":8: 'scores' is a duplicate"),
        ("scores: none\n", r":1: expected a mapping"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_with_file_and_line(policy, text, sentence):
    with pytest.raises(RiskError, match=f"appetite.yaml{sentence}"):
        policy(text)


def test_the_error_has_a_name_of_its_own(policy):
    with pytest.raises(AppetiteError):
        policy(POLICY.replace("scores", "other"))


def test_a_missing_policy_is_refused(tmp_path):
    with pytest.raises(RiskError, match=r"none\.yaml cannot be read: No such file"):
        policy_in(tmp_path / "none.yaml", groups={"scores"})


def test_findings_are_told_apart_by_column(judge):
    two = (Finding(risk="privacy.pii", note="n", column="a"), Finding(risk="privacy.pii", note="n", column="b"))
    assert len(judge(*two).refused) == 2
