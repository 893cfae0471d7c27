"""Settings become resources: where tables, models and reports are kept, and how the shop is read."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import dagster as dg

from heirloom.settings import Settings
from lakehouse.contracts.document import Contract
from lakehouse.files import Model, ModelIOManager, Page, ReportIOManager, Store
from lakehouse.jdbc import JdbcSource
from lakehouse.lake import RUNTIME, Lake
from lakehouse.pseudonyms import Pseudonyms
from lakehouse.spark import Spark
from lakehouse.tables import SparkTableIOManager, is_table_type

_POSTGRES = "org.postgresql:postgresql:42.7.4"


@dataclass(frozen=True)
class ByAnnotation(dg.IOManager):
    """The form decides the place: frames are tables, models and pages are files."""

    tables: SparkTableIOManager
    models: ModelIOManager
    reports: ReportIOManager

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        keeper: Any = self.reports if isinstance(obj, Page) else self.models if isinstance(obj, Model) else self.tables
        keeper.handle_output(context, obj)

    def load_input(self, context: dg.InputContext) -> Any:
        annotation = context.dagster_type.typing_type
        if is_table_type(annotation):
            return self.tables.load_input(context)
        if annotation is Page:
            return self.reports.load_input(context)
        if hasattr(annotation, "from_files"):
            return self.models.load_input(context)
        raise TypeError(
            f"input {context.name} is annotated {annotation}: annotate a pyspark DataFrame, a pyarrow.Table or "
            "a polars frame for a table, a class with from_files for a model, a Page for a report"
        )


def resources(settings: Settings, contracts: Mapping[tuple[str, str], Contract], *, spark: Spark) -> dict[str, Any]:
    """Every resource by name. Nothing is opened before it is used."""
    store = Store(settings.files, s3=_s3(settings))
    return {
        "io_manager": ByAnnotation(
            SparkTableIOManager(spark, contracts), ModelIOManager(store), ReportIOManager(store)
        ),
        "shop": JdbcSource(spark, settings.shop.shown, setting="HEIRLOOM_SHOP"),
        "model_store": dg.ResourceDefinition.hardcoded_resource(store),
        "pseudonyms": dg.ResourceDefinition(lambda _: pseudonyms(settings)),
        "spark": dg.ResourceDefinition.hardcoded_resource(spark),
    }


def session(settings: Settings) -> Spark:
    """Spark, as the settings say; the shop's driver comes along where it is needed."""
    driver = (_POSTGRES,) if settings.shop.shown.startswith("postgresql://") else ()
    return Spark(
        lake=lake(settings),
        master=settings.spark_master,
        remote=settings.spark_remote,
        memory=settings.spark_memory,
        packages=settings.spark_packages or (*RUNTIME, *driver),
    )


def lake(settings: Settings) -> Lake:
    return Lake(catalog_url=settings.catalog, warehouse=settings.warehouse, s3=_s3(settings))


def pseudonyms(settings: Settings) -> Pseudonyms:
    """The key of the settings; without one, a key of this home's own, made once and readable by its owner alone."""
    if settings.pseudonym_key is not None:
        return Pseudonyms(settings.pseudonym_key.shown.encode())
    path = settings.home / "pseudonym.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{uuid4().hex}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32))
        try:
            os.link(made, path)  # whoever comes first decides, whole
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return Pseudonyms(path.read_text().encode())


def _s3(settings: Settings) -> dict[str, str]:
    known = {"endpoint": settings.s3_endpoint, "region": settings.s3_region}
    return {name: value for name, value in known.items() if value}
