"""The streaming example: every fact of its printed answer, on any hash seed, and what its proof is worth."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from examples.streaming_clv import answer, frames
from examples.streaming_clv.definitions import REGISTER, defs
from governance.risk import risks_of
from governance.risk.sensitive import sensitive

ROOT = Path(frames.__file__).parents[2]


def printed(seed="0"):
    env = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "examples.streaming_clv"]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def said():
    return [" ".join(line.split()) for line in printed().splitlines()]


def below(said, title):
    """The lines of one block."""
    start = said.index(title) + 1
    return said[start : start + [*said[start:], ""].index("")]


def test_the_values_by_plan_are_the_known_ones(said):
    assert below(said, "What 400 customers are worth over three years, discounted at 9 %") == [
        "720p 134 customers mean 236.494 deviation 3.738",
        "1080p 133 customers mean 345.633 deviation 11.018",
        "4k 133 customers mean 496.242 deviation 28.895",
        "all 400 customers mean 359.149",
    ]


def test_the_reports_list_the_young_and_the_old(said):
    assert "Audience reports: young 102 rows, old 298 rows" in said


def test_the_value_pipeline_has_two_risks_of_which_one_is_mitigated_and_the_audience_one(said):
    assert below(said, "Risks by pipeline") == [
        "audience: 1 risk, 0 with a proven mitigation",
        "high privacy.pii_exposure (open)",
        "value: 2 risks, 1 with a proven mitigation",
        "medium model.churn_not_modelled (open)",
        "low model.coarse_forecast (proven: What a viewer likes to watch went into the model.)",
    ]


def test_both_audience_reports_are_sinks_with_a_sensitive_column_and_nothing_else_is(said):
    assert below(said, "Personal data in what leaves the house") == [
        "audience/old_report.customer_name: name, classified at crm/customers.customer_name",
        "audience/young_report.customer_name: name, classified at crm/customers.customer_name",
    ]
    (name,) = sensitive(risks_of(defs, register=REGISTER))
    assert {holder.asset for holder in name.holders} == {"audience/old_report", "audience/young_report"}


def test_the_value_table_inherits_churn_and_granularity(said):
    told = below(said, "Before you build on it")
    assert told[:5] == [
        "value/clv_output: 2 risks",
        "medium model.churn_not_modelled, indirect, 1 away by value/revenue > value/clv_output, open",
        "nobody: Everybody is taken to pay for three years on the plan of today.",
        "low model.coarse_forecast, indirect, 1 away by value/watch_forecast > value/clv_output, proven",
        "nobody: Its first version knew the country only.",
    ]


def test_the_table_that_others_own_has_its_static_risk_with_column_owner_and_note(said):
    told = below(said, "Before you build on it")
    assert told[5:8] == [
        "lake.sales_channel: 1 risk",
        "high quality.remapped_codes on column channel, static, its own, open",
        (
            "Data Engineering: The codes of the sales channels got new meanings in March 2026; "
            "older rows keep the old ones."
        ),
    ]


@pytest.mark.parametrize("report", ["audience_value/young_value", "audience_value/old_value"])
def test_the_reports_that_read_the_values_inherit_their_risks_two_hops_away(said, report):
    told = below(said, "Before you build on it")
    start = told.index(f"{report}: 2 risks")
    assert [told[start + 1], told[start + 3]] == [
        f"medium model.churn_not_modelled, indirect, 2 away by value/revenue > value/clv_output > {report}, open",
        f"low model.coarse_forecast, indirect, 2 away by value/watch_forecast > value/clv_output > {report}, proven",
    ]


def test_it_says_the_same_on_every_hash_seed():
    assert printed("1") == printed("4242")


def test_a_forecast_that_knows_the_country_only_breaks_the_proof(monkeypatch):
    forecast = frames.watch_forecast
    monkeypatch.setattr(frames, "watch_forecast", lambda seen: forecast(seen.with_columns(taste=pl.lit("news"))))
    said = answer.answer()
    assert "value: 2 risks, 0 with a proven mitigation" in said
    assert "model.coarse_forecast (broken: What a viewer likes to watch went into the model.)" in said
