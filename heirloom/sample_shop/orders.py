"""The table of invoice lines, as the shop's order system holds it."""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop import baskets, blemishes, returns
from heirloom.sample_shop.arrays import Flags, Records
from heirloom.sample_shop.books import Books, invoiced
from heirloom.sample_shop.columns import COUNT, MOMENT, PRICE, TEXT, Column, joined, labelled, moments
from heirloom.sample_shop.customers import COUNTRIES, customer_ids
from heirloom.sample_shop.prices import PriceList
from heirloom.sample_shop.rates import COUNTRY_CURRENCY, CURRENCIES
from heirloom.sample_shop.seasons import TradingTime

SCHEMA = pa.schema(
    [
        ("invoice", TEXT),
        ("line", COUNT),
        ("stock_code", TEXT),
        ("description", TEXT),
        ("quantity", COUNT),
        ("unit_price", PRICE),
        ("currency", TEXT),
        ("invoice_date", MOMENT),
        ("customer_id", TEXT),
        ("country", TEXT),
    ]
)
FIRST_INVOICE = 100_001


def booked(
    purchases: Records,
    customers: Records,
    *,
    price_list: PriceList,
    trading: TradingTime,
    seed: int,
) -> Books:
    """Baskets, their blemishes and what came back, in order of time."""
    documents = invoiced(purchases, trading=trading)
    lines = baskets.filled(purchases, documents, price_list=price_list, seed=seed)
    goods = lines["product"] < price_list.catalogue.goods
    sold = Books(documents, blemishes.flawed(lines, goods=goods, seed=seed))
    sound = goods & (sold.lines["price"] > 0) & (sold.lines["quantity"] > 0)
    back = returns.cancellations(sold, sound=sound, trading=trading, seed=seed)
    large = sound & _by_company(sold, customers)
    sold = blemishes.with_wholesale(sold, candidates=large if large.any() else sound, seed=seed)
    books = _in_time(sold + back)
    return Books(books.documents, blemishes.doubled(books.lines, seed=seed))


def _by_company(books: Books, customers: Records) -> Flags:
    companies = np.append(customers["company"], False)  # the last for guests, who are at -1
    return np.asarray(companies[books.documents["customer"][books.lines["document"]]])


def _in_time(books: Books) -> Books:
    """Documents ordered by minute, lines by document: a document's position is its number."""
    order = np.argsort(books.documents["minute"], kind="stable")
    number = np.argsort(order)
    lines = books.lines.copy()
    lines["document"] = number[lines["document"]]
    return Books(books.documents[order], lines[np.argsort(lines["document"], kind="stable")])


def table(books: Books, *, customers: int, products: pa.Table, trading: TradingTime) -> pa.Table:
    lines, documents = books.lines, books.documents[books.lines["document"]]
    return pa.table(
        [
            _invoices(books.documents).take(pa.array(lines["document"])),
            pa.array(lines["line"], COUNT),
            labelled(lines["product"], products["stock_code"].combine_chunks()),
            labelled(lines["product"], products["description"].combine_chunks()),
            pa.array(lines["quantity"], COUNT),
            pa.array(lines["price"]).cast(PRICE),
            labelled(COUNTRY_CURRENCY[documents["country"]], CURRENCIES),
            moments(trading.times(documents["minute"])),
            labelled(documents["customer"], customer_ids(customers)),
            labelled(documents["country"], COUNTRIES),
        ],
        schema=SCHEMA,
    )


def _invoices(documents: Records) -> Column:
    numbers = pa.array(FIRST_INVOICE + np.arange(len(documents))).cast(TEXT)
    prefixes = labelled(documents["cancels"].astype(np.int64), ["", "C"])
    return joined(prefixes, numbers, by="")
