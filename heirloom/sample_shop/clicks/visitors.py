"""Who is behind a cookie: which sessions share one, and what the shop sees of it: address, agent, consent."""

import numpy as np

from heirloom.sample_shop.arrays import Flags, Floats, Ints, Records
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.clicks.hashes import mixed, parts, positive
from heirloom.sample_shop.clicks.session import NOBODY, PERSON
from heirloom.sample_shop.clicks.traits import DEVICES
from heirloom.sample_shop.columns import Column, labelled
from heirloom.sample_shop.customers import COUNTRIES
from heirloom.sample_shop.networks import addresses

COOKIE_DAYS, VISITS_A_COOKIE = 30, 1.8  # of strangers
ALONE = 3 * 3_600_000  # ms: two sessions of one cookie are further apart, anchor to anchor
STRANGER, PRIVATE = 1 << 40, 1 << 41  # numbers from here on; below are the customers' devices
ANALYTICS, MARKETING = 0.85, 0.45  # consent

_PEOPLE = {
    "desktop": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    ),
    "mobile": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
    ),
    "tablet": (
        "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 12; Lenovo TB-J606F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36",
    ),
}  # fmt: skip
AGENTS = tuple(agent for device in DEVICES for agent in _PEOPLE[device])
AGENTS_A_DEVICE = len(AGENTS) // len(DEVICES)


def recognise(people: Records, *, days: int, seed: int) -> None:
    """Give every session, in order of time, its cookie, and a stranger a country."""
    strange = ~people["known"]
    people["visitor"][strange] = _strangers(np.count_nonzero(strange), days=days, seed=seed)
    people["visitor"][~strange] = _devices(people, ~strange)
    people["visitor"] = np.where(_alone(people), people["visitor"], PRIVATE + np.arange(len(people)))
    nowhere = people["country"] == NOBODY
    people["country"][nowhere] = _countries(people["visitor"][nowhere], seed=seed)


def _strangers(count: int, *, days: int, seed: int) -> Ints:
    """A cookie comes back within about a month."""
    within = count * min(COOKIE_DAYS / days, 1.0)
    rank = np.arange(count) + chance(seed, of="strangers' cookies").random(count) * within
    return STRANGER + (rank / VISITS_A_COOKIE).astype(np.int64)


def _devices(people: Records, known: Flags) -> Ints:
    """A customer keeps the cookie of the first order on its device, and has one more on every other."""
    own = people["customer"] * len(DEVICES) + people["device"]
    signs_up = np.flatnonzero(~known & (people["customer"] != NOBODY))
    cookies = np.arange(own.max(initial=-1) + len(DEVICES))
    cookies[own[signs_up]] = people["visitor"][signs_up]
    return cookies[own[known]]


def _alone(people: Records) -> Flags:
    """False where the same cookie was there shortly before: then it is a private window, a cookie of its own."""
    order = np.lexsort((people["anchor"], people["visitor"]))
    again = np.diff(people["visitor"][order]) == 0
    soon = np.diff(people["anchor"][order]) < ALONE
    alone = np.ones(len(people), dtype=np.bool_)
    alone[order[1:][again & soon]] = False
    return alone


def _countries(visitor: Ints, *, seed: int) -> Ints:
    reach = np.cumsum(list(COUNTRIES.values()))[:-1]
    return np.searchsorted(reach, parts(mixed(visitor, seed=seed, of="visitor country")), side="right")


def consents(visitor: Ints, *, share: float, of: str, seed: int) -> Flags:
    return np.asarray(parts(mixed(visitor, seed=seed, of=f"consent {of}")) < share)


def networks(sessions: Records, *, seed: int) -> Column:
    return addresses(sessions["country"], hashed=positive(mixed(sessions["visitor"], seed=seed, of="address")))


def agents(sessions: Records, *, seed: int) -> Ints:
    """Positions among the agents of people, then those of bots."""
    own = positive(mixed(sessions["visitor"], seed=seed, of="agent")) % AGENTS_A_DEVICE
    people = sessions["device"] * AGENTS_A_DEVICE + own
    return np.where(sessions["bot"] == PERSON, people, len(AGENTS) + sessions["bot"])
