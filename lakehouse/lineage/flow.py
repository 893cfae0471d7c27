"""What is known of the rows that leave one node of a plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeAlias

Jvm: TypeAlias = Any  # an object behind the gateway: a plan, a list of expressions
Origin: TypeAlias = tuple[str, str]
Origins: TypeAlias = frozenset[Origin]

NOWHERE: Final[Origins] = frozenset()
UNTRACED: Final[Origins] = frozenset({("?", "?")})


def together(origins: Iterable[Origins]) -> Origins:
    return NOWHERE.union(*origins)


@dataclass(frozen=True)
class Flow:
    """Whence each attribute comes, what shaped the rows, and what they were sorted by.

    `origins` may still hold attributes a projection has dropped: nothing above asks for them, and listing those that
    stay is what makes wide plans slow. An attribute it does not hold is untraced.
    """

    origins: Mapping[int, Origins]
    influences: Origins = NOWHERE
    order: Origins = NOWHERE

    def of(self, attribute: int) -> Origins:
        return self.origins.get(attribute, UNTRACED)

    def having(self, columns: Mapping[int, Origins]) -> Self:
        return replace(self, origins={**self.origins, **columns})

    def only(self, columns: Mapping[int, Origins]) -> Self:
        return replace(self, origins=columns)

    def shaped(self, by: Origins) -> Self:
        return replace(self, influences=self.influences | by)

    def picked(self, by: Origins = NOWHERE) -> Self:
        """Only some of the rows go on, and a sort below has a say in which."""
        return self.shaped(by | self.order)


def beside(flows: Iterable[Flow]) -> Flow:
    """Several inputs in one row. Spark renews the ids of what stands twice in a plan; one it left would mean both."""
    flows = list(flows)
    origins: dict[int, Origins] = {}
    for flow in flows:
        origins |= {attribute: found | origins.get(attribute, NOWHERE) for attribute, found in flow.origins.items()}
    return Flow(origins, together(flow.influences for flow in flows), together(flow.order for flow in flows))
