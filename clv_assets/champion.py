"""The released model: what scores are made with. Releasing is materialising; rolling back is releasing an older one."""

import dagster as dg

from clv_assets.forms import model
from clv_assets.models.value import ValueModel
from governance.risk import assessed
from lakehouse.files import Store


class Release(dg.Config):
    """Which version is released: the newest without one."""

    version: str | None = None


@assessed()
@model()
def value_champion(config: Release, value_model: ValueModel, model_store: dg.ResourceParam[Store]) -> ValueModel:
    """The value model in use: the newest, or the version that a release names."""
    if config.version is None:
        return value_model
    _, files = model_store.get("clv/value_model", config.version)
    return ValueModel.from_files(files)
