import datetime as dt

import dagster as dg
import pytest

from governance.risk import Finding, RiskError, assessed, carries, resolves
from governance.risk.findings import ASSESSED, FINDINGS, RESOLUTIONS


@dg.asset
def table() -> None: ...


@dg.multi_asset(specs=[dg.AssetSpec("left"), dg.AssetSpec("right")])
def both(): ...


def test_it_works_on_assets_multi_assets_and_external_specs():
    mark = carries("privacy.pii", note="names", column="name", severity="high", review_by=dt.date(2027, 3, 31))
    said = {
        "risk": "privacy.pii",
        "note": "names",
        "column": "name",
        "severity": "high",
        "review_by": "2027-03-31",
    }
    assert mark(dg.AssetSpec("shop/x")).metadata[FINDINGS] == [said]
    assert mark(table).specs_by_key[table.key].metadata[FINDINGS] == [said]
    assert [spec.metadata[FINDINGS] for spec in mark(both).specs] == [[said], [said]]


def test_it_stacks_in_reading_order_and_leaves_the_asset_as_it_was():
    @carries("privacy.pii", note="first")
    @carries("quality.codes", note="second")
    @dg.asset(metadata={"other": 1})
    def stacked() -> int:
        return 3

    metadata = stacked.specs_by_key[stacked.key].metadata
    assert [one["note"] for one in metadata[FINDINGS]] == ["first", "second"]
    assert metadata["other"] == 1
    assert stacked() == 3
    assert FINDINGS not in table.specs_by_key[table.key].metadata


def test_what_is_carried_is_read_back():
    spec = carries(
        "privacy.pii",
        note="names",
        severity="critical",
        owner="team:crm",
        mitigation="masked",
        mitigation_owner="team:data",
        proof="shop/x:masked",
        review_by="2027-03-31",
    )(dg.AssetSpec("shop/x"))
    finding = Finding.parse(spec.metadata[FINDINGS][0], where="shop/x")
    assert finding.as_metadata() == spec.metadata[FINDINGS][0]
    assert finding.review_by == dt.date(2027, 3, 31)
    assert finding.mitigation_owner == "team:data"


def test_assessed_is_implied_by_a_statement_and_can_stand_alone():
    spec = dg.AssetSpec("x")
    resolving = resolves("privacy.pii", proof="x:c", note="hashed", columns=("name",))(spec)
    assert resolving.metadata[RESOLUTIONS] == [
        {"risk": "privacy.pii", "proof": "x:c", "note": "hashed", "columns": ["name"]}
    ]
    for said in (carries("privacy.pii", note="n")(spec), resolving, assessed()(spec)):
        assert said.metadata[ASSESSED] is True
    assert ASSESSED not in spec.metadata


@pytest.mark.parametrize("decorate", [carries("a.b", note="n"), resolves("a.b", proof="x:c", note="n"), assessed()])
def test_a_bare_function_is_refused_with_a_hint(decorate):
    with pytest.raises(TypeError, match=r"stands on a bare function\. Put it above @dg\.asset"):
        decorate(lambda: None)


def test_checks_and_other_things_are_refused():
    @dg.asset_check(asset="table")
    def rule() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    with pytest.raises(TypeError, match=r"@carries needs an asset, and .* defines none"):
        carries("a.b", note="n")(rule)
    with pytest.raises(TypeError, match=r"not on str\. Declare a dg\.AssetSpec"):
        carries("a.b", note="n")("shop/x")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"severity": "Critical"}, r"@carries\('a\.b'\): Unknown severity 'Critical'.*Did you mean 'critical'"),
        ({"note": " "}, r"'note' must be a text that says something"),
        ({"proof": "no_colon"}, r"'no_colon' is no proof\. Write 'asset/key:check_name'"),
        ({"review_by": "31.3.2027"}, r"'review_by' must be a date such as 2027-03-31"),
        ({"owner": 3}, r"'owner' must be a text"),
    ],
)
def test_a_bad_field_is_refused_where_it_is_written(fields, sentence):
    with pytest.raises(RiskError, match=sentence):
        carries("a.b", **{"note": "n", **fields})


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"risk": "a.b", "note": "n", "sevrity": "low"}, r"x: a finding has no 'sevrity'\. Did you mean 'severity'"),
        ({"note": "n"}, "x: a finding needs risk"),
        ("privacy.pii", "x: a finding is a mapping"),
    ],
)
def test_a_finding_written_by_hand_is_read_strictly(raw, sentence):
    with pytest.raises(RiskError, match=sentence):
        Finding.parse(raw, where="x")


def test_a_resolution_needs_a_proof():
    with pytest.raises(TypeError, match="proof"):
        resolves("a.b", note="n")
    with pytest.raises(RiskError, match="'columns' must be a list of column names"):
        resolves("a.b", proof="x:c", note="n", columns="name")
