"""The value model: purchases expected over a horizon (BG/NBD) times spend expected per purchase (Gamma-Gamma).

Features as the house defines them, in days: `frequency` = distinct purchase days, `recency` = last minus first
of them, `T` = first to as-of, `monetary_value` = mean net value per purchase day, 0 or less after returns.
"""
# ruff: noqa: N803, N806 - T is the field's own name

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from numpy.typing import ArrayLike

from clv_assets.models import btyd, gamma_gamma
from clv_assets.models.btyd import BgNbd, Values, columns, refuse, require_positive
from clv_assets.models.gamma_gamma import GammaGamma
from clv_assets.models.tiers import Tiers

FEATURES = ("frequency", "recency", "T", "monetary_value")
FILE = "value_model.json"
FORMAT = "heirloom.value_model/1"


class ModelFileError(ValueError):
    """Stored files that hold no value model of this format."""


@dataclass(frozen=True, kw_only=True)
class ValueModel:
    """Net revenue and chance to buy within `horizon_days`, each customer scored by its own history alone.

    Gamma-Gamma learns from all purchase days, the first included: from repeats only, all one-time buyers would be
    worth the same, and what they did spend would be thrown away.
    """

    purchases: BgNbd
    spend: GammaGamma
    tiers: Tiers
    horizon_days: float

    def __post_init__(self) -> None:
        require_positive(horizon_days=self.horizon_days)

    @classmethod
    def fit(  # noqa: PLR0913 - the four features, the horizon and the penalty
        cls,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        monetary_value: ArrayLike,
        *,
        horizon_days: float,
        penalty: float = 0.0,
    ) -> Self:
        """Fit both parts and the tiers of the training values.

        Raises `InputError` for no customer, no repeat customer (unless `penalty` > 0), no spend above 0, NaN or
        infinite features. One repeat customer, or all alike, do fit: `at_limit` names what so little cannot hold.
        """
        require_positive(horizon_days=horizon_days)
        frequency, recency, T, monetary_value = _features(frequency, recency, T, monetary_value)
        purchases = btyd.fit(frequency - 1, recency, T, penalty=penalty)
        spend = gamma_gamma.fit(frequency, monetary_value, penalty=penalty)
        value = _value(purchases, spend, horizon_days, (frequency, recency, T, monetary_value))
        return cls(purchases=purchases, spend=spend, tiers=Tiers.fit(value), horizon_days=float(horizon_days))

    def value(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, monetary_value: ArrayLike) -> Values:
        """Expected net revenue within `horizon_days`, 0 or more."""
        features = _features(frequency, recency, T, monetary_value)
        return _value(self.purchases, self.spend, self.horizon_days, features)

    def p_buy_again(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Values:
        """P(at least one purchase within `horizon_days`)."""
        frequency, recency, T, _ = _features(frequency, recency, T, 0.0)
        return self.purchases.p_buy(self.horizon_days, frequency - 1, recency, T)

    def files(self) -> dict[str, bytes]:
        """The model as readable JSON; every number comes back exactly."""
        document = {"format": FORMAT, **asdict(self)}
        return {FILE: (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model whose `files()` these are."""
        if FILE not in files:
            raise ModelFileError(f"{FILE} is missing among {sorted(files)}; give all files of the stored model")
        try:
            return cls._from_document(json.loads(files[FILE]))
        except (KeyError, TypeError, ValueError) as broken:
            raise ModelFileError(
                f"{FILE} holds no {FORMAT} ({broken!r}); restore it from the model store or fit again"
            ) from broken

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> Self:
        if document["format"] != FORMAT:
            raise ModelFileError(f"format is {document['format']!r}")
        purchases, spend = (
            {**document[part], "at_limit": tuple(document[part]["at_limit"])} for part in ("purchases", "spend")
        )
        return cls(
            purchases=BgNbd(**purchases),
            spend=GammaGamma(**spend),
            tiers=Tiers(**document["tiers"]),
            horizon_days=document["horizon_days"],
        )


def _value(purchases: BgNbd, spend: GammaGamma, horizon_days: float, features: tuple[Values, ...]) -> Values:
    frequency, recency, T, monetary_value = features
    expected = purchases.expected_purchases(horizon_days, frequency - 1, recency, T)
    return expected * spend.value(frequency, monetary_value)


def _features(*features: ArrayLike) -> tuple[Values, ...]:
    named = dict(zip(FEATURES, features, strict=True))
    frequency, recency, T, monetary_value = columns(**named)
    refuse(frequency < 1, "frequency must be 1 or more: it counts purchase days, the first included")
    return frequency, recency, T, monetary_value
