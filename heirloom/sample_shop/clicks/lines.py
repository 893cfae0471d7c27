"""Events as they are sent: one JSON object a line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heirloom.sample_shop.arrays import Flags, Ints, Records
from heirloom.sample_shop.clicks import agents, pages, searches, visitors
from heirloom.sample_shop.clicks.event import (
    CHECKOUT,
    LOGIN,
    NONE,
    PAGE_VIEW,
    PURCHASE,
    SEARCH,
    TYPES,
    WHOLE,
    numbers,
)
from heirloom.sample_shop.clicks.faults import broken
from heirloom.sample_shop.clicks.hashes import hexadecimal, mixed, parts, positive
from heirloom.sample_shop.clicks.session import NOBODY
from heirloom.sample_shop.clicks.stream import Clicks
from heirloom.sample_shop.clicks.traits import SOURCES
from heirloom.sample_shop.columns import TEXT, Column, labelled
from heirloom.sample_shop.customers import customer_ids
from heirloom.sample_shop.orders import FIRST_INVOICE
from heirloom.sample_shop.rates import COUNTRY_CURRENCY, CURRENCIES

Part: TypeAlias = "Column | str"

AT_ONCE = 200_000  # events; a column of texts holds 2 GB
CATEGORY_MISSING, EXTRA_SHARE = 0.04, 0.005
EXTRAS = (',"experiment":"checkout_b"', ',"app_version":"4.2.0"', ',"viewport":{"width":390,"height":844}')
REFERRERS = {
    "organic": "https://www.google.com/",
    "paid_search": "https://www.google.com/",
    "social": "https://www.instagram.com/",
    "referral": "https://blog.example.org/gifts",
}
TAGS = {
    "paid_search": "?utm_source=google&utm_medium=cpc",
    "social": "?utm_source=instagram&utm_medium=social",
    "email": "?utm_source=newsletter&utm_medium=email",
}


@dataclass(frozen=True)
class Lines:
    """The lines of a shop's events, each with its newline; parts that an event lacks are left out."""

    clicks: Clicks

    def of(self, events: Records) -> Iterator[Column]:
        """In their order, some at a time."""
        for start in range(0, len(events), AT_ONCE):
            yield self._written(events[start : start + AT_ONCE])

    def _written(self, events: Records) -> Column:
        sessions, position = np.unique(events["session"], return_inverse=True)
        visits = self.clicks.sessions[sessions]
        written = _side_by_side(
            *self._envelope(events),
            self._visitor(visits).take(position),
            *self._where(events, visits[position]),
            *self._goods(events, visits[position]),
            self._extra(events),
            "}\n",
        )
        return self._with_broken(written, events)

    def _envelope(self, events: Records) -> tuple[Part, ...]:
        number = mixed(numbers(events), seed=self._seed, of="event id")
        return (
            '{"event_id":"',
            hexadecimal(number),
            labelled(events["type"], [f'","type":"{name}","occurred_at":"' for name in TYPES]),
            self._time(events["occurred"]),
            'Z","arrived_at":"',
            self._time(events["arrived"]),
            'Z"',
        )

    def _visitor(self, visits: Records) -> Column:
        """What is the same in all events of a session."""
        return _side_by_side(
            ',"visitor_id":"',
            hexadecimal(mixed(visits["visitor"], seed=self._seed, of="visitor id")),
            '","ip":"',
            visitors.networks(visits, seed=self._seed),
            labelled(
                visitors.browsers(visits, seed=self._seed), [f'","user_agent":{_json(agent)}' for agent in agents.ALL]
            ),
            ',"consent":{"analytics":',
            self._consent(visits, share=visitors.ANALYTICS, of="analytics"),
            ',"marketing":',
            self._consent(visits, share=visitors.MARKETING, of="marketing"),
            "}",
        )

    def _consent(self, visits: Records, *, share: float, of: str) -> Column:
        agreed = visitors.consents(visits["visitor"], share=share, of=of, seed=self._seed)
        return labelled(agreed.astype(np.int64), ["false", "true"])

    def _where(self, events: Records, visits: Records) -> tuple[Part, ...]:
        """Who is signed in, which page it is, where the visitor came from."""
        landing = events["nth"] == 1
        source = np.where(landing, visits["source"], NONE)
        tagged = np.where(events["detail"] == pages.ACCOUNT, NONE, source)
        outside = labelled(np.where(landing, visits["source"], len(SOURCES)), self._referrers)
        customer = np.where(events["signed_in"], visits["customer"], NOBODY)
        return (
            labelled(customer, self._customers),
            f',"url":"{pages.SHOP}',
            labelled(self._places(events), self._paths),
            labelled(tagged, pa.array([TAGS.get(name) for name in SOURCES], TEXT)),
            '"',
            outside,
        )

    def _goods(self, events: Records, visits: Records) -> tuple[Part, ...]:
        searched = np.where(events["type"] == SEARCH, events["detail"], NONE)
        priced, counted = ~np.isnan(events["price"]), events["quantity"] > 0
        currency = np.where(priced, COUNTRY_CURRENCY[np.maximum(visits["country"], 0)], NONE)
        bought = pa.array(FIRST_INVOICE + visits["document"], mask=events["type"] != PURCHASE)
        return (
            labelled(events["product"], self._products),
            labelled(np.where(self._has_category(events), events["product"], NONE), self._categories),
            labelled(searched, self._searches),
            _number("quantity", pa.array(events["quantity"], mask=~counted)),
            _number("price", pa.array(events["price"], mask=~priced)),
            labelled(currency, [f',"currency":"{name}"' for name in CURRENCIES]),
            _side_by_side(',"order_id":"', bought.cast(TEXT), '"', all_or_none=True),
        )

    def _has_category(self, events: Records) -> Flags:
        return np.asarray(parts(mixed(numbers(events), seed=self._seed, of="category")) >= CATEGORY_MISSING)

    def _extra(self, events: Records) -> Column:
        chance = mixed(numbers(events), seed=self._seed, of="extra field")
        which = np.where(parts(chance) < EXTRA_SHARE, positive(chance) % len(EXTRAS), NONE)
        return labelled(which, EXTRAS)

    def _with_broken(self, lines: Column, events: Records) -> Column:
        rows = np.flatnonzero(events["broken"] != WHOLE)
        chances = positive(mixed(numbers(events[rows]), seed=self._seed, of="broken")).tolist()
        whole = cast("list[str]", lines.take(rows).to_pylist())
        hows = events["broken"][rows].tolist()
        told = [broken(line[:-1], how=how, chance=one) for line, how, one in zip(whole, hows, chances, strict=True)]
        replaced: Column = pc.replace_with_mask(
            lines, pa.array(events["broken"] != WHOLE), pa.array([f"{line}\n" for line in told], TEXT)
        )
        return replaced

    def _time(self, ms: Ints) -> Column:
        times = np.datetime64(self.clicks.trade.trading.start, "ms") + ms
        written = pa.array(times, pa.timestamp("ms")).cast(TEXT)
        marked: Column = pc.binary_replace_slice(written, start=10, stop=11, replacement="T")
        return marked

    def _places(self, events: Records) -> Ints:
        """Positions among the paths."""
        kind, after_goods = events["type"], len(pages.PAGES) + self.clicks.trade.price_list.catalogue.products.num_rows
        after_searches = after_goods + len(searches.WORDS)
        return np.select(
            [kind == PAGE_VIEW, kind == SEARCH, kind == LOGIN, kind == CHECKOUT, kind == PURCHASE],
            [
                events["detail"],
                after_goods + events["detail"],
                after_searches,
                after_searches + 1,
                after_searches + 2,
            ],
            len(pages.PAGES) + events["product"],
        )

    @cached_property
    def _paths(self) -> Column:
        codes = self.clicks.trade.price_list.catalogue.products["stock_code"].to_pylist()
        paths = (*pages.PAGES, *pages.of_goods(map(str, codes)), *pages.of_searches(searches.WORDS), *pages.ENDS)
        return pa.array(paths, TEXT)

    @cached_property
    def _customers(self) -> Column:
        known = customer_ids(len(self.clicks.trade.customers))
        return _side_by_side(',"customer_id":"', known, '"')

    @cached_property
    def _products(self) -> Column:
        return self._labels("stock_code")

    @cached_property
    def _categories(self) -> Column:
        return self._labels("category")

    @cached_property
    def _searches(self) -> Column:
        return pa.array([f',"search":{_json(words)}' for words in searches.WORDS], TEXT)

    @cached_property
    def _referrers(self) -> Column:
        outside = [REFERRERS.get(source) for source in SOURCES]
        return pa.array([f',"referrer":"{one}"' if one else None for one in (*outside, f"{pages.SHOP}/")], TEXT)

    def _labels(self, column: str) -> Column:
        texts = self.clicks.trade.price_list.catalogue.products[column].to_pylist()
        return pa.array([f',"{column}":"{text}"' for text in texts], TEXT)

    @property
    def _seed(self) -> int:
        return self.clicks.trade.seed


def _number(name: str, values: Column) -> Column:
    return _side_by_side(f',"{name}":', values.cast(TEXT), all_or_none=True)


def _side_by_side(*texts: Part, all_or_none: bool = False) -> Column:
    """Without a part that is not there, or nothing where one of them is not there."""
    handling = "emit_null" if all_or_none else "replace"
    pieces = [pa.scalar(text) if isinstance(text, str) else text for text in texts]
    written: Column = pc.binary_join_element_wise(*pieces, "", null_handling=handling)  # type: ignore[call-overload]
    return written


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def encoded(lines: Column) -> memoryview:
    """The lines' own bytes, nothing copied."""
    offsets, data = cast("list[memoryview]", lines.buffers()[1:])
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[ends[0] : ends[-1]]
