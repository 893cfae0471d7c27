"""One engine for batch and stream: a frame and its contract give valid rows, rejected rows and a verdict's counters.

The counters ride on the very job that writes the valid rows (`Observation`), so a clean table costs one data job.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts import types
from lakehouse.contracts.compiled import Compiled
from lakehouse.contracts.document import Contract
from lakehouse.contracts.verdicts import Counters
from lakehouse.errors import SchemaMismatch
from lakehouse.partitions import Scope

WHOLE_MOMENTS = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]XXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]",
    "ignoreNullFields": "false",
}


@dataclass(frozen=True)
class Judged:
    """A frame seen through its contract. Writing `valid` fills the counters."""

    compiled: Compiled
    tagged: DataFrame
    rows_seen: Observation = field(default_factory=Observation)
    version_seen: Observation = field(default_factory=Observation)

    @property
    def violations(self) -> Mapping[str, Column]:
        return self.compiled.violations

    @property
    def valid(self) -> DataFrame:
        """The rows that may be published, in the contract's columns."""
        with self.compiled.enforcing(self.tagged):
            valid = self._valid(self.tagged.observe(self.rows_seen, *self.compiled.row_counts))
            measures = self.compiled.measures
            return valid.observe(self.version_seen, *measures) if measures else valid

    def rejected(self, seen: Observation) -> DataFrame:
        """The rows that `valid` leaves out: as they came, with the rules they broke."""
        compiled = self.compiled
        row = F.to_json(compiled.came({}), WHOLE_MOMENTS)
        return (
            self.tagged.where(compiled.bad)
            .observe(seen, F.count(F.lit(1)).alias("rejected"), F.bit_xor(compiled.fingerprint).alias("fingerprint"))
            .select(row.alias("row"), compiled.reasons.alias("reasons"), compiled.home.alias("partition"))
        )

    def broken(self, masks: Mapping[str, Column]) -> DataFrame:
        """Rejected rows for people to read; of masked columns the mask."""
        row, reasons = self.compiled.came(masks).alias("row"), self.compiled.reasons.alias("reasons")
        return self.tagged.where(self.compiled.bad).select(row, reasons)

    @contextmanager
    def persisted(self) -> Iterator["Judged"]:
        """The same over a frame that stands still, for an input that changes when it is read again."""
        still = self.tagged.persist(StorageLevel.DISK_ONLY)
        try:
            yield replace(self, tagged=still, rows_seen=Observation(), version_seen=Observation())
        finally:
            still.unpersist()

    def counters(self) -> Counters:
        """What the write saw. Only after it succeeded: before, this would wait for ever."""
        try:
            return self._counters(self.rows_seen.get, self.version_seen.get if self.compiled.measures else {})
        except Exception:  # noqa: BLE001
            # A plan that Spark proves empty runs without its observations, although rows may have been filtered.
            return self.recount()

    def recount(self) -> Counters:
        """The same counters by a job of their own."""
        seen = self.tagged.agg(*self.compiled.row_counts).first()
        values = self._valid(self.tagged).agg(*self.compiled.measures).first() if self.compiled.measures else None
        assert seen is not None
        return self._counters(seen.asDict(), values.asDict() if values else {})

    def _counters(self, seen: Mapping[str, Any], values: Mapping[str, Any]) -> Counters:
        return Counters(
            rows=int(seen["rows"]),
            rejected=int(seen["rejected"]),
            fingerprint=int(seen["fingerprint"] or 0),
            violations={name: int(seen[f"v.{name}"]) for name in self.violations},
            values=dict(values),
        )

    def _valid(self, tagged: DataFrame) -> DataFrame:
        return tagged.where(self.compiled.good).select(self.compiled.valid)


def judge(frame: DataFrame, contract: Contract, *, scope: Scope | None = None) -> Judged:
    """`frame` seen through `contract`; `scope` are the partitions being written."""
    return judged(frame, Compiled(contract=contract, types=dict(frame.dtypes), scope=scope))


def judged(frame: DataFrame, compiled: Compiled) -> Judged:
    """`frame` seen through a contract that is compiled for its types."""
    return Judged(compiled, compiled.tagged(frame))


def check_columns(frame: DataFrame, contract: Contract) -> None:
    """Refuse a frame whose columns are not the contract's, before anything is written."""
    actual, wanted = dict(frame.dtypes), {column.name: column.type for column in contract.columns}
    problems = [f"column '{name}' ({wanted[name]}) is missing" for name in wanted if name not in actual]
    problems += [f"column '{name}' is not in the contract" for name in actual if name not in wanted]
    problems += [f"column '{name}' is there twice" for name in wanted if frame.columns.count(name) > 1]
    problems += [
        f"column '{name}' is {actual[name]}, not {kind}"
        for name, kind in wanted.items()
        if name in actual and not _fits(actual[name], kind)
    ]
    if problems:
        raise SchemaMismatch(
            f"{contract.reference} refuses the frame: {'; '.join(problems)}. "
            f"Change the asset, or the columns in {contract.path.name} with a new version."
        )


def _fits(actual: str, wanted: str) -> bool:
    known = types.parse(actual)
    return known == wanted or (known is not None and (types.widens(known, wanted) or types.converts(known, wanted)))
