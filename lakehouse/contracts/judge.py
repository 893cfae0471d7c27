"""One engine for batch and stream: a frame and its contract give valid rows, rejected rows and a verdict's counters.

The counters ride on the very job that writes the valid rows (`Observation`), so a clean table costs one data job.
NULL from a predicate counts as good, so every row is either valid or rejected, never neither.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any

from pyspark import StorageLevel
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Observation, Window
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts import types
from lakehouse.contracts.conversion import altered
from lakehouse.contracts.document import Contract
from lakehouse.contracts.rules import IN_PARTITION, REJECTED_SHARE, RowRule, TableRule
from lakehouse.contracts.verdicts import Counters
from lakehouse.errors import ContractError, SchemaMismatch
from lakehouse.partitions import Scope

_RAW, _TWICE, _BROKEN = "__raw_", "__twice_", "__broken"
WHOLE_MOMENTS = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]XXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]",
    "ignoreNullFields": "false",
}


@dataclass(frozen=True)
class Judged:
    """A frame seen through its contract. Writing `valid` fills the counters."""

    contract: Contract
    tagged: DataFrame
    violations: Mapping[str, Column]
    scope: Scope | None = None
    rows_seen: Observation = field(default_factory=Observation)
    version_seen: Observation = field(default_factory=Observation)

    @property
    def valid(self) -> DataFrame:
        """The rows that may be published, in the contract's columns."""
        with _enforcing(self.contract, self.tagged):
            valid = self._valid(self.tagged.observe(self.rows_seen, *self._row_counts))
            return valid.observe(self.version_seen, *self._measures) if self._measures else valid

    def rejected(self, seen: Observation) -> DataFrame:
        """The rows that `valid` leaves out: as they came, with the rules they broke."""
        row = F.to_json(F.struct(*self._as_they_came({})), WHOLE_MOMENTS)
        return (
            self.tagged.where(self._bad)
            .observe(seen, F.count(F.lit(1)).alias("rejected"), F.bit_xor(self._fingerprint).alias("fingerprint"))
            .select(row.alias("row"), self._reasons.alias("reasons"), self._home.alias("partition"))
        )

    def broken(self, masks: Mapping[str, Column]) -> DataFrame:
        """Rejected rows for people to read; of masked columns the mask."""
        row = F.struct(*self._as_they_came(masks))
        return self.tagged.where(self._bad).select(row.alias("row"), self._reasons.alias("reasons"))

    def _as_they_came(self, masks: Mapping[str, Column]) -> list[Column]:
        return [masks.get(name, F.col(f"`{self._raw(name)}`")).alias(name) for name in self.contract.by_name]

    @property
    def _reasons(self) -> Column:
        return F.array_compact(F.array(*[F.when(bad, F.lit(name)) for name, bad in self._rejecting.items()]))

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
            return self._counters(self.rows_seen.get, self.version_seen.get if self._measures else {})
        except Exception:  # noqa: BLE001
            # A plan that Spark proves empty runs without its observations, although rows may have been filtered.
            return self.recount()

    def recount(self) -> Counters:
        """The same counters by a job of their own."""
        seen = self.tagged.agg(*self._row_counts).first()
        values = self._valid(self.tagged).agg(*self._measures).first() if self._measures else None
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
        return tagged.where(~self._bad).select([F.col(f"`{one.name}`") for one in self.contract.columns])

    @property
    def _row_counts(self) -> list[Column]:
        return [
            F.count(F.lit(1)).alias("rows"),
            F.count(F.when(self._bad, 1)).alias("rejected"),
            F.bit_xor(F.when(self._bad, self._fingerprint)).alias("fingerprint"),
            *[F.count(F.when(F.col(_BROKEN) & bad, 1)).alias(f"v.{name}") for name, bad in self.violations.items()],
        ]

    @property
    def _measures(self) -> list[Column]:
        rules = [rule for rule in self.contract.table_rules if rule.name != REJECTED_SHARE]
        return [F.expr(rule.aggregate).cast("double").alias(rule.name) for rule in rules]

    @property
    def _home(self) -> Column:
        """The partition whose write rejected the row; rows of no written partition go to the first of them."""
        if not self.scope or not self.contract.partition:
            return F.lit(None).cast("string")
        own = F.when(~self.violations[IN_PARTITION], F.col(f"`{self.contract.partition}`").cast("string"))
        return F.coalesce(own, F.lit(self.scope.first))

    @property
    def _rejecting(self) -> dict[str, Column]:
        rules = {rule.name: rule for rule in self.contract.row_rules}
        return {name: bad for name, bad in self.violations.items() if rules[name].consequence != "warn"}

    @property
    def _bad(self) -> Column:
        """Whether the row breaks a rule that rejects it. Of a row that breaks none, no rule is looked at again."""
        return F.col(_BROKEN) & _any(self._rejecting)

    @property
    def _fingerprint(self) -> Column:
        return F.xxhash64(*[F.col(f"`{self._raw(name)}`") for name in self.contract.by_name])

    def _raw(self, name: str) -> str:
        return f"{_RAW}{name}" if f"{_RAW}{name}" in self.tagged.columns else name


def judge(frame: DataFrame, contract: Contract, *, scope: Scope | None = None) -> Judged:
    """`frame` seen through `contract`; `scope` are the partitions being written."""
    typed, changed = _typed(frame, contract)
    window = scope.rows(contract.partition) if scope and contract.partition else None
    with _enforcing(contract, typed):
        alone = _violations(contract, changed=changed, window=window)
        ranked, twice = _ranked(typed, contract, last=_any(alone))
        violations = alone | twice
        return Judged(contract, ranked.withColumn(_BROKEN, _any(violations)), violations, scope)


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


def _typed(frame: DataFrame, contract: Contract) -> tuple[DataFrame, dict[str, Column]]:
    """The contract's columns and types; where a cast may lose a value, the raw one stays beside it.

    With them, of each such column, whether its cast changed the value.
    """
    actual = dict(frame.dtypes)
    columns, changed = [], {}
    for column in contract.columns:
        raw = F.col(f"`{column.name}`")
        if types.parse(actual[column.name]) == column.type:
            columns.append(raw)
        elif types.widens(actual[column.name], column.type):
            columns.append(raw.cast(column.type).alias(column.name))
        else:
            columns += [raw.try_cast(column.type).alias(column.name), raw.alias(f"{_RAW}{column.name}")]
            kept = F.col(f"`{_RAW}{column.name}`")
            changed[column.name] = altered(kept, raw, actual=actual[column.name], wanted=column.type)
    return frame.select(columns), changed


def _ranked(frame: DataFrame, contract: Contract, *, last: Column) -> tuple[DataFrame, dict[str, Column]]:
    """Of the rows that share a unique key the first is kept: a good one before one that breaks another rule.

    Each key is ranked by itself: a row that repeats one key is rejected, also where the row before it falls to another.
    """
    order = [last, F.xxhash64(*[F.col(f"`{name}`") for name in frame.columns])]
    twice: dict[str, Column] = {}
    for rule in contract.row_rules:
        if rule.kind == "unique":
            keys, mark = [F.col(f"`{name}`") for name in rule.columns], f"{_TWICE}{rule.name}"
            rank = F.row_number().over(Window.partitionBy(keys).orderBy(order))
            frame = frame.withColumn(mark, (rank > 1) & ~reduce(or_, [key.isNull() for key in keys]))
            twice[rule.name] = F.col(f"`{mark}`")
    return frame, twice


def _violations(contract: Contract, *, changed: Mapping[str, Column], window: Column | None) -> dict[str, Column]:
    """The rules that one row breaks by itself."""
    found: dict[str, Column] = {}
    for rule in contract.row_rules:
        if rule.kind == "predicate":
            found[rule.name] = _not(F.expr(rule.predicate))
        elif rule.kind == "window" and window is not None:
            found[rule.name] = ~F.coalesce(window, F.lit(False))  # noqa: FBT003
        elif rule.kind == "types" and changed:
            found[rule.name] = reduce(or_, changed.values())
    return found


def _any(violations: Mapping[str, Column]) -> Column:
    return reduce(or_, violations.values(), F.lit(False))  # noqa: FBT003


def _not(good: Column) -> Column:
    return ~F.coalesce(good, F.lit(True))  # noqa: FBT003


@contextmanager
def _enforcing(contract: Contract, frame: DataFrame) -> Iterator[None]:
    """Name the rule that Spark does not understand."""
    try:
        yield
    except AnalysisException as error:
        for rule in contract.rules:
            if why := _misunderstood(rule, frame):
                raise ContractError(f"{contract.path}: rule '{rule.name}' cannot be enforced: {why}") from error
        raise


def _misunderstood(rule: RowRule | TableRule, frame: DataFrame) -> str | None:
    try:
        if isinstance(rule, RowRule):
            frame.where(_not(F.expr(rule.predicate or "true")))
        else:
            frame.observe(Observation(), F.expr(rule.aggregate or "count(1)").cast("double").alias(rule.name))
    except AnalysisException as error:
        return str(error).strip().splitlines()[0]
    return None
