"""A contract over columns of known types, as expressions: made once, and good for every frame of these types.

Each expression costs calls into the JVM; a stream would pay them again with every micro-batch.
NULL from a predicate counts as good, so every row is either valid or rejected, never neither.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Observation, Window
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.contracts import types
from lakehouse.contracts.conversion import altered
from lakehouse.contracts.document import Contract
from lakehouse.contracts.rules import IN_PARTITION, REJECTED_SHARE, RowRule, TableRule
from lakehouse.errors import ContractError
from lakehouse.partitions import Scope

_RAW, _TWICE, _BROKEN = "__raw_", "__twice_", "__broken"


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """`types` are those of the frames' columns, `scope` the partitions being written."""

    contract: Contract
    types: Mapping[str, str]
    scope: Scope | None = None

    def tagged(self, frame: DataFrame) -> DataFrame:
        """The contract's columns and types, and of each row what `violations` need to know."""
        typed = frame.select(self._typing)
        with self.enforcing(typed):
            ranked = typed.withColumns(self._ranks) if self._ranks else typed
            return ranked.withColumn(_BROKEN, self._breaks_any)

    @contextmanager
    def enforcing(self, frame: DataFrame) -> Iterator[None]:
        """Name the rule that Spark does not understand."""
        try:
            yield
        except AnalysisException as error:
            for rule in self.contract.rules:
                if why := _misunderstood(rule, frame):
                    raise ContractError(
                        f"{self.contract.path}: rule '{rule.name}' cannot be enforced: {why}"
                    ) from error
            raise

    @cached_property
    def valid(self) -> list[Column]:
        return [F.col(f"`{one.name}`") for one in self.contract.columns]

    @cached_property
    def violations(self) -> dict[str, Column]:
        return self._alone | {name: F.col(f"`{_TWICE}{name}`") for name in self._unique}

    @cached_property
    def bad(self) -> Column:
        """Whether the row breaks a rule that rejects it. Of a row that breaks none, no rule is looked at again."""
        return F.col(_BROKEN) & _any(self._rejecting)

    @cached_property
    def good(self) -> Column:
        return ~self.bad

    @cached_property
    def row_counts(self) -> list[Column]:
        return [
            F.count(F.lit(1)).alias("rows"),
            F.count(F.when(self.bad, 1)).alias("rejected"),
            F.bit_xor(F.when(self.bad, self.fingerprint)).alias("fingerprint"),
            *[F.count(F.when(F.col(_BROKEN) & bad, 1)).alias(f"v.{name}") for name, bad in self.violations.items()],
        ]

    @cached_property
    def measures(self) -> list[Column]:
        rules = [rule for rule in self.contract.table_rules if rule.name != REJECTED_SHARE]
        return [F.expr(rule.aggregate).cast("double").alias(rule.name) for rule in rules]

    @cached_property
    def fingerprint(self) -> Column:
        return F.xxhash64(*[F.col(f"`{self._raw(name)}`") for name in self.contract.by_name])

    @cached_property
    def home(self) -> Column:
        """The partition whose write rejected the row; rows of no written partition go to the first of them."""
        if not self.scope or not self.contract.partition:
            return F.lit(None).cast("string")
        own = F.when(~self.violations[IN_PARTITION], F.col(f"`{self.contract.partition}`").cast("string"))
        return F.coalesce(own, F.lit(self.scope.first))

    @cached_property
    def reasons(self) -> Column:
        return F.array_compact(F.array(*[F.when(bad, F.lit(name)) for name, bad in self._rejecting.items()]))

    def came(self, masks: Mapping[str, Column]) -> Column:
        """The row as it came; of masked columns the mask."""
        columns = [masks.get(name, F.col(f"`{self._raw(name)}`")).alias(name) for name in self.contract.by_name]
        return F.struct(*columns)

    @cached_property
    def _breaks_any(self) -> Column:
        return _any(self.violations)

    @cached_property
    def _rejecting(self) -> dict[str, Column]:
        rules = {rule.name: rule for rule in self.contract.row_rules}
        return {name: bad for name, bad in self.violations.items() if rules[name].consequence != "warn"}

    def _raw(self, name: str) -> str:
        return f"{_RAW}{name}" if name in self._changed else name

    @cached_property
    def _typing(self) -> list[Column]:
        """Where a cast may lose a value, the raw one stays beside it."""
        columns = []
        for column in self.contract.columns:
            raw, actual = F.col(f"`{column.name}`"), self.types[column.name]
            if types.parse(actual) == column.type:
                columns.append(raw)
            elif types.widens(actual, column.type):
                columns.append(raw.cast(column.type).alias(column.name))
            else:
                columns += [raw.try_cast(column.type).alias(column.name), raw.alias(f"{_RAW}{column.name}")]
        return columns

    @cached_property
    def _changed(self) -> dict[str, Column]:
        """Of each column that is cast with a risk, whether that changed the value."""
        return {
            one.name: altered(
                F.col(f"`{_RAW}{one.name}`"), F.col(f"`{one.name}`"), actual=self.types[one.name], wanted=one.type
            )
            for one in self.contract.columns
            if types.parse(self.types[one.name]) != one.type and not types.widens(self.types[one.name], one.type)
        }

    @cached_property
    def _alone(self) -> dict[str, Column]:
        """The rules that one row breaks by itself."""
        column, found = self.contract.partition, dict[str, Column]()
        for rule in self.contract.row_rules:
            if rule.kind == "predicate":
                found[rule.name] = _not(F.expr(rule.predicate))
            elif rule.kind == "window" and self.scope and column:
                found[rule.name] = ~F.coalesce(self.scope.rows(column), F.lit(False))  # noqa: FBT003
            elif rule.kind == "types" and self._changed:
                found[rule.name] = reduce(or_, self._changed.values())
        return found

    @cached_property
    def _unique(self) -> dict[str, RowRule]:
        return {rule.name: rule for rule in self.contract.row_rules if rule.kind == "unique"}

    @cached_property
    def _ranks(self) -> dict[str, Column]:
        """Of the rows that share a unique key the first is kept: a good one before one that breaks another rule.

        Each key is ranked by itself: a row that repeats one key is rejected, also where the row before it falls to
        another.
        """
        if not self._unique:
            return {}
        names = [*self.contract.by_name, *[f"{_RAW}{name}" for name in self._changed]]
        order = [_any(self._alone), F.xxhash64(*[F.col(f"`{name}`") for name in names])]
        return {f"{_TWICE}{name}": _repeats(rule.columns, order) for name, rule in self._unique.items()}


def _repeats(columns: tuple[str, ...], order: list[Column]) -> Column:
    keys = [F.col(f"`{name}`") for name in columns]
    rank = F.row_number().over(Window.partitionBy(keys).orderBy(order))
    return (rank > 1) & ~reduce(or_, [key.isNull() for key in keys])


def _any(violations: Mapping[str, Column]) -> Column:
    return reduce(or_, violations.values(), F.lit(False))  # noqa: FBT003


def _not(good: Column) -> Column:
    return ~F.coalesce(good, F.lit(True))  # noqa: FBT003


def _misunderstood(rule: RowRule | TableRule, frame: DataFrame) -> str | None:
    try:
        if isinstance(rule, RowRule):
            frame.where(_not(F.expr(rule.predicate or "true")))
        else:
            frame.observe(Observation(), F.expr(rule.aggregate or "count(1)").cast("double").alias(rule.name))
    except AnalysisException as error:
        return str(error).strip().splitlines()[0]
    return None
