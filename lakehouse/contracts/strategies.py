"""When a stream stops although its contract would let a batch pass: each strategy gives the reason, or none."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from lakehouse.contracts.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What a run has seen so far."""

    batches: int = 0
    rows: int = 0
    rejected: int = 0
    bad_in_a_row: int = 0

    def __add__(self, verdict: Verdict) -> Self:
        return replace(
            self,
            batches=self.batches + 1,
            rows=self.rows + verdict.rows,
            rejected=self.rejected + verdict.rejected,
            bad_in_a_row=self.bad_in_a_row + 1 if verdict.rejected else 0,
        )


Strategy = Callable[[Tally, Verdict], str | None]
"""Asked before a batch is published, with the tally that includes it."""


def every_row_good(tally: Tally, verdict: Verdict) -> str | None:  # noqa: ARG001
    """No row may be rejected: what `enforce` means."""
    said = [verdict.sentence(name) for name in verdict.violations]
    return "; ".join(said) if verdict.rejected else None


def bad_in_a_row(most: int) -> Strategy:
    """Stop at the batch that makes it `most` bad ones without a good one between them."""

    def strategy(tally: Tally, verdict: Verdict) -> str | None:
        if tally.bad_in_a_row < most:
            return None
        said = ", ".join(verdict.sentence(name) for name in verdict.violations)
        return f"{tally.bad_in_a_row} batches in a row had rejected rows, the last: {said}"

    return strategy


def rejected_share(budget: float, *, after: int = 1000) -> Strategy:
    """Stop when more than this share of the run's rows is rejected, once it has seen `after` rows."""

    def strategy(tally: Tally, verdict: Verdict) -> str | None:  # noqa: ARG001
        if tally.rows < after or tally.rejected <= budget * tally.rows:
            return None
        return f"{tally.rejected:,} of the run's {tally.rows:,} rows are rejected, more than {budget:.1%}"

    return strategy
