"""What a materialisation was made from, as Dagster wrote it down then: each input's version, and theirs in turn."""

import datetime as dt
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from governance.evidence.asset_rows import CONTRACT, SNAPSHOT, text, verdict_word
from governance.evidence.errors import EvidenceError, NotCertifiable

MODEL_VERSION = "heirloom/model_version"
_POINTER = "dagster/input_event_pointer/"
_VERSION = "dagster/input_data_version/"
_CHAMPION = "_champion"
_LAUNCHERS = ("user", "dagster/schedule_name", "dagster/sensor_name", "dagster/backfill")
_NOT_VERSIONED = "INITIAL"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One materialisation; `why` says why little is known of it, `read_by` which of the others read it."""

    asset: str
    why: str | None = None
    run_id: str | None = None
    made_at: dt.datetime | None = None
    partition: str | None = None
    version: str | None = None
    metadata: Mapping[str, dg.MetadataValue] = field(default_factory=dict)
    inputs: Mapping[str, tuple[int | None, str | None]] = field(default_factory=dict)
    step: str | None = None

    @property
    def snapshot(self) -> str | None:
        return text(self.metadata, SNAPSHOT)

    @property
    def model_version(self) -> str | None:
        return text(self.metadata, MODEL_VERSION)

    def as_json(self) -> dict[str, Any]:
        return {
            "asset": self.asset,
            "version": self.version,
            "snapshot": self.snapshot,
            "model_version": self.model_version,
            "partition": self.partition,
            "run": self.run_id,
            "made_at": iso(self.made_at),
            "contract": text(self.metadata, CONTRACT),
            "verdict": verdict_word(self.metadata),
            "why_unknown": self.why,
        }


def made(instance: dg.DagsterInstance, asset: str, *, partition: str | None) -> Made:
    """The newest materialisation of an asset, or of one of its partitions."""
    key = dg.AssetKey.from_user_string(asset)
    wanted = dg.AssetRecordsFilter(key, asset_partitions=[partition] if partition else None)
    records = _asked(instance, wanted)
    if not records:
        of = f" for partition {partition}" if partition else ""
        raise NotCertifiable(f"{asset} was never materialised{of}: there is nothing to certify. Materialise it first")
    return _made(asset, records[0])


def ancestry(
    instance: dg.DagsterInstance, of: Made, *, parents: Mapping[str, Sequence[str]]
) -> list[tuple[Made, list[str]]]:
    """Everything it was made from, the nearest first, each version once with the assets that read it.

    `parents` are those of the definitions: one of which the run wrote nothing down is named as unknown.
    """
    found: dict[tuple[str, object], tuple[Made, list[str]]] = {}
    waiting = deque([of])
    while waiting:
        reader = waiting.popleft()
        for one in (*_inputs(instance, reader), *_unwritten(reader, parents)):
            key = (one.asset, one.run_id and (one.run_id, one.made_at))
            if key not in found:
                found[key] = (one, [])
                waiting.append(one)
            if reader.asset not in found[key][1]:
                found[key][1].append(reader.asset)
    return list(found.values())


def release(instance: dg.DagsterInstance, one: Made) -> dict[str, Any]:
    """Who released a model: the champion's materialisation, and what started its run."""
    run = instance.get_run_by_id(one.run_id) if one.run_id else None
    started = [f"{name.rpartition('/')[2]} {run.tags[name]}" for name in _LAUNCHERS if run and name in run.tags]
    return {
        "champion": one.asset,
        "version": one.model_version,
        "released_at": iso(one.made_at),
        "run": one.run_id,
        "job": run.job_name if run else None,
        "by": ", ".join(started) or "not recorded: Dagster was not told who started the run",
        "named_version": _named_version(instance, one),
    }


def is_champion(asset: str) -> bool:
    """By its name, as `clv/value_champion`: the model that was released."""
    return asset.endswith(_CHAMPION)


def iso(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds") if moment else None


def _inputs(instance: dg.DagsterInstance, of: Made) -> Iterator[Made]:
    named = _named_version(instance, of)
    for asset, (pointer, version) in sorted(of.inputs.items()):
        if named and is_champion(of.asset):
            # A release of an older version reads that one, not the newest, which Dagster takes for its input.
            yield _of_run(instance, asset, named)
        elif pointer is None:
            known = None if version == _NOT_VERSIONED else version
            why = "Dagster knew of no version"
            yield Made(asset=asset, version=known, why=why)
        else:
            yield _at(instance, asset, pointer, version)


def _unwritten(of: Made, parents: Mapping[str, Sequence[str]]) -> Iterator[Made]:
    for asset in parents.get(of.asset, ()) if of.run_id else ():
        if asset not in of.inputs and asset != of.asset:
            yield Made(asset=asset, why=f"the run that made {of.asset} wrote down no version of it")


def _at(instance: dg.DagsterInstance, asset: str, pointer: int, version: str | None) -> Made:
    key = dg.AssetKey.from_user_string(asset)
    records = _asked(instance, dg.AssetRecordsFilter(key, storage_ids=[pointer]))
    if not records:
        return Made(asset=asset, version=version, why="the event log no longer has its materialisation")
    return _made(asset, records[0])


def _of_run(instance: dg.DagsterInstance, asset: str, run_id: str) -> Made:
    key = dg.AssetKey.from_user_string(asset)
    for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records:
        if record.asset_key == key:
            return _made(asset, record)
    return Made(asset=asset, version=run_id, why="the event log does not have the materialisation that was released")


def _named_version(instance: dg.DagsterInstance, of: Made) -> str | None:
    """The version that a release named in its configuration."""
    run = instance.get_run_by_id(of.run_id) if of.run_id and is_champion(of.asset) else None
    ops: Any = run.run_config.get("ops", {}) if run else {}
    version = ops.get(of.step or "", {}).get("config", {}).get("version")
    return str(version) if version else None


def _asked(instance: dg.DagsterInstance, wanted: dg.AssetRecordsFilter) -> list[dg.EventLogRecord]:
    try:
        return list(instance.fetch_materializations(wanted, limit=1).records)
    except Exception as error:
        raise EvidenceError(f"the event log cannot be read: {type(error).__name__}: {error}") from error


def _made(asset: str, record: dg.EventLogRecord) -> Made:
    event = record.asset_materialization
    assert event is not None
    tags = event.tags or {}
    pointers = {name.removeprefix(_POINTER): value for name, value in tags.items() if name.startswith(_POINTER)}
    return Made(
        asset=asset,
        why=None if record.run_id else "it was reported from outside of any run",
        run_id=record.run_id or None,
        made_at=dt.datetime.fromtimestamp(record.timestamp, dt.UTC),
        partition=event.partition,
        version=tags.get("dagster/data_version"),
        metadata=event.metadata,
        inputs={
            key: (int(value) if value.isdigit() else None, tags.get(_VERSION + key)) for key, value in pointers.items()
        },
        step=record.event_log_entry.step_key,
    )
