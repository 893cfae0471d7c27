"""What the risk framework refuses: each sentence says what, which, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class RiskError(Exception):
    """Anything that would let a risk get lost or be misread."""


class RegisterError(RiskError):
    """A register file that does not say what a risk is."""


class FindingError(RiskError):
    """A finding or resolution that cannot be read as written."""


class UnknownRisk(RiskError):
    """A risk id that no register file defines."""


class UnknownAsset(RiskError, KeyError):
    """An asset or group that the definitions do not have."""

    def __str__(self) -> str:
        return str(self.args[0])


class StubDependency(RiskError):
    """A dependency on an asset that nobody defines: what it carries would be lost."""


class CircularAssets(RiskError):
    """Assets that are made from each other: there is no first one to inherit from."""


class LineageMismatch(RiskError):
    """Column lineage that speaks of a column or asset which does not exist."""


class ProofMissing(RiskError):
    """A proof that names an asset check which does not exist."""


class EvidenceUnreadable(RiskError):
    """Dagster's event log could not be asked: whatever it would have said, nothing is proven."""


class AcceptanceError(RiskError):
    """An acceptance that cannot be read as written, or speaks of what does not exist."""


class AppetiteError(RiskError):
    """A policy that does not say which risks are too many."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""
