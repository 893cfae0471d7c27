"""What a model, a champion and a report must show before anybody relies on them."""

import re

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from clv_assets.models.value import ValueModel
from clv_assets.reports import judged
from lakehouse.files import Page

_LEAST_GINI = 0.3
_FEWEST = 30


@dg.asset_check(asset=["clv", "value_model"], description="the fit found its parameters, none at a limit")
def parameters_found(value_model: ValueModel) -> dg.AssetCheckResult:
    parts = (value_model.purchases, value_model.spend)
    stuck = [name for part in parts for name in part.at_limit]
    return dg.AssetCheckResult(
        passed=not stuck,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{', '.join(stuck)} could not be found from so little" if stuck else "every parameter was found",
    )


@dg.asset_check(
    asset=["clv", "value_champion"],
    additional_ins={"training_set": dg.AssetIn(["clv", "training_set"])},
    blocking=True,
    description=f"ranks customers it has not seen: Gini of at least {_LEAST_GINI} on the test date",
)
def ranks_customers(value_champion: ValueModel, training_set: pa.Table) -> dg.AssetCheckResult:
    test = training_set.filter(pc.field("part") == "test")
    if test.num_rows < _FEWEST:
        return dg.AssetCheckResult(
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"not known: {test.num_rows} customers, not {_FEWEST}, have a closed horizon on the test date",
        )
    gini = judged(test, value_champion)["gini"]
    return dg.AssetCheckResult(
        passed=bool(gini >= _LEAST_GINI),
        description=f"Gini {gini:.3f} on {test.num_rows:,} customers",
        metadata={"gini": float(gini)},
    )


@dg.asset_check(asset=["clv", "value_report"], description="opens without a network")
def self_contained(value_report: Page) -> dg.AssetCheckResult:
    outside = re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//[^\s\"'>]+|@import|url\(", value_report.html)
    return dg.AssetCheckResult(
        passed=not outside, description=f"asks for {', '.join(outside)}" if outside else "nothing is fetched"
    )
