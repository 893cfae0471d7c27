"""Who is behind a cookie: which sessions share one, and what the shop sees of it: address, agent, consent."""

import numpy as np

from heirloom.sample_shop.arrays import Flags, Ints, Records
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.clicks.agents import A_DEVICE, PEOPLE
from heirloom.sample_shop.clicks.hashes import mixed, parts, positive
from heirloom.sample_shop.clicks.session import NOBODY, PERSON
from heirloom.sample_shop.clicks.traits import DEVICES
from heirloom.sample_shop.columns import Column
from heirloom.sample_shop.customers import COUNTRIES
from heirloom.sample_shop.networks import addresses

COOKIE_DAYS, VISITS_A_COOKIE = 30, 1.8  # of strangers
ALONE = 3 * 3_600_000  # ms: two sessions of one cookie are further apart, anchor to anchor
STRANGER, PRIVATE = 1 << 40, 1 << 41  # numbers from here on; below are the customers' devices
ANALYTICS, MARKETING = 0.85, 0.45  # consent


def recognise(people: Records, *, days: int, seed: int) -> None:
    """Give every session, in order of time, its cookie, and a stranger a country."""
    strange = ~people["known"]
    people["visitor"][strange] = _strangers(int(np.count_nonzero(strange)), days=days, seed=seed)
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
    return np.asarray(cookies[own[known]])


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


def browsers(sessions: Records, *, seed: int) -> Ints:
    """Positions among all agents."""
    own = positive(mixed(sessions["visitor"], seed=seed, of="agent")) % A_DEVICE
    people = sessions["device"] * A_DEVICE + own
    return np.where(sessions["bot"] == PERSON, people, len(PEOPLE) + sessions["bot"])
