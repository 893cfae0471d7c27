"""What a certificate says, and that it says what is not known."""

import json

import dagster as dg
import pytest
from evidence_shop import NEXT, WEEK, Shop

from governance.evidence import certificate as certificate_module
from governance.evidence.certificate import Certifier
from governance.evidence.errors import NotCertifiable
from governance.pages.certificate import page
from governance.risk import assessed, carries
from lakehouse.lake import Lake

CUSTOMER = f"{1:032x}"


def make(shop, instance) -> list[str]:
    """A model, its champion and two weeks of scores; their runs."""
    runs = [shop.run(instance, "toy/value_model", "toy/value_champion")]
    runs += [shop.run(instance, partition_key=week) for week in (WEEK, NEXT)]
    assert all(run.success for run in runs)
    shop.record(instance)
    return [run.run_id for run in runs]


@pytest.fixture
def released(shop, instance):
    return make(shop, instance)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The same, made once: for tests that change nothing."""
    folder = tmp_path_factory.mktemp("kept")
    shop = Shop(Lake(catalog_url=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse"), folder)
    with dg.DagsterInstance.ephemeral() as instance:
        yield shop, instance, make(shop, instance)


def certified(shop, instance, asset="toy/scores", **options):
    return Certifier.of(shop.recorder(), instance).document(asset, **options)


def text_of(document) -> str:
    return page({**document, "chain": {"sequence": 1, "previous": "0", "sha256": "1"}})


def test_it_names_the_version_its_run_contract_and_verdict(kept):
    shop, instance, released = kept
    made = certified(shop, instance, partition=WEEK)["materialisation"]

    first = shop.lake.table("toy.scores").snapshots()[1]
    assert (made["run"], made["partition"], made["job"]) == (released[1], WEEK, "wanted")
    assert (made["snapshot"], made["version"]) == (str(first.snapshot_id), str(first.snapshot_id))
    assert (made["contract"], made["verdict"], made["code_version"]) == ("toy.scores@1.0.0 abc", "ok", "abc123")


def test_without_a_partition_it_is_the_newest(kept):
    shop, instance, _ = kept
    assert certified(shop, instance)["materialisation"]["partition"] == NEXT


def test_it_names_every_input_with_its_version_and_who_read_it(kept):
    shop, instance, released = kept
    inputs = {one["asset"]: one for one in certified(shop, instance)["inputs"]}

    assert inputs.keys() == {"shop/crm", "toy/value_champion", "toy/value_model"}
    assert inputs["toy/value_champion"]["version"] == released[0]
    assert inputs["toy/value_model"]["read_by"] == ["toy/value_champion"]
    assert inputs["shop/crm"]["version"] is None
    assert inputs["shop/crm"]["why_unknown"] == "Dagster knew of no version"


def test_it_names_models_and_the_release(kept):
    shop, instance, released = kept
    found = certified(shop, instance)

    assert [(one["asset"], one["version"]) for one in found["models"]] == [
        ("toy/value_champion", released[0]),
        ("toy/value_model", released[0]),
    ]
    (release,) = found["releases"]
    assert (release["champion"], release["run"], release["named_version"]) == ("toy/value_champion", released[0], None)
    assert release["by"].startswith("not recorded")


def test_a_rollback_names_the_model_that_was_released_not_the_newest(shop, instance, released):
    shop.run(instance, "toy/value_model")
    config = {"ops": {"toy__value_champion": {"config": {"version": released[0]}}}}
    back = shop.run(instance, "toy/value_champion", run_config=config, tags={"user": "maria"})
    assert back.success
    shop.run(instance, partition_key=NEXT)
    shop.record(instance)

    found = certified(shop, instance)

    models = {one["asset"]: one["version"] for one in found["models"]}
    assert models == {"toy/value_champion": back.run_id, "toy/value_model": released[0]}
    assert (found["releases"][0]["named_version"], found["releases"][0]["by"]) == (released[0], "user maria")


def test_its_risks_are_those_of_its_time(shop, instance, released):
    before = certified(shop, instance)
    shop.mark = carries("model.churn", note="it got worse", severity="critical")
    shop.accept("[]")
    shop.run(instance, "toy/value_model")
    shop.record(instance)

    after = certified(shop, instance)

    assert after["risks"] == before["risks"]
    assert [(one["risk"], one["severity"], one["accepted_by"]) for one in after["risks"]["listed"]] == [
        ("privacy.pii", "high", "ann@shop.example"),
        ("model.churn", "low", None),
    ]
    assert [(one["who"], one["until"], one["ticket"]) for one in after["acceptances"]] == [
        ("ann@shop.example", "2099-03-31", "T-1")
    ]


@pytest.mark.parametrize(
    ("checks_pass", "evidence", "mitigated"), [(True, "proven", True), (False, "broken", False), (None, None, False)]
)
def test_the_word_for_a_mitigation_is_that_of_its_time(shop, instance, checks_pass, evidence, mitigated):
    proof = {"proof": "toy/scores:in_range"} if checks_pass is not None else {}
    shop.checks_pass = bool(checks_pass)
    shop.mark = carries("model.churn", note="n", mitigation="looked after", **proof)
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    risk = next(one for one in certified(shop, instance)["risks"]["listed"] if one["risk"] == "model.churn")

    assert (risk["evidence"], risk["mitigated"]) == (evidence or "claim", mitigated)


def test_what_nobody_assessed_is_said_in_both_forms(shop, instance):
    shop.crm, shop.mark = (lambda spec: spec), assessed()
    shop.accept("[]")
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    found = certified(shop, instance)

    assert found["risks"]["state"] == "not_assessed"
    assert "risks are not all known: shop/crm was not assessed" in found["unknown"]
    assert "Its risk state is not assessed." in text_of(found)
    assert "shop/crm was not assessed" in text_of(found)


def test_a_run_that_was_recorded_late_says_so_and_claims_no_code(kept, monkeypatch):
    shop, instance, _ = kept
    monkeypatch.setattr(certificate_module, "_PROMPTLY", certificate_module.dt.timedelta(seconds=-1))

    found = certified(shop, instance)

    assert found["materialisation"]["code_version"] is None
    assert any("was recorded at" in one for one in found["unknown"])
    assert any("nobody can tell which code made it" in one for one in found["unknown"])


def test_a_champion_that_was_never_made_is_not_known_in_both_forms(shop, instance):
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    found = certified(shop, instance)

    assert (found["releases"][0]["version"], found["releases"][0]["by"][:12]) == (None, "not recorded")
    assert any(one.endswith("Dagster knew of no version") for one in found["unknown"])
    assert text_of(found).count("not known") > 2


def test_an_input_whose_events_are_gone_is_not_known(shop, instance, released):
    instance.wipe_assets([dg.AssetKey(["toy", "value_champion"])])

    (champion,) = [one for one in certified(shop, instance)["inputs"] if one["asset"] == "toy/value_champion"]

    assert champion["why_unknown"] == "the event log no longer has its materialisation"


def test_a_failed_run_and_failed_checks_are_said_in_both_forms(shop, instance):
    shop.checks_pass = False
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    found = certified(shop, instance)

    assert (found["materialisation"]["outcome"], found["materialisation"]["health"]) == ("success", "degraded")
    assert found["checks"]["failed"] == ["in_range"]
    assert "Failed: in_range." in text_of(found)
    assert "success, degraded" in text_of(found)


def test_what_was_never_made_is_not_certified(shop, instance):
    with pytest.raises(NotCertifiable, match="was never materialised for partition 2026-01-05"):
        certified(shop, instance, partition=WEEK)


def test_what_is_not_made_here_is_not_certified(kept):
    shop, instance, _ = kept
    with pytest.raises(NotCertifiable, match="Did you mean 'toy/scores'"):
        certified(shop, instance, "toy/score")


def test_a_run_that_is_not_recorded_is_not_certified(shop, instance):
    shop.run(instance, partition_key=WEEK)

    with pytest.raises(NotCertifiable, match="is not in the ledger"):
        certified(shop, instance)


def test_a_version_from_outside_of_any_run_is_not_certified(shop, instance):
    instance.report_runless_asset_event(dg.AssetMaterialization(["toy", "scores"], partition=WEEK))

    with pytest.raises(NotCertifiable, match="outside of any run"):
        certified(shop, instance)


def test_the_row_is_quoted_as_it_was_without_personal_data(shop, instance, released):
    shop.value = 100.0
    shop.run(instance, partition_key=WEEK)
    before = certified(shop, instance, partition=NEXT, keys={"customer": CUSTOMER})

    assert before["row"]["rows"] == [{"as_of": NEXT, "customer": CUSTOMER, "value": 2.0}]
    assert before["row"]["withheld"] == {"gender": "gender"}
    for text in (json.dumps(before), text_of(before)):
        assert "planted" not in text


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"customer": "jane@planted.example"}, "has no row with that customer in partition 2026-01-12"),
        ({"gender": "planted gender"}, "holds personal data: look a row up by its pseudonym"),
        ({"custmer": "1"}, "has no column 'custmer'"),
        ({"value": "much"}, "a key does not fit its column"),
    ],
)
def test_a_row_that_cannot_be_quoted_is_refused_without_repeating_the_key(kept, keys, why):
    shop, instance, _ = kept
    with pytest.raises(NotCertifiable, match=why) as refused:
        certified(shop, instance, keys=keys)

    assert "planted" not in str(refused.value)


def test_nothing_is_quoted_where_columns_are_not_classified(shop, instance):
    shop.columns = None
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    with pytest.raises(NotCertifiable, match="which columns hold personal data"):
        certified(shop, instance, keys={"customer": CUSTOMER})


def test_nothing_is_quoted_where_a_name_may_be_in_any_column(shop, instance):
    shop.name_is = "name"
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    with pytest.raises(NotCertifiable, match=r"may hold personal data \(name\) in any column"):
        certified(shop, instance, keys={"customer": CUSTOMER})


def test_a_row_whose_snapshot_expired_is_unreadable_and_said_so(shop, instance, released):
    table = shop.lake.table("toy.scores")
    table.maintenance.expire_snapshots().by_ids([one.snapshot_id for one in table.snapshots()[:-1]]).commit()

    found = certified(shop, instance, partition=WEEK, keys={"customer": CUSTOMER})

    assert found["row"]["state"] == "unreadable"
    assert any("has expired" in one for one in found["unknown"])
    assert "Unreadable: snapshot" in text_of(found)


def test_the_page_escapes_and_asks_for_nothing(shop, instance):
    shop.mark = carries("model.churn", note="<script>alert(1)</script> & more", owner="team:clv")
    shop.run(instance, partition_key=WEEK)
    shop.record(instance)

    text = text_of(certified(shop, instance))

    assert text.count("<script") == 1
    assert "&lt;script&gt;alert(1)" in text
    assert "src=" not in text
    assert "http" not in text.replace("http-equiv", "")
