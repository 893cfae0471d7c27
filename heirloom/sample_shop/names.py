"""Made-up names of people and companies, and the mail addresses that go with them."""

from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heirloom.sample_shop.arrays import Records
from heirloom.sample_shop.chance import chance, picks
from heirloom.sample_shop.columns import TEXT, Column, joined, labelled
from heirloom.sample_shop.customers import COUNTRIES

PERSON = np.dtype([("gender", np.int64), ("first", np.int64), ("last", np.int64), ("trade", np.int64)])

GENDERS = {"female": 0.48, "male": 0.47, "other": 0.05}
FIRST_NAMES = (
    *("Alba", "Birte", "Chloé", "Dörte", "Elodie", "Fenna", "Greta", "Hazel", "Ilse", "Juno"),
    *("Anselm", "Bastien", "Corin", "Dirk", "Emrys", "Florent", "Götz", "Hugo", "Ivo", "Joost"),
    *("Ariel", "Blake", "Charlie", "Dominique", "Eden", "Finley", "Gray", "Harper", "Indigo", "Jules"),
)
NAMES_A_GENDER = len(FIRST_NAMES) // len(GENDERS)
LAST_NAMES = (
    *("Ahornblatt", "Bellerive", "Crickmere", "Dämmerich", "Épinette", "Fernsby", "Grünspan", "Hazelgrove"),
    *(
        "Immergrün",
        "Jolicoeur",
        "Kirschbaum",
        "Larkwhistle",
        "Moorbach",
        "Noisetier",
        "Oakhollow",
        "Pfefferkorn",
    ),
    *("Quittenbaum", "Rosemeadow", "Silberling", "Thistlewood", "Underleaf", "Vanderduin", "Weidenkorb"),
)
TRADES = ("Blumen", "Gifts", "Papeterie", "Interiors", "Hotel", "Bistro")
LEGAL_FORMS = {"DE": "GmbH", "FR": "SARL", "GB": "Ltd", "CH": "SARL", "AT": "GmbH", "NL": "Ltd"}
MAIL_DOMAINS = ("example.com", "example.org")  # reserved by RFC 2606: no mail arrives


def persons(count: int, *, seed: int) -> Records:
    """Positions in the lists above; a company is called after its owner."""
    drawn = np.empty(count, dtype=PERSON)
    drawn["gender"] = picks(GENDERS, count=count, rng=chance(seed, of="name gender"))
    first = chance(seed, of="name first").integers(NAMES_A_GENDER, size=count)
    drawn["first"] = drawn["gender"] * NAMES_A_GENDER + first
    drawn["last"] = chance(seed, of="name last").integers(len(LAST_NAMES), size=count)
    drawn["trade"] = chance(seed, of="name trade").integers(len(TRADES), size=count)
    return drawn


def names(persons: Records, customers: Records) -> Column:
    first, last = labelled(persons["first"], FIRST_NAMES), labelled(persons["last"], LAST_NAMES)
    forms = labelled(customers["country"], [LEGAL_FORMS[country] for country in COUNTRIES])
    firms = joined(last, labelled(persons["trade"], TRADES), forms, by=" ")
    named: Column = pc.if_else(pa.array(customers["company"]), firms, joined(first, last, by=" "))
    return named


def emails(persons: Records, *, seed: int) -> Column:
    number = pa.array(np.arange(1, len(persons) + 1)).cast(TEXT)
    first = labelled(persons["first"], [_ascii(name) for name in FIRST_NAMES])
    last = labelled(persons["last"], [_ascii(name) for name in LAST_NAMES])
    boxes = joined(first, last, number, by=".")
    domain = chance(seed, of="mail domain").integers(len(MAIL_DOMAINS), size=len(persons))
    return joined(boxes, labelled(domain, MAIL_DOMAINS), by="@")


def _ascii(name: str) -> str:
    return normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
