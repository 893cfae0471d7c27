"""Column names that look like personal data, in English and German. A name only proposes a class; people decide.

A name is split into words at every sign and capital letter, and words are compared whole: `page` holds no `age`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_suffix(".yaml")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")
_LONG = 3  # "us" keeps its s, "ids" does not


@dataclass(frozen=True)
class _Phrase:
    words: tuple[str, ...]
    class_: str
    alone: bool


@dataclass(frozen=True)
class _Words:
    """What stands in the file, in small letters and singular."""

    phrases: Sequence[_Phrase]
    around: frozenset[str]
    harmless_after: frozenset[str]
    protected: frozenset[str]
    short: Mapping[str, str]


def proposed(column: str) -> str | None:
    """The class of personal data that a column's name suggests."""
    words = split(column)
    for phrase in _known().phrases:
        size = len(phrase.words)
        for at in range(len(words) - size + 1):
            if words[at : at + size] == phrase.words and _means(words[:at], words[at + size :], alone=phrase.alone):
                return phrase.class_
    return None


def split(name: str) -> tuple[str, ...]:
    """Its words, in small letters and singular, without accents and with usual abbreviations written out."""
    plain = unicodedata.normalize("NFKD", name.translate(_UMLAUTS)).encode("ascii", "ignore").decode()
    words = (word.casefold() for word in _WORD.findall(plain))
    return tuple(_singular(_known().short.get(word, word)) for word in words)


def _means(before: Sequence[str], after: Sequence[str], *, alone: bool) -> bool:
    known, around = _known(), {*before, *after}
    if around & known.protected or known.harmless_after.intersection(after):
        return False
    return not alone or around <= known.around


def _singular(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if len(word) >= _LONG and word.endswith("s") and not word.endswith("ss") else word


@cache
def _known() -> _Words:
    said: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    phrases = [
        _Phrase(tuple(map(_singular, phrase.removeprefix("=").split())), class_, phrase.startswith("="))
        for class_, listed in said["classes"].items()
        for phrase in re.split(r",\s*", listed)
    ]
    return _Words(
        phrases=sorted(phrases, key=lambda phrase: -len(phrase.words)),
        around=_singulars(said["persons"], said["qualifiers"]),
        harmless_after=_singulars(said["harmless_after"]),
        protected=_singulars(said["protected"]),
        short=said["short"],
    )


def _singulars(*lists: str) -> frozenset[str]:
    return frozenset(_singular(word) for words in lists for word in words.split())
