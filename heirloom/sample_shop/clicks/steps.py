"""Which steps a session is made of, in which order: pages, searches, goods, a login, a checkout, a purchase."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from heirloom.sample_shop.arrays import Floats, Ints, Records
from heirloom.sample_shop.books import DOCUMENT
from heirloom.sample_shop.clicks import bots, carts, pages, searches
from heirloom.sample_shop.clicks.carts import Goods, Orders
from heirloom.sample_shop.clicks.event import (
    ADD,
    CHECKOUT,
    LOGIN,
    NONE,
    PAGE_VIEW,
    PRODUCT_VIEW,
    PURCHASE,
    REMOVE,
    SEARCH,
)
from heirloom.sample_shop.clicks.session import IN_THE_MIDDLE, NOTHING, PERSON
from heirloom.sample_shop.trade import Trade

STEP = np.dtype(
    [
        ("session", np.int64),
        ("place", np.float64),  # in the session; browsing is between 0 and 1
        ("type", np.int64),
        ("product", np.int64),
        ("quantity", np.int64),
        ("price", np.float64),
        ("detail", np.int64),
    ]
)
LANDING, SIGNING_IN, AT_CHECKOUT, AT_PURCHASE, AFTERWARDS = -1.0, 1.5, 2.0, 3.0, 4.0
AT_ONCE = 1e-9  # later
PAGES, SEARCHES, VIEWS = 1.0, 0.5, 1.8  # of a person beyond the landing, on average
CHECKS_OUT, TAKES_BACK = 0.3, 0.15  # of carts left behind; of all carts
EARLY_LOGIN = 0.5  # the others sign in at the checkout
A_MINUTE = 60_000


@dataclass(frozen=True)
class Walk:
    """The steps of some sessions; positions are among these."""

    trade: Trade
    orders: Orders
    sessions: Records
    rng: np.random.Generator

    def steps(self) -> Records:
        """Ordered by session and place."""
        parts = [self._landings(), *self._browsing(), *self._machines(), *self._carts(), *self._ends()]
        steps = np.concatenate(parts)
        return steps[np.lexsort((steps["place"], steps["session"]))]

    @cached_property
    def _goods(self) -> Goods:
        bought, left = self.orders.bought(self.sessions), self._left
        pairs = zip(vars(bought).values(), vars(left).values(), strict=True)
        return Goods(*(np.concatenate(pair) for pair in pairs))

    @cached_property
    def _left(self) -> Goods:
        nothing = self.sessions["document"] == NOTHING
        abandoned = nothing & (self._chances() < carts.abandoning(self.sessions))
        return carts.left(abandoned, catalogue=self.trade.price_list.catalogue, rng=self.rng)

    def _chances(self) -> Floats:
        return self.rng.random(len(self.sessions))

    def _landings(self) -> Records:
        everyone = np.arange(len(self.sessions))
        return _steps(everyone, PAGE_VIEW, place=LANDING, detail=pages.drawn(len(everyone), rng=self.rng))

    def _browsing(self) -> tuple[Records, Records, Records]:
        looked, sought, viewed = (self._often(mean) for mean in (PAGES, SEARCHES, VIEWS))
        product = carts.wished(len(viewed), catalogue=self.trade.price_list.catalogue, rng=self.rng)
        return (
            _steps(looked, PAGE_VIEW, place=self._somewhere(looked), detail=pages.drawn(len(looked), rng=self.rng)),
            _steps(sought, SEARCH, place=self._somewhere(sought), detail=searches.drawn(len(sought), rng=self.rng)),
            self._priced(_steps(viewed, PRODUCT_VIEW, place=self._somewhere(viewed), product=product)),
        )

    def _often(self, mean: float) -> Ints:
        """Each person's position as often as it takes such a step."""
        people = np.flatnonzero(self.sessions["bot"] == PERSON)
        return np.repeat(people, self.rng.poisson(mean * np.exp(0.2 * self.sessions["intent"][people])))

    def _somewhere(self, steps: Ints | Floats) -> Floats:
        return self.rng.random(len(steps))

    def _machines(self) -> tuple[Records, Records]:
        """Those that never stay look at pages, the others at goods."""
        robots = np.flatnonzero(self.sessions["bot"] != PERSON)
        kind = self.sessions["bot"][robots]
        session = np.repeat(robots, bots.between("steps", bots=kind, rng=self.rng) - 1)
        stays = self.sessions["bot"][session] != bots.NO_DWELL
        looked, viewed = session[~stays], session[stays]
        product = carts.wished(len(viewed), catalogue=self.trade.price_list.catalogue, rng=self.rng)
        return (
            _steps(looked, PAGE_VIEW, place=self._somewhere(looked), detail=pages.drawn(len(looked), rng=self.rng)),
            self._priced(_steps(viewed, PRODUCT_VIEW, place=self._somewhere(viewed), product=product)),
        )

    def _carts(self) -> tuple[Records, ...]:
        """Each good is looked at, then added; here and there one more is added and taken back."""
        taken_back = self._taken_back()
        session = np.concatenate([self._goods.session, taken_back.session])
        product = np.concatenate([self._goods.product, taken_back.product])
        quantity = np.concatenate([self._goods.quantity, taken_back.quantity])
        place = self._somewhere(session)
        late = place[len(self._goods.session) :]
        back = np.asarray(late + (1 - late) * self._somewhere(late), np.float64)
        return (
            self._priced(_steps(session, PRODUCT_VIEW, place=place, product=product)),
            self._priced(_steps(session, ADD, place=place + AT_ONCE, product=product, quantity=quantity)),
            self._priced(
                _steps(taken_back.session, REMOVE, place=back + 2 * AT_ONCE, product=taken_back.product,
                       quantity=taken_back.quantity)
            ),
        )  # fmt: skip

    def _taken_back(self) -> Goods:
        owners = np.unique(self._goods.session)
        session = owners[self.rng.random(len(owners)) < TAKES_BACK]
        product = carts.wished(len(session), catalogue=self.trade.price_list.catalogue, rng=self.rng)
        return Goods(session, product, np.ones_like(session))

    def _ends(self) -> tuple[Records, ...]:
        signs_in = np.flatnonzero(self.sessions["login"] == IN_THE_MIDDLE)
        early = self.rng.random((2, len(signs_in)))
        place = np.where(early[0] < EARLY_LOGIN, early[1], SIGNING_IN)
        buyers = np.flatnonzero(self.sessions["document"] != NOTHING)
        leavers = np.unique(self._left.session)
        leavers = leavers[self.rng.random(len(leavers)) < CHECKS_OUT]
        return (
            _steps(signs_in, LOGIN, place=place),
            _steps(np.concatenate([buyers, leavers]), CHECKOUT, place=AT_CHECKOUT),
            self._purchases(buyers),
            _steps(buyers, PAGE_VIEW, place=AFTERWARDS, detail=pages.THANKS),
        )

    def _purchases(self, buyers: Ints) -> Records:
        """How many goods, and what the cart says they cost."""
        goods = self.orders.bought(self.sessions)
        lines = self._priced(_steps(goods.session, ADD, place=0.0, product=goods.product, quantity=goods.quantity))
        count = len(self.sessions)
        pieces = np.bincount(goods.session, goods.quantity, minlength=count)[buyers]
        whole = np.bincount(goods.session, goods.quantity * lines["price"], minlength=count)[buyers]
        purchases = _steps(buyers, PURCHASE, place=AT_PURCHASE, quantity=pieces)
        purchases["price"] = np.round(whole, 2)
        return purchases

    def _priced(self, steps: Records) -> Records:
        """In the visitor's currency, at the rate of the session's day."""
        sessions = self.sessions[steps["session"]]
        documents = np.zeros(len(steps), dtype=DOCUMENT)
        documents["minute"], documents["country"] = sessions["anchor"] // A_MINUTE, np.maximum(sessions["country"], 0)
        steps["price"] = self.trade.price_list.prices(steps["product"], documents=documents)
        return steps


def _steps(session: Ints, kind: int, *, place: Floats | float, **others: Ints | int) -> Records:
    """Others are product, quantity and detail; there is none of those that are not named."""
    steps = np.empty(len(session), dtype=STEP)
    steps["session"], steps["type"], steps["place"], steps["price"] = session, kind, place, np.nan
    for name, value in ({"product": NONE, "quantity": 0, "detail": NONE} | others).items():
        steps[name] = value
    return steps
