"""The table of customers, as the CRM holds it: contacts, consent and origin, all made up."""

import numpy as np
import pyarrow as pa

from heirloom.sample_shop.arrays import Flags, Ints, Records
from heirloom.sample_shop.chance import chance
from heirloom.sample_shop.columns import DAY, FLAG, TEXT, Column, days, joined, labelled
from heirloom.sample_shop.customers import CHANNELS, COUNTRIES, customer_ids
from heirloom.sample_shop.names import GENDERS, emails, names, persons
from heirloom.sample_shop.seasons import MINUTES_A_DAY, TradingTime

SCHEMA = pa.schema(
    [
        ("customer_id", TEXT),
        ("name", TEXT),
        ("email", TEXT),
        ("phone", TEXT),
        ("birth_date", DAY),
        ("gender", TEXT),
        ("channel", TEXT),
        ("country", TEXT),
        ("consent", FLAG),
        ("signup_date", DAY),
    ]
)

# The regulators of GB, FR and DE keep these ranges free for fiction; other countries borrow the German one.
FICTIONAL_PHONES = {"GB": "+442079460", "FR": "+33199000", "DE": "+493023125"}
PHONE_UNKNOWN, BIRTH_DATE_UNKNOWN, CONSENT_SHARE = 0.15, 0.10, 0.62
YOUNGEST, OLDEST = 18 * 366, 85 * 365  # days
LONGEST_BROWSE = 14  # days between signing up and the first purchase


def table(customers: Records, *, trading: TradingTime, seed: int) -> pa.Table:
    count, company = len(customers), customers["company"]
    people = persons(count, seed=seed)
    return pa.table(
        [
            customer_ids(count),
            names(people, customers),
            emails(people, seed=seed),
            _phones(customers["country"], seed=seed),
            _birth_dates(company, trading=trading, seed=seed),
            labelled(np.where(company, -1, people["gender"]), GENDERS),
            labelled(customers["channel"], CHANNELS),
            labelled(customers["country"], COUNTRIES),
            pa.array(consents(count, seed=seed)),
            _signup_dates(customers, trading=trading, seed=seed),
        ],
        schema=SCHEMA,
    )


def consents(count: int, *, seed: int) -> Flags:
    """Who agreed to be mailed."""
    return np.asarray(chance(seed, of="crm consent").random(count) < CONSENT_SHARE)


def _phones(country: Ints, *, seed: int) -> Column:
    rng = chance(seed, of="crm phone")
    numbers = labelled(rng.integers(1000, size=len(country)), [f"{number:03d}" for number in range(1000)])
    prefixes = [FICTIONAL_PHONES.get(code, FICTIONAL_PHONES["DE"]) for code in COUNTRIES]
    unknown = chance(seed, of="crm phone unknown").random(len(country)) < PHONE_UNKNOWN
    return joined(labelled(np.where(unknown, -1, country), prefixes), numbers, by="")


def _birth_dates(company: Flags, *, trading: TradingTime, seed: int) -> Column:
    ages = chance(seed, of="crm birth date").integers(YOUNGEST, OLDEST, size=len(company))
    unknown = chance(seed, of="crm birth date unknown").random(len(company)) < BIRTH_DATE_UNKNOWN
    return days(trading.dates[0] - ages, unknown=unknown | company)


def _signup_dates(customers: Records, *, trading: TradingTime, seed: int) -> Column:
    """On the day of the first purchase or up to two weeks before, but not before the shop opened."""
    browsed = chance(seed, of="crm signup").integers(LONGEST_BROWSE + 1, size=len(customers))
    day = trading.minutes(customers["joined"]) // MINUTES_A_DAY - browsed
    return days(trading.dates[0] + np.maximum(day, 0))
