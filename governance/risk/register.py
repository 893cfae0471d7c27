"""The register: which risks there are, how severe each is unless a finding says otherwise."""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from governance.risk.errors import RegisterError, UnknownRisk, did_you_mean
from governance.risk.yaml_lines import Entry, Text, entries

CATALOGUE = Path(__file__).parent / "catalogue"
AREAS = frozenset({"privacy", "quality", "fairness", "model", "definition", "compliance", "security", "operations"})
_KEYS = frozenset({"category", "label", "description", "severity"})
# The id becomes the second part of a Dagster tag key, which holds 63 characters.
_ID = re.compile(r"(?=.{3,63}$)[a-z]+\.[a-z0-9_]+")


class Severity(enum.IntEnum):
    """How bad: ordered, so that `max` is the worst."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    def __str__(self) -> str:
        return self.word

    @classmethod
    def parse(cls, word: object) -> "Severity":
        words = {severity.word: severity for severity in cls}
        if not isinstance(word, str) or word not in words:
            raise ValueError(
                f"Unknown severity '{word}': low, medium, high or critical." + did_you_mean(str(word), words)
            )
        return words[word]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """One kind of risk, whoever carries it."""

    id: str
    label: str
    description: str
    severity: Severity
    category: str

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Register(Mapping[str, Risk]):
    """Risks by id; an unknown id is refused with the nearest one."""

    risks: Mapping[str, Risk]

    @classmethod
    def read(cls, *paths: Path | str) -> "Register":
        """The register in these YAML files, and in every `*.yaml` of these folders, merged."""
        risks: dict[str, Risk] = {}
        places: dict[str, str] = {}
        for entry in _entries(paths):
            id_, where = entry.name
            if id_ in risks:
                raise RegisterError(f"{where}: '{id_}' is a duplicate, first given at {places[id_]}.")
            risks[id_], places[id_] = _risk(entry), where
        return cls(risks)

    def __getitem__(self, id_: str) -> Risk:
        try:
            return self.risks[id_]
        except KeyError:
            raise UnknownRisk(f"Unknown risk '{id_}'.{did_you_mean(id_, self.risks)}") from None

    def __contains__(self, id_: object) -> bool:
        return id_ in self.risks

    def __iter__(self) -> Iterator[str]:
        return iter(self.risks)

    def __len__(self) -> int:
        return len(self.risks)


def _entries(paths: Iterable[Path | str]) -> Iterator[Entry]:
    for path in map(Path, paths):
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            raise RegisterError(f"Register folder {path} holds no *.yaml file. Check the path.")
        for file in files:
            yield from entries(file)


def _risk(entry: Entry) -> Risk:
    _refuse_bad_id(entry.name)
    fields = {"category": Text(entry.name.value.partition(".")[0], entry.name.where), **entry.fields}
    for name, text in fields.items():
        if name not in _KEYS:
            raise RegisterError(f"{text.where}: unknown key '{name}'.{did_you_mean(name, _KEYS)}")
    if missing := sorted(_KEYS - fields.keys()):
        raise RegisterError(f"{entry.name.where}: '{entry.name.value}' lacks {', '.join(missing)}.")
    return Risk(id=entry.name.value, severity=_severity(fields.pop("severity")), **_values(fields))


def _values(fields: Mapping[str, Text]) -> dict[str, str]:
    return {name: text.value for name, text in fields.items()}


def _severity(text: Text) -> Severity:
    try:
        return Severity.parse(text.value)
    except ValueError as error:
        raise RegisterError(f"{text.where}: {error}") from None


def _refuse_bad_id(name: Text) -> None:
    if not _ID.fullmatch(name.value):
        raise RegisterError(
            f"{name.where}: '{name.value}' is no risk id. Write area.name in lower case, at most 63 characters."
        )
    area = name.value.partition(".")[0]
    if area not in AREAS:
        raise RegisterError(
            f"{name.where}: unknown area '{area}' of '{name.value}': one of {', '.join(sorted(AREAS))}."
            + did_you_mean(area, AREAS)
        )
