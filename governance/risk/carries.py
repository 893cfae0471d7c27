"""The decorators with which an author says, beside the logic, what an asset carries and what it ends."""

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import dagster as dg

from governance.risk.findings import ASSESSED, FINDINGS, RESOLUTIONS, Finding, Resolution

Asset = TypeVar("Asset", dg.AssetsDefinition, dg.AssetSpec)


def carries(  # noqa: PLR0913
    risk: str,
    *,
    note: str,
    column: str | None = None,
    severity: str | None = None,
    owner: str | None = None,
    mitigation: str | None = None,
    mitigation_owner: str | None = None,
    proof: str | None = None,
    opened_by: str | None = None,
    review_by: dt.date | str | None = None,
    valid_from: dt.date | str | None = None,
    valid_until: dt.date | str | None = None,
) -> Callable[[Asset], Asset]:
    """Say that an asset, or one of its columns, carries a risk; everything made from it inherits it.

    With `opened_by`, an asset check, it does so while that check fails; with dates, from the first to the last of them.
    """
    finding = Finding.parse(locals(), where=f"@carries({risk!r})")
    return _declaring(FINDINGS, finding.as_metadata(), name="@carries")


def resolves(
    risk: str, *, proof: str, note: str, columns: tuple[str, ...] = (), parent: str | None = None
) -> Callable[[Asset], Asset]:
    """Say that an asset ends a risk for its heirs, and which asset check proves it.

    With `parent`, an asset key, it ends only what comes from there.
    """
    resolution = Resolution.parse(locals(), where=f"@resolves({risk!r})")
    return _declaring(RESOLUTIONS, resolution.as_metadata(), name="@resolves")


def assessed() -> Callable[[Asset], Asset]:
    """Say that somebody looked and found nothing: that differs from nobody having looked."""
    return _declaring(ASSESSED, None, name="@assessed")


def _declaring(key: str, item: dict[str, Any] | None, *, name: str) -> Callable[[Asset], Asset]:
    def with_it(spec: dg.AssetSpec) -> dg.AssetSpec:
        listed = {key: [item, *spec.metadata.get(key, [])]} if item else {}
        return spec.merge_attributes(metadata={ASSESSED: True, **listed})

    def on(asset: Asset) -> Asset:
        if isinstance(asset, dg.AssetSpec):
            return with_it(asset)
        if isinstance(asset, dg.AssetsDefinition) and list(asset.specs):
            return asset.map_asset_specs(with_it)
        raise TypeError(_hint(asset, name=name))

    return on


def _hint(asset: object, *, name: str) -> str:
    if isinstance(asset, dg.AssetsDefinition):
        return f"{name} needs an asset, and {asset.node_def.name} defines none. Put it on the asset that is checked."
    if callable(asset):
        return f"{name} stands on a bare function. Put it above @dg.asset or @dg.multi_asset, not below."
    return f"{name} works on an asset or a dg.AssetSpec, not on {type(asset).__name__}. Declare a dg.AssetSpec."
