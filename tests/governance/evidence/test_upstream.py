"""What was known of a table, by whatever name: never clean where it is only unknown."""

import datetime as dt

import pytest
from evidence_shop import WEEK

from governance.evidence.ledger import Ledger
from governance.evidence.upstream import upstream
from governance.risk import assessed, carries
from lakehouse.lake import Lake


def known(shop, *names, **options):
    return upstream(shop.ledger, names, **options)


def recorded(shop, instance) -> str:
    run = shop.run(instance, partition_key=WEEK).run_id
    shop.record(instance)
    return run


def test_an_asset_has_its_own_and_what_it_inherits_the_worst_first(shop, instance):
    run = recorded(shop, instance)

    one = known(shop, "toy/scores")["toy/scores"]

    assert (one.state, one.why, one.run_id, one.code_version) == ("risks", None, run, "abc123")
    assert [(row["severity"], row["risk"], row["origin"], row["distance"]) for row in one.risks] == [
        ("high", "privacy.pii", "shop/crm", 1),
        ("low", "model.churn", "toy/scores", 0),
    ]
    assert one.risks[0]["accepted_by"] == "ann@shop.example"


@pytest.mark.parametrize(
    "name", ["lake/sales_channel", "lake.sales_channel", "prod.lake.sales_channel", '"Lake"."Sales_Channel"']
)
def test_a_table_that_nobody_here_makes_is_found_by_every_name(shop, instance, name):
    recorded(shop, instance)

    one = known(shop, name)[name]

    assert (one.asset, one.state) == ("lake/sales_channel", "risks")
    (risk,) = one.risks
    assert (risk["kind"], risk["columns"], risk["owner"], risk["note"]) == (
        "static",
        ["channel"],
        "Data Engineering",
        "remapped",
    )


def test_a_name_that_nobody_knows_is_not_clean(shop, instance):
    recorded(shop, instance)

    one = known(shop, "lake.sales_chanel")["lake.sales_chanel"]

    assert (one.asset, one.state, one.risks) == (None, "not_assessed", ())
    assert "Did you mean 'lake/sales_channel'?" in one.why


def test_a_table_that_nobody_assessed_is_not_clean(shop, instance):
    recorded(shop, instance)

    one = known(shop, "lake/nobody")["lake/nobody"]

    assert (one.state, one.why) == ("not_assessed", "lake/nobody was not assessed")


def test_only_an_assessed_table_is_clean(shop, instance):
    shop.crm = assessed()
    shop.mark = assessed()
    shop.accept("[]")
    recorded(shop, instance)

    assert known(shop, "toy/scores")["toy/scores"].state == "clean"


def test_what_stands_on_something_unknown_says_so_beside_its_risks(shop, instance):
    shop.crm = lambda spec: spec
    shop.accept("[]")
    recorded(shop, instance)

    one = known(shop, "toy/scores")["toy/scores"]

    assert (one.state, one.why) == ("risks", "shop/crm was not assessed")


def test_an_empty_ledger_knows_nothing(shop):
    one = known(shop, "toy/scores")["toy/scores"]

    assert (one.state, one.why) == ("not_assessed", "nothing had been recorded yet")


def test_a_ledger_that_cannot_be_read_is_unreadable(shop, tmp_path):
    (tmp_path / "file").write_text("")
    lake = Lake(catalog_url=f"sqlite:///{tmp_path}/file/catalog.db", warehouse=str(tmp_path))

    one = upstream(Ledger(lake=lake, env="test"), ["toy/scores"])["toy/scores"]

    assert one.state == "unreadable"
    assert "cannot be reached" in one.why


def test_rows_that_are_gone_from_the_disk_are_unreadable(shop, instance, tmp_path):
    recorded(shop, instance)
    for file in (tmp_path / "warehouse" / "governance").rglob("data/*.parquet"):
        file.unlink()

    assert known(shop, "toy/scores")["toy/scores"].state == "unreadable"


def test_as_of_a_date_answers_what_was_known_then(shop, instance):
    recorded(shop, instance)
    between = dt.datetime.now(dt.UTC)
    shop.mark = carries("model.churn", note="it got worse", severity="critical")
    recorded(shop, instance)

    then, now = (known(shop, "toy/scores", as_of=moment)["toy/scores"] for moment in (between, None))

    assert [row["severity"] for row in then.risks] == ["high", "low"]
    assert [row["severity"] for row in now.risks] == ["critical", "high"]
    before = known(shop, "toy/scores", as_of=dt.date(2020, 1, 1))["toy/scores"]
    assert (before.state, before.why) == ("not_assessed", "nothing had been recorded by 2020-01-01")


def test_what_was_mended_is_gone_from_the_newest_answer(shop, instance):
    recorded(shop, instance)
    shop.mark = assessed()
    recorded(shop, instance)

    assert [row["risk"] for row in known(shop, "toy/scores")["toy/scores"].risks] == ["privacy.pii"]


def test_a_run_that_failed_does_not_hide_what_it_knew(shop, instance):
    shop.fails = RuntimeError("no")
    recorded(shop, instance)

    assert known(shop, "toy/scores")["toy/scores"].state == "risks"


def test_another_environments_runs_do_not_count(shop, instance):
    recorded(shop, instance)

    one = upstream(Ledger(lake=shop.lake, env="branch"), ["toy/scores"])["toy/scores"]

    assert one.state == "not_assessed"
