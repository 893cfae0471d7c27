"""The shop as a whole: made from its arguments alone, and said in a line."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heirloom.sample_shop import campaigns, crm, mailings, networks, orders, rates, truth
from heirloom.sample_shop.errors import ShopError
from heirloom.sample_shop.trade import Trade, traded

TABLES = ("transactions", "customers", "products", "rates", "campaigns", "networks")


@dataclass(frozen=True)
class Shop:
    """What the platform may read, and apart from it the truth."""

    transactions: pa.Table
    customers: pa.Table
    products: pa.Table
    rates: pa.Table
    campaigns: pa.Table
    networks: pa.Table
    truth: pa.Table
    uplift: pa.Table  # the truth of the campaigns
    trade: Trade = field(repr=False, compare=False)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The tables of the database; the truth is none of them."""
        return {name: getattr(self, name) for name in TABLES}


def generate(*, customers: int, days: int, seed: int, start: date = date(2024, 1, 1)) -> Shop:
    """The same shop, bit for bit, from the same arguments."""
    _refuse_impossible(customers=customers, days=days, seed=seed, start=start)
    trade = traded(count=customers, days=days, seed=seed, start=start)
    trading, catalogue, members = trade.trading, trade.price_list.catalogue, mailings.mailed(trade)
    return Shop(
        transactions=orders.table(trade.books, customers=customers, products=catalogue.products, trading=trading),
        customers=crm.table(trade.customers, trading=trading, seed=seed),
        products=catalogue.products,
        rates=rates.table(trade.price_list.rates, trading=trading),
        campaigns=campaigns.table(members, customers=customers, trading=trading),
        networks=networks.table(),
        truth=truth.table(trade.customers, dropouts=trade.dropouts, trading=trading),
        uplift=campaigns.uplift(members, customers=customers, trading=trading),
        trade=trade,
    )


def _refuse_impossible(*, customers: int, days: int, seed: int, start: date) -> None:
    longest = (date.max - start).days
    if customers < 0:
        raise ShopError(f"A shop cannot have {customers} customers; ask for 0 or more.")
    if not 1 <= days <= longest:
        raise ShopError(f"A shop cannot be open for {days} days from {start}; ask for 1 to {longest}.")
    if seed < 0:
        raise ShopError(f"The seed {seed} is negative; give 0 or more.")


def describe(shop: Shop) -> str:
    """Size, time and revenue: every line as booked, returns taken off, at the rate of its day."""
    days = shop.rates["day"]
    return (
        f"{shop.customers.num_rows:,} customers, {shop.transactions.num_rows:,} invoice lines,"
        f" {_revenue(shop):,.2f} EUR net revenue, {days[0].as_py()} to {days[-1].as_py()}"
    )


def _revenue(shop: Shop) -> float:
    sold = shop.transactions.select(["quantity", "unit_price", "currency"]).append_column(
        "day", shop.transactions["invoice_date"].cast(pa.timestamp("us")).cast(pa.date32())
    )
    priced = sold.join(shop.rates, ["day", "currency"], use_threads=False)  # one order of summing
    price = priced["unit_price"].cast(pa.float64())
    amounts = pc.multiply(pc.multiply(priced["quantity"], price), priced["rate_to_eur"])
    return float(np.sum(np.asarray(amounts)))
