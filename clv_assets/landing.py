"""From the shop's database into the lake: persons become pseudonyms here, and money becomes euros.

Nothing behind this module has seen a name, an e-mail address or a telephone number.
"""

import dagster as dg
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clv_assets.forms import landed, landed_daily
from governance.risk import resolves
from lakehouse.pseudonyms import Pseudonyms

_LEGAL_FORMS = r"\b(Ltd|GmbH|SARL)\.?$"


@resolves(
    "privacy.pii_exposure",
    proof="clv/transactions:customer_matches",
    note="only pseudonyms pass",
    columns=("customer",),
)
@landed_daily(
    ins={
        "lines": dg.AssetIn(["shop", "transactions"]),
        "rates": dg.AssetIn(["shop", "rates"]),
    }
)
def transactions(lines: DataFrame, rates: DataFrame, pseudonyms: dg.ResourceParam[Pseudonyms]) -> DataFrame:
    """One row per invoice line: what was sold or taken back, to which pseudonym, in euros at the rate of its day."""
    return landed_lines(lines, rates, pseudonyms=pseudonyms)


def landed_lines(lines: DataFrame, rates: DataFrame, *, pseudonyms: Pseudonyms) -> DataFrame:
    """Each line with its day, what it is, its buyer's pseudonym and its amount in euros."""
    dated = lines.withColumn("day", F.to_date("invoice_date"))
    daily = rates.withColumn("day", F.to_date("day"))
    return dated.join(F.broadcast(daily), ["day", "currency"], "left").select(
        "day", "invoice", "line", kind_of_line().alias("kind"), "stock_code", "description", "quantity", "unit_price",
        "currency",
        amount_eur().alias("amount_eur"),
        "invoice_date",
        pseudonyms.column(lines, "customer_id").alias("customer"),
        "country",
    )  # fmt: skip


@resolves(
    "privacy.pii_exposure", proof="clv/customers:customer_matches", note="only pseudonyms pass", columns=("customer",)
)
@landed(ins={"records": dg.AssetIn(["shop", "customers"])})
def customers(records: DataFrame, pseudonyms: dg.ResourceParam[Pseudonyms]) -> DataFrame:
    """One row per customer, as of now: what may be known of them without knowing who they are."""
    return records.select(
        pseudonyms.column(records, "customer_id").alias("customer"),
        F.col("name").rlike(_LEGAL_FORMS).alias("is_company"),
        F.year(F.to_date("birth_date")).alias("birth_year"),
        "gender", "channel", "country", "consent",
        F.to_date("signup_date").alias("signup_date"),
    )  # fmt: skip


def amount_eur() -> Column:
    """Quantity times price at the rate of the day; the price in decimals, whatever the database keeps it in."""
    price = F.col("unit_price").cast("decimal(18,4)")
    return (F.col("quantity") * price).cast("double") * F.col("rate_to_eur")


def kind_of_line() -> Column:
    """Sold goods, goods taken back, gift cards, or shipping: told by stock code and sign."""
    code = F.col("stock_code")
    return (
        F.when(code == "POST", "shipping")
        .when(code.startswith("GIFT"), "gift_card")
        .when(F.col("quantity") < 0, "return")
        .otherwise("product")
    )
