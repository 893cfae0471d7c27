"""Column lineage with no run: each Spark asset is called on empty frames of its parents' columns and its plan is read.

What is found is kept in a reviewed file (`lineage.json`), read when the definitions load, and compared at every write.
"""

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pyspark.sql import DataFrame

from lakehouse.errors import LakehouseError
from lakehouse.tables import is_table_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse.lineage import Lineage

SCHEMA, LINEAGE, INFLUENCES = "dagster/column_schema", "dagster/column_lineage", "heirloom/column_influences"
TABLE = "dagster/table_name"


@dataclass(frozen=True, kw_only=True)
class TableLineage:
    """Where the columns of one asset come from, by asset key: `columns` by value, `influences` by shaping its rows."""

    columns: Mapping[str, tuple[tuple[str, str], ...]]
    influences: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...] = ()

    @classmethod
    def of(cls, lineage: "Lineage", *, keys: Mapping[str, str]) -> "TableLineage":
        """The lineage of a plan, its tables renamed to the assets they are."""

        def named(origins: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
            return tuple(sorted((keys.get(table, table), column) for table, column in origins))

        return cls(
            columns={name: named(origins) for name, origins in lineage.columns.items() if name not in lineage.unknown},
            influences=named(lineage.influences),
            unknown=tuple(sorted(lineage.unknown)),
        )

    def metadata(self) -> dict[str, Any]:
        """As Dagster shows it. A column of unknown origin is left out: its risks are then assumed, not denied."""
        deps = {
            name: [dg.TableColumnDep(dg.AssetKey.from_user_string(asset), column) for asset, column in origins]
            for name, origins in self.columns.items()
        }
        influences = [list(one) for one in self.influences]
        return {LINEAGE: dg.TableColumnLineage(deps), INFLUENCES: influences}

    def as_json(self) -> dict[str, Any]:
        columns = {name: [list(one) for one in self.columns[name]] for name in sorted(self.columns)}
        return {"columns": columns, "influences": [list(one) for one in self.influences], "unknown": list(self.unknown)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TableLineage":
        return cls(
            columns={
                name: tuple((asset, column) for asset, column in origins)
                for name, origins in document["columns"].items()
            },
            influences=tuple((asset, column) for asset, column in document["influences"]),
            unknown=tuple(document["unknown"]),
        )


def read(path: Path) -> dict[str, TableLineage]:
    """The reviewed lineage of a package; none if it was never written."""
    if not path.exists():
        return {}
    return {key: TableLineage.from_json(one) for key, one in json.loads(path.read_text()).items()}


def write(path: Path, lineage: Mapping[str, TableLineage]) -> None:
    text = json.dumps({key: lineage[key].as_json() for key in sorted(lineage)}, indent=1)
    path.write_text(text + "\n")


def with_lineage(defs: dg.Definitions, lineage: Mapping[str, TableLineage]) -> dg.Definitions:
    """`defs` with the reviewed lineage on the specs, where the Dagster UI and the risk pass find it."""

    def tell(spec: dg.AssetSpec) -> dg.AssetSpec:
        known = lineage.get(spec.key.to_user_string())
        return spec.merge_attributes(metadata=known.metadata()) if known else spec

    return defs.permissive_map_resolved_asset_specs(func=tell, selection=None)


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
            if not is_table_type(parameter.annotation):
                raise LakehouseError(f"{asset.key.to_user_string()}: input {name} must be annotated as a table")
        elif name == "context":
            given[name] = _context(asset)
        elif isinstance(parameter.annotation, type) and issubclass(parameter.annotation, dg.Config):
            given[name] = parameter.annotation()
        else:
            given[name] = resources[name]
    frame: DataFrame = asset(**given)
    return frame


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
