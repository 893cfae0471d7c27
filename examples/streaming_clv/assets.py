"""The two pipelines, value and audience, and the reports that bring them together; risks stand where they arise."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from examples.streaming_clv import frames
from governance.risk import assessed, carries

_table = partial(dg.asset, kinds={"polars"}, owners=["team:streaming"])
_report = partial(dg.asset, kinds={"polars", "report"}, owners=["team:audience"])


def columns(made_from: Mapping[str, Sequence[tuple[str, str]]], **personal: str) -> dict[str, Any]:
    """An asset's columns, which of which they are made, and the class of those that are personal data."""
    listed = [dg.TableColumn(name, tags={"pii": personal[name]} if name in personal else {}) for name in made_from]
    deps = {
        name: [dg.TableColumnDep(dg.AssetKey(asset.split("/")), column) for asset, column in sources]
        for name, sources in made_from.items()
    }
    lineage = {"dagster/column_lineage": dg.TableColumnLineage(deps)} if any(deps.values()) else {}
    return {"dagster/column_schema": dg.TableSchema(columns=listed), **lineage}


def same(asset: str, *names: str) -> dict[str, list[tuple[str, str]]]:
    """Columns that are taken over as they are."""
    return {name: [(asset, name)] for name in names}


def influenced(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Columns that only decide which rows there are."""
    return {"heirloom/column_influences": [list(pair) for pair in pairs]}


_CUSTOMERS = ("customer_id", "customer_name", "age", "nation", "plan", "taste")
_JOINED = [("crm/customers", "customer_id"), ("value/revenue", "customer_id"), ("value/watch_forecast", "customer_id")]
_AGED = [("crm/customers", "age")]


@assessed()
@_table(
    key=["crm", "customers"], group_name="crm", metadata=columns(dict.fromkeys(_CUSTOMERS, ()), customer_name="name")
)
def customers() -> pl.DataFrame:
    """One row per customer."""
    return frames.customers()


@assessed()
@_table(
    key=["value", "viewers"],
    group_name="value",
    ins={"people": dg.AssetIn(["crm", "customers"])},
    metadata=columns(same("crm/customers", "customer_id", "nation", "plan", "taste")),
)
def viewers(people: pl.DataFrame) -> pl.DataFrame:
    """One row per customer: what the forecast may know."""
    return frames.viewers(people)


@carries(
    "model.coarse_forecast",
    note="Its first version knew the country only.",
    severity="low",
    mitigation="What a viewer likes to watch went into the model.",
    mitigation_owner="team:streaming",
    proof="value/watch_forecast:tastes_differ",
)
@_table(
    key=["value", "watch_forecast"],
    group_name="value",
    kinds={"model"},
    ins={"seen": dg.AssetIn(["value", "viewers"])},
)
def watch_forecast(seen: pl.DataFrame) -> pl.DataFrame:
    """One row per customer: hours to be watched in each year. A bought model; it has no column lineage."""
    return frames.watch_forecast(seen)


@dg.asset_check(asset=["value", "watch_forecast"], additional_ins={"seen": dg.AssetIn(["value", "viewers"])})
def tastes_differ(watch_forecast: pl.DataFrame, seen: pl.DataFrame) -> dg.AssetCheckResult:
    """Within one country and plan, who likes other things watches for another time."""
    alike = watch_forecast.join(seen, on="customer_id").group_by("nation", "plan")
    told_apart = alike.agg(tastes=pl.n_unique("taste"), hours=pl.col("hours_1").round(6).n_unique())
    blind = told_apart.filter(pl.col("hours") < pl.col("tastes")).height
    return dg.AssetCheckResult(passed=not blind, metadata={"groups": told_apart.height, "not told apart": blind})


@carries(
    "model.churn_not_modelled",
    note="Everybody is taken to pay for three years on the plan of today.",
    severity="medium",
)
@_table(
    key=["value", "revenue"],
    group_name="value",
    ins={"people": dg.AssetIn(["crm", "customers"])},
    metadata=columns(
        {
            **same("crm/customers", "customer_id"),
            **{f"revenue_{year}": [("crm/customers", "plan")] for year in frames.YEARS},
        }
    ),
)
def revenue(people: pl.DataFrame) -> pl.DataFrame:
    """One row per customer: what is paid in each year."""
    return frames.revenue(people)


@assessed()
@_table(
    key=["value", "clv_output"],
    group_name="value",
    ins={
        "people": dg.AssetIn(["crm", "customers"]),
        "earned": dg.AssetIn(["value", "revenue"]),
        "forecast": dg.AssetIn(["value", "watch_forecast"]),
    },
    metadata={
        **columns(
            {
                **same("crm/customers", "customer_id", "nation", "plan"),
                "clv": [
                    *(("value/revenue", f"revenue_{year}") for year in frames.YEARS),
                    *(("value/watch_forecast", f"hours_{year}") for year in frames.YEARS),
                ],
            }
        ),
        **influenced(*_JOINED),
    },
)
def clv_output(people: pl.DataFrame, earned: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """One row per customer: what three years are worth today."""
    return frames.clv_output(people, earned, forecast)


def _audience(name: str, *, young: bool) -> dg.AssetsDefinition:
    @carries("privacy.pii_exposure", note="The list shows every customer by name.", severity="high")
    @_report(
        key=["audience", name],
        group_name="audience",
        ins={"people": dg.AssetIn(["crm", "customers"])},
        metadata={
            **columns(same("crm/customers", "customer_id", "customer_name", "nation", "plan")),
            **influenced(*_AGED),
        },
        description=f"One row per customer {'below' if young else 'of at least'} {frames.YOUNG} years.",
    )
    def report(people: pl.DataFrame) -> pl.DataFrame:
        return frames.audience(people, young=young)

    return report


def _audience_value(name: str, *, young: bool) -> dg.AssetsDefinition:
    @assessed()
    @_report(
        key=["audience_value", name],
        group_name="audience_value",
        ins={"people": dg.AssetIn(["crm", "customers"]), "worth": dg.AssetIn(["value", "clv_output"])},
        metadata={
            **columns(
                {
                    **same("value/clv_output", "plan", "clv"),
                    "customers": [("value/clv_output", "customer_id")],
                }
            ),
            **influenced(*_AGED, ("crm/customers", "customer_id"), ("value/clv_output", "customer_id")),
        },
        description=f"One row per plan: what the {'young' if young else 'old'} are worth.",
    )
    def report(people: pl.DataFrame, worth: pl.DataFrame) -> pl.DataFrame:
        return frames.audience_value(people, worth, young=young)

    return report


ASSETS = [
    customers, viewers, watch_forecast, revenue, clv_output,
    *(_audience(f"{name}_report", young=name == "young") for name in ("young", "old")),
    *(_audience_value(f"{name}_value", young=name == "young") for name in ("young", "old")),
]  # fmt: skip
CHECKS = [tastes_differ]
