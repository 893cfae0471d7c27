"""Column lineage with no run: each Spark asset is called on empty frames of its parents' columns and its plan is read.

What is found is kept in a reviewed file (`lineage.json`), read when the definitions load, and compared at every write.
"""

import inspect
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import dagster as dg
from pyspark.sql import DataFrame

from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse.lineage import Lineage

SCHEMA, LINEAGE, INFLUENCES = "dagster/column_schema", "dagster/column_lineage", "heirloom/column_influences"
OBSERVED, AS_REVIEWED, CHECK = "heirloom/lineage", "as reviewed", "column_lineage"


@dataclass(frozen=True, kw_only=True)
class TableLineage:
    """Where the columns of one asset come from, by asset key: `columns` by value, `influences` by shaping its rows."""

    columns: Mapping[str, tuple[tuple[str, str], ...]]
    influences: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...] = ()
    unknown_influences: bool = False

    @classmethod
    def of(cls, lineage: "Lineage", *, keys: Mapping[str, str]) -> "TableLineage":
        """The lineage of a plan, its tables renamed to the assets they are."""

        def named(origins: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
            return tuple(sorted((keys.get(table, table), column) for table, column in origins))

        return cls(
            columns={name: named(origins) for name, origins in lineage.columns.items() if name not in lineage.unknown},
            influences=named(lineage.influences),
            unknown=tuple(sorted(lineage.unknown)),
            unknown_influences=lineage.unknown_influences,
        )

    def metadata(self) -> dict[str, Any]:
        """As Dagster shows it. A column of unknown origin is left out: its risks are then assumed, not denied.

        Where it is unknown what shapes the rows, no lineage is claimed at all.
        """
        if self.unknown_influences:
            return {}
        deps = {
            name: [dg.TableColumnDep(dg.AssetKey.from_user_string(asset), column) for asset, column in origins]
            for name, origins in self.columns.items()
        }
        influences = [list(one) for one in self.influences]
        return {LINEAGE: dg.TableColumnLineage(deps), INFLUENCES: influences}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> "TableLineage | None":
        lineage = metadata.get(LINEAGE)
        if not isinstance(lineage, dg.TableColumnLineage):
            return None
        columns = {
            name: tuple((dep.asset_key.to_user_string(), dep.column_name) for dep in deps)
            for name, deps in lineage.deps_by_column.items()
        }
        return cls(columns=columns, influences=tuple((asset, column) for asset, column in metadata.get(INFLUENCES, [])))

    def as_json(self) -> dict[str, Any]:
        columns = {name: [list(one) for one in self.columns[name]] for name in sorted(self.columns)}
        return {
            "columns": columns,
            "influences": [list(one) for one in self.influences],
            "unknown": list(self.unknown),
            "unknown_influences": self.unknown_influences,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TableLineage":
        return cls(
            columns={
                name: tuple((asset, column) for asset, column in origins)
                for name, origins in document["columns"].items()
            },
            influences=tuple((asset, column) for asset, column in document["influences"]),
            unknown=tuple(document["unknown"]),
            unknown_influences=document["unknown_influences"],
        )


def read(path: Path) -> dict[str, TableLineage]:
    """The reviewed lineage of a package; none if it was never written."""
    if not path.exists():
        return {}
    return {key: TableLineage.from_json(one) for key, one in json.loads(path.read_text()).items()}


def write(path: Path, lineage: Mapping[str, TableLineage]) -> None:
    text = json.dumps({key: lineage[key].as_json() for key in sorted(lineage)}, indent=1)
    path.write_text(text + "\n")


def differences(observed: TableLineage, reviewed: TableLineage, *, partitions: Collection[tuple[str, str]]) -> str:
    """Where a real write's plan says otherwise than the reviewed file, in words; empty if nowhere.

    Reading some partitions adds a filter on the partition column, which is no part of the logic.
    """
    names = sorted(observed.columns.keys() | reviewed.columns.keys())
    said = [
        f"{name} comes from {_told(observed.columns.get(name))}, reviewed was {_told(reviewed.columns.get(name))}"
        for name in names
        if observed.columns.get(name) != reviewed.columns.get(name)
    ]
    shaped, known = (set(one.influences) - set(partitions) for one in (observed, reviewed))
    if shaped != known:
        said.append(f"rows are shaped by {_told(sorted(shaped))}, reviewed was {_told(sorted(known))}")
    return "; ".join(said)


def _told(origins: Iterable[tuple[str, str]] | None) -> str:
    if origins is None:
        return "unknown"
    return ", ".join(f"{asset}.{column}" for asset, column in origins) or "nothing"


def with_lineage(defs: dg.Definitions, lineage: Mapping[str, TableLineage]) -> dg.Definitions:
    """`defs` with the reviewed lineage on the specs, where the UI and the risk pass find it, and a check of it."""

    def tell(spec: dg.AssetSpec) -> dg.AssetSpec:
        known = lineage.get(spec.key.to_user_string())
        return spec.merge_attributes(metadata=known.metadata()) if known else spec

    told = defs.permissive_map_resolved_asset_specs(func=tell, selection=None)
    checks = [_check(dg.AssetKey.from_user_string(key)) for key in lineage]
    return dg.Definitions.merge(told, dg.Definitions(asset_checks=checks))


def _check(key: dg.AssetKey) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=key, name=CHECK, description="every column comes from where lineage.json says")
    def observed(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.instance.get_latest_materialization_event(key)
        found = event.asset_materialization.metadata.get(OBSERVED) if event and event.asset_materialization else None
        said = str(found.value) if found else "no write has been observed"
        return dg.AssetCheckResult(passed=said == AS_REVIEWED, description=said)

    return observed


def static_lineage(
    defs: dg.Definitions, session: "SparkSession", *, resources: Mapping[str, Any]
) -> dict[str, TableLineage]:
    """The lineage of every asset that makes a DataFrame from DataFrames."""
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    return {
        asset.key.to_user_string(): _lineage_of(asset, session, specs=specs, resources=resources)
        for asset in spark_assets(defs)
    }


def spark_assets(defs: dg.Definitions) -> Iterator[dg.AssetsDefinition]:
    for asset in defs.resolve_asset_graph().assets_defs:
        if asset.is_executable and len(asset.keys) == 1 and not asset.check_keys and _returns_frame(asset):
            yield asset


def _returns_frame(asset: dg.AssetsDefinition) -> bool:
    return _function(asset).__annotations__.get("return") is DataFrame


def _function(asset: dg.AssetsDefinition) -> Any:
    return asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]


def _lineage_of(
    asset: dg.AssetsDefinition,
    session: "SparkSession",
    *,
    specs: Mapping[dg.AssetKey, dg.AssetSpec],
    resources: Mapping[str, Any],
) -> TableLineage:
    from lakehouse.lineage import column_lineage, named_source

    frames = {
        name: named_source(session, key.to_user_string(), schema_of(specs[key]))
        for name, key in asset.keys_by_input_name.items()
    }
    frame = _called(asset, frames, resources)
    return TableLineage.of(column_lineage(frame), keys={})


def _called(asset: dg.AssetsDefinition, frames: Mapping[str, DataFrame], resources: Mapping[str, Any]) -> DataFrame:
    """The asset's own function on these frames: no run, no event, no row."""
    given: dict[str, Any] = dict(frames)
    for name, parameter in inspect.signature(_function(asset)).parameters.items():
        if name in given:
            continue
        if name == "context":
            given[name] = _context(asset)
        elif isinstance(parameter.annotation, type) and issubclass(parameter.annotation, dg.Config):
            given[name] = parameter.annotation()
        else:
            given[name] = resources[name]
    frame: Any = asset(**given)
    return cast("DataFrame", frame)


def _context(asset: dg.AssetsDefinition) -> dg.AssetExecutionContext:
    definition = asset.partitions_def
    first = definition.get_first_partition_key() if definition else None
    if first is None:
        return dg.build_asset_context()
    return dg.build_asset_context(partition_key_range=dg.PartitionKeyRange(first, first))


def schema_of(spec: dg.AssetSpec) -> Any:
    """The Spark schema of what a spec says of its columns."""
    from pyspark.sql.types import StructType

    schema = spec.metadata.get(SCHEMA)
    if not isinstance(schema, dg.TableSchema):
        raise LakehouseError(
            f"nothing is known of the columns of {spec.key.to_user_string()}: give it a contract, or {SCHEMA} metadata"
        )
    return StructType.fromDDL(", ".join(f"`{column.name}` {column.type}" for column in schema.columns))
