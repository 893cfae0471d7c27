"""Rows of a quarantine tried again, after the contract or the data were mended: what is good now leaves it, once.

A replay is a numbered write like a stream's batch. Its rows go through the door; what is still rejected comes back as
the replay's own attempt; then the attempts that it has read are cleared. The table's own commit says which these are:
after a kill between the two, the next replay clears them first.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from lakehouse import marker as markers
from lakehouse.contracts.batches import REPLAY, Batch, Verdicts
from lakehouse.contracts.document import Contract
from lakehouse.contracts.judge import WHOLE_MOMENTS, judge
from lakehouse.contracts.sink import Told
from lakehouse.contracts.verdicts import Verdict
from lakehouse.lake import NAME, Lake
from lakehouse.marker import Marker
from lakehouse.quarantine import Quarantine
from lakehouse.writing import Blocked, Door


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One try with the rows that lie in the quarantine of a contract's table. `fix` may mend them first.

    Rules on the whole table are not asked: they are about a version, and these are a few rows of many.
    """

    contract: Contract
    lake: Lake
    session: SparkSession
    fix: Callable[[DataFrame], DataFrame] = lambda rows: rows
    run_id: str = field(default_factory=lambda: uuid4().hex)

    def run(self) -> Batch | None:
        """What became of the rows; None where none lies there. Where none is good by now, nothing is changed."""
        if not self.lake.catalog.table_exists(self._quarantine.name):
            return None
        newest = self._finished()
        table, came = self.lake.table(self.contract.id), self.lake.table(self._quarantine.name)
        attempts = set(self._quarantine.attempts(None)) - markers.unfinished(table, quarantine=came)
        if not attempts:
            return None
        batch = self._written(attempts, Marker(source=REPLAY, number=newest.number + 1, replaces=attempts))
        finish(self.lake, self.contract.id)
        return batch

    def _finished(self) -> Marker:
        """The replay before this one; what a kill has left undone is done."""
        finish(self.lake, self.contract.id)
        newest = Marker.newest(self.lake.table(self.contract.id), source=REPLAY)
        self._told.make_up(newest, rules=[rule.name for rule in self.contract.row_rules])
        return newest

    def _written(self, attempts: Collection[str], marker: Marker) -> Batch:
        begun, rows = self._told.begun(marker), self.fix(self._rows(attempts))
        rules = list(judge(rows, self._alone).violations)
        try:
            written = self._door(marker).write(rows)
        except Blocked as blocked:
            return replace(begun.judged(blocked.verdict, rules=rules), word="block", reason=blocked.why)
        batch = replace(begun.judged(written.verdict, rules=rules), snapshot=written.snapshot)
        self._told.tell(batch)
        return batch

    def _rows(self, attempts: Collection[str]) -> DataFrame:
        """The rows as they came. Numbers and times come as text: the door sees whether a cast loses anything."""
        kept = self.session.table(f"{NAME}.{self._quarantine.name}").where(F.col("attempt").isin(*attempts))
        columns = self.contract.columns
        schema = ", ".join(f"`{one.name}` {one.type if _is_array(one.type) else 'string'}" for one in columns)
        parsed = kept.select(F.from_json("row", schema, WHOLE_MOMENTS).alias("row")).select("row.*")
        return parsed.select(
            [
                F.unbase64(one.name).alias(one.name) if one.type == "binary" else F.col(f"`{one.name}`")
                for one in columns
            ]
        )

    def _door(self, marker: Marker) -> Door:
        return Door(
            contract=self._alone,
            lake=self.lake,
            scope=None,
            run_id=self.run_id,
            refuses=_none_is_good,
            marker=marker,
        )

    @property
    def _told(self) -> Told:
        return Told(
            verdicts=Verdicts(self.lake, self.contract.id),
            contract=self.contract,
            run_id=self.run_id,
            input=f"{NAME}.{self._quarantine.name}",
            on_batch=lambda _: None,
        )

    @property
    def _alone(self) -> Contract:
        return replace(self.contract, table_rules=())

    @property
    def _quarantine(self) -> Quarantine:
        return Quarantine(lake=self.lake, of=self.contract.id)


def finish(lake: Lake, table: str) -> None:
    """Clear what the newest replay has published and a kill has left in the quarantine."""
    published = lake.table(table)
    if left := markers.to_be_cleared(published, source=REPLAY):
        quarantine = Quarantine(lake=lake, of=table)
        quarantine.clear(None, attempts=sorted(left & set(quarantine.attempts(None))))
        markers.cleared(published, source=REPLAY)


def _none_is_good(verdict: Verdict) -> str | None:
    return None if verdict.valid else f"none of the {verdict.rows:,} rows in quarantine is good by now"


def _is_array(type_: str) -> bool:
    return type_.startswith("array<")
