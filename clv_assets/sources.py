"""The shop's own systems, as external assets: what is known of their columns, and the risks they come with."""

import dagster as dg

from clv_assets.forms import order_days
from governance.risk import assessed, carries

_MADE_OUTSIDE = {"dagster/io_manager_key": "shop"}


def _columns(*columns: str) -> dg.TableSchema:
    """Each `name type`, or `name type class-of-personal-data`, which column lineage carries on."""
    return dg.TableSchema(columns=[_column(*text.split()) for text in columns])


def _column(name: str, kind: str, personal: str | None = None) -> dg.TableColumn:
    return dg.TableColumn(name, kind, tags={"pii": personal} if personal else {})


transactions = dg.AssetSpec(
    ["shop", "transactions"],
    description="Invoice lines of the shop, as its till and web shop book them. Times are UTC.",
    group_name="shop",
    owners=["team:shop"],
    kinds={"sql"},
    partitions_def=order_days,
    metadata={
        **_MADE_OUTSIDE,
        "partition_expr": "invoice_date",
        "dagster/column_schema": _columns(
            "invoice string", "line int", "stock_code string", "description string", "quantity int",
            "unit_price double", "currency string", "invoice_date timestamp", "customer_id string identifier",
            "country string",
        ),
    },
)  # fmt: skip
transactions = carries(
    "quality.missing_identifiers",
    column="customer_id",
    severity="medium",
    owner="team:shop",
    note="About one invoice in twenty is sold without a customer number; its revenue belongs to nobody.",
)(transactions)
transactions = carries(
    "definition.tax_included",
    column="unit_price",
    severity="high",
    owner="team:shop",
    note="Prices are gross in the till and net in the web shop; the lines do not say which.",
)(transactions)

customers = dg.AssetSpec(
    ["shop", "customers"],
    description="Customer records of the shop's CRM, one row per customer as of now.",
    group_name="shop",
    owners=["team:shop"],
    kinds={"sql"},
    metadata={
        **_MADE_OUTSIDE,
        "dagster/column_schema": _columns(
            "customer_id string identifier", "name string name", "email string email", "phone string phone",
            "birth_date string birth_date", "gender string gender", "channel string", "country string",
            "consent boolean", "signup_date string",
        ),
    },
)  # fmt: skip
customers = carries(
    "privacy.pii_exposure",
    column="name",
    severity="high",
    owner="team:shop",
    note="Names of persons, typed in by hand.",
)(customers)

rates = dg.AssetSpec(
    ["shop", "rates"],
    description="What one unit of a currency is worth in euros, one row per day and currency.",
    group_name="shop",
    owners=["team:shop"],
    kinds={"sql"},
    metadata={
        **_MADE_OUTSIDE,
        "dagster/column_schema": _columns("day string", "currency string", "rate_to_eur double"),
    },
)
rates = assessed()(rates)
