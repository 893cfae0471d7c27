"""A few of the rows that broke a rule, to be read by people: personal data is not shown."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts.document import Contract
from lakehouse.contracts.judge import judge

MASK = "***"


def examples(frame: DataFrame, contract: Contract, *, most: int = 3) -> list[str]:
    """`value=-4 breaks non_negative_value`, of rows that are rejected; only the columns that the rules name."""
    found = judge(frame, contract).broken(_masks(contract)).limit(most).collect()
    columns = {rule.name: rule.column or ",".join(rule.columns) for rule in contract.row_rules}
    return [_said(row["row"].asDict(), row["reasons"], columns) for row in found]


def _masks(contract: Contract) -> dict[str, Column]:
    return {column.name: F.lit(MASK) for column in contract.columns if column.pii}


def _said(row: dict[str, object], reasons: list[str], columns: dict[str, str]) -> str:
    named = {name for reason in reasons for name in columns.get(reason, "").split(",") if name in row}
    shown = named or row.keys()
    values = ", ".join(f"{name}={row[name]}" for name in row if name in shown)
    return f"{values} breaks {', '.join(reasons)}"
