"""The whole code location on a small shop, as the demo runs it, in the run's own JVM."""

import json
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from heirloom.cli.demo import Step, steps
from heirloom.definitions import build_defs
from heirloom.resources import lake, session
from heirloom.sample_shop import generate, write
from heirloom.settings import Settings

FIRST, DAYS, HORIZON = date(2024, 1, 1), 130, 50
LAST = FIRST + timedelta(days=DAYS - 1)


@pytest.fixture(scope="module")
def shop():
    return generate(customers=120, days=DAYS, seed=3, start=FIRST)


@pytest.fixture(scope="module")
def settings(tmp_path_factory, shop):
    home = tmp_path_factory.mktemp("shop")
    write(shop, f"sqlite:///{home}/shop.db")
    return Settings.read({"HEIRLOOM_HOME": str(home)})


@pytest.fixture(scope="module")
def defs(settings, engine_for):
    return build_defs(settings=settings, spark=engine_for(lake(settings)), today=lambda: date(2026, 12, 1))


@pytest.fixture(scope="module")
def ran(defs):
    with dg.DagsterInstance.ephemeral() as instance:
        for step in steps(FIRST, LAST):
            assert _run(step, defs, instance).success, step
        yield instance


def _run(step: Step, defs: dg.Definitions, instance: dg.DagsterInstance):
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if step.job == "train_models":
        config["ops"] = {"training_set": {"config": {"horizon_days": HORIZON}}}
    return defs.resolve_job_def(step.job).execute_in_process(instance=instance, tags=step.tags, run_config=config)


def _table(settings, name: str) -> pa.Table:
    return lake(settings).table(name).scan().to_arrow()


def test_every_asset_was_made(defs, ran):
    for node in defs.resolve_asset_graph().asset_nodes:
        if node.is_materializable:
            assert ran.get_latest_materialization_event(node.key), node.key


def test_every_check_was_evaluated_and_none_failed_with_error(defs, ran):
    for key in defs.resolve_asset_graph().asset_check_keys:
        record = ran.get_latest_asset_check_evaluation_record(key)
        assert record is not None, key
        evaluation = record.event.asset_check_evaluation
        assert evaluation.passed or evaluation.severity == dg.AssetCheckSeverity.WARN, (key, evaluation.description)


def test_every_line_of_the_shop_is_in_the_table_or_in_quarantine(settings, shop, ran):
    landed, rejected = (_table(settings, f"clv.transactions{suffix}") for suffix in ("", "__quarantine"))
    rows = [json.loads(row) for row in rejected["row"].to_pylist()]

    found = sorted(
        [*zip(landed["invoice"].to_pylist(), landed["line"].to_pylist(), strict=True)]
        + [(row["invoice"], row["line"]) for row in rows]
    )

    assert rejected.num_rows > 0
    assert found == sorted(
        zip(shop.transactions["invoice"].to_pylist(), shop.transactions["line"].to_pylist(), strict=True)
    )


def test_revenue_is_kept_to_the_cent(settings, shop, ran):
    rates = {(row["day"], row["currency"]): row["rate_to_eur"] for row in shop.rates.to_pylist()}
    landed = _table(settings, "clv.transactions").select(["day", "quantity", "unit_price", "currency", "amount_eur"])

    for row in landed.to_pylist():
        expected = row["quantity"] * float(row["unit_price"]) * rates[row["day"], row["currency"]]
        assert row["amount_eur"] == pytest.approx(expected, abs=0.005)


def test_training_saw_nothing_of_the_test_dates_future(settings, ran):
    table = _table(settings, "clv.training_set").to_pylist()
    (test,) = {row["as_of"] for row in table if row["part"] == "test"}
    trained = {row["as_of"] for row in table if row["part"] == "train"}

    assert trained
    assert all(day + timedelta(days=HORIZON) <= test for day in trained)
    assert test + timedelta(days=HORIZON) <= LAST + timedelta(days=1)


def test_features_for_scoring_equal_features_for_training(settings, defs, ran):
    trained = [row for row in _table(settings, "clv.training_set").to_pylist() if row["part"] == "test"]
    day = trained[0]["as_of"].isoformat()
    assert _run(Step("make_features", ("clv/customer_features",), (day,)), defs, ran).success

    scored = _table(settings, "clv.customer_features").to_pylist()
    wanted = {row["customer"]: row for row in scored if row["as_of"].isoformat() == day}

    for row in trained:
        assert wanted[row["customer"]] == {name: row[name] for name in wanted[row["customer"]]}
    assert len(wanted) == len(trained)


def test_no_name_address_or_number_of_a_person_is_anywhere_past_the_landing(settings, shop, ran):
    people = shop.customers.select(["customer_id", "name", "email", "phone"]).to_pylist()
    words = {str(value) for person in people for value in person.values() if value}
    texts = [text for text, _ in _everything_written(settings)] + [_events(ran)]

    for text in texts:
        found = [word for word in words if word in text]
        assert found == []


def _everything_written(settings):
    """Each file as it is, and each table's rows as text: compressed bytes alone would prove nothing."""
    for folder in (settings.warehouse, settings.files):
        for path in Path(folder).rglob("*"):
            if path.is_file():
                yield path.read_bytes().decode("latin-1"), path
    for name in lake(settings).catalog.list_tables("clv"):
        rows = lake(settings).table(".".join(name)).scan().to_arrow()
        assert rows.num_rows >= 0
        yield str(rows.to_pylist()), name


def _events(instance: dg.DagsterInstance) -> str:
    runs = [run.run_id for run in instance.get_runs()]
    return "".join(str(entry.to_json()) for run in runs for entry in instance.all_logs(run))


def test_a_truncated_model_stops_the_scores(settings, defs, ran):
    damaged = next(Path(settings.files).glob("clv/value_champion/*/value_model.json"))
    kept = damaged.read_bytes()
    damaged.write_bytes(kept.replace(b"2", b"3", 1))
    try:
        with pytest.raises(Exception, match=r"value_model\.json of clv/value_champion version .* changed"):
            _run(next(step for step in steps(FIRST, LAST) if step.job == "score_customers"), defs, ran)
    finally:
        damaged.write_bytes(kept)


def test_settings_reach_the_engine():
    made = session(Settings.read({"SPARK_MASTER": "local[3]", "HEIRLOOM_SPARK_MEMORY": "3g"}))

    assert made.conf()["spark.master"] == "local[3]"
    assert made.conf()["spark.driver.memory"] == "3g"
