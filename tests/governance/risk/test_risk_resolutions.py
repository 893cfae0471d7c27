import pytest
from risk_graphs import PROVEN, REGISTER, asset, found, made

from governance.risk import Proof, Resolution, RiskError, Severity, inheritance


def ends(risk="privacy.pii", *, columns=(), proof="pseudo:hashed"):
    return Resolution(risk=risk, proof=proof, note="hashed", columns=columns)


def pseudonymised(*resolutions, **fields):
    return asset("pseudo", "crm", resolutions=resolutions or (ends(),), checks=frozenset({"hashed"}), **fields)


CRM = asset("crm", findings=(found(), found("quality.codes")))


def pass_(*nodes, **options):
    return inheritance(nodes, register=REGISTER, **options)


def standing(risks, key):
    return sorted((one.risk, one.origin) for one in risks[key].inherited if not one.resolved_at)


def test_it_ends_the_named_risk_for_all_heirs_and_no_other():
    risks = pass_(CRM, pseudonymised(), asset("heir", "pseudo"))
    for key in ("pseudo", "heir"):
        assert standing(risks, key) == [("quality.codes", "crm")]
    assert standing(risks, "crm") == []
    assert [one.risk for one in risks["crm"].own] == ["privacy.pii", "quality.codes"]


def test_before_any_run_it_is_a_claim_and_what_rests_on_it_is_not_clean():
    crm = asset("crm", findings=(found(),))
    risks = pass_(crm, pseudonymised(), asset("heir", "pseudo"))
    (one,) = risks["heir"].inherited
    assert (one.resolved_at, one.resolution, one.distance, one.route) == (
        "pseudo",
        "claim",
        2,
        ("crm", "pseudo", "heir"),
    )
    assert risks["heir"].state == "risks"


def test_proven_it_is_clean_and_still_visible():
    crm = asset("crm", findings=(found(),))
    risks = pass_(crm, pseudonymised(), asset("heir", "pseudo"), holds={"pseudo:hashed": PROVEN}.__getitem__)
    assert [one.resolution for one in risks["heir"].inherited] == ["proven"]
    assert risks["heir"].state == "clean"


@pytest.mark.parametrize("word", ["broken", "stale", "claim"])
def test_unless_proven_it_ends_nothing(word):
    risks = pass_(CRM, pseudonymised(), asset("heir", "pseudo"), holds=lambda _: Proof(word))
    assert standing(risks, "heir") == [("privacy.pii", "crm"), ("quality.codes", "crm")]
    assert risks["heir"].state == "risks"


def test_on_one_of_two_routes_the_other_still_carries_it():
    risks = pass_(CRM, pseudonymised(), asset("heir", "pseudo", "crm"), holds=lambda _: PROVEN)
    pii = {one.resolved_at: one.routes for one in risks["heir"].inherited if one.risk == "privacy.pii"}
    assert pii == {None: 1, "pseudo": 1}
    assert risks["heir"].state == "risks"


def test_a_risk_ended_once_stays_ended_by_the_first():
    second = asset("again", "pseudo", resolutions=(ends(proof="again:c"),), checks=frozenset({"c"}))
    risks = pass_(CRM, pseudonymised(), second, asset("heir", "again"))
    assert [one.resolved_at for one in risks["heir"].inherited if one.risk == "privacy.pii"] == ["pseudo"]
    assert standing(risks, "heir") == [("quality.codes", "crm")]


def test_what_the_asset_itself_declares_it_still_has():
    own = pseudonymised(findings=(found(severity=Severity.LOW, note="free text"),))
    risks = pass_(CRM, own, asset("heir", "pseudo"))
    assert standing(risks, "heir") == [("privacy.pii", "pseudo"), ("quality.codes", "crm")]


def test_it_ends_a_groups_risk_too():
    risks = pass_(
        asset("crm"), pseudonymised(group="g"), asset("heir", "pseudo"), groups={"g": [found()]}, holds=lambda _: PROVEN
    )
    assert risks["heir"].state == "clean"
    assert risks["heir"].inherited[0].route == ("pseudo", "heir")


def test_named_columns_end_only_what_arrives_on_them():
    crm = asset("crm", findings=(found(column="name"), found(column="mail"), found(note="whole")))
    lineage = made({"name": [("crm", "name")], "mail": [("crm", "mail")]})
    table = pseudonymised(ends(columns=("name",)), lineage=lineage)
    heir = asset("heir", "pseudo", lineage=made({"n": [("pseudo", "name")], "m": [("pseudo", "mail")]}))
    risks = pass_(crm, table, heir)
    assert {(one.column, one.resolved_at) for one in risks["heir"].inherited} == {
        ("n", "pseudo"),
        ("m", None),
        (None, None),
    }


def test_named_columns_end_nothing_that_is_assumed():
    crm = asset("crm", findings=(found(column="name"),))
    risks = pass_(crm, pseudonymised(ends(columns=("name",))))
    assert standing(risks, "pseudo") == [("privacy.pii", "crm")]


def test_two_resolutions_at_one_asset():
    table = pseudonymised(ends(), ends("quality.codes"))
    assert pass_(CRM, table, asset("heir", "pseudo"), holds=lambda _: PROVEN)["heir"].state == "clean"


def test_an_ended_risk_follows_columns_and_its_own_past():
    crm = asset("crm", findings=(found(column="name"),))
    lineage = made({"hash": [("crm", "name")], "last": [("pseudo", "hash")]})
    loop = asset(
        "pseudo", "crm", "pseudo", resolutions=(ends(),), checks=frozenset({"hashed"}), lineage=lineage,
        findings=(found(column="hash", note="own"),),
    )  # fmt: skip
    risks = pass_(crm, loop, asset("heir", "pseudo", lineage=made({"x": [("pseudo", "last")]})))
    assert {(one.origin, one.column, one.resolved_at, one.route) for one in risks["heir"].inherited} == {
        ("crm", "x", "pseudo", ("crm", "pseudo", "pseudo", "heir")),
        ("pseudo", "x", "pseudo", ("pseudo", "pseudo", "heir")),
    }


def test_each_proof_is_asked_once():
    asked = []
    pass_(CRM, pseudonymised(ends(), ends("quality.codes")), holds=lambda proof: asked.append(proof) or PROVEN)
    assert asked == ["pseudo:hashed"]


def test_its_proof_and_columns_must_exist():
    with pytest.raises(RiskError, match=r"pseudo: proof 'pseudo:hased' names no asset check\. Did you mean 'hashed'"):
        pass_(CRM, pseudonymised(ends(proof="pseudo:hased")))
    with pytest.raises(RiskError, match=r"names 'nam', which is no column of pseudo\. Did you mean 'name'"):
        pass_(CRM, pseudonymised(ends(columns=("nam",)), columns=frozenset({"name"})))
