"""What the demo says at its end: what was made, how right the model is, who matters, and which risks came along."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow.compute as pc

from governance.risk import CATALOGUE, Register, risks_of
from heirloom.resources import lake

if TYPE_CHECKING:
    from heirloom.settings import Settings

_SCORES = "clv/customer_scores"


def answer(settings: "Settings", defs: dg.Definitions, instance: dg.DagsterInstance, *, seconds: float) -> str:
    blocks = [
        _made(defs, instance),
        _how_good(instance),
        _who(settings),
        _risks(defs, instance),
        f"Done in {seconds:.0f} s. Next: `make dev`, then open http://127.0.0.1:3000/assets",
    ]
    return "\n\n".join(["", *blocks])


def _made(defs: dg.Definitions, instance: dg.DagsterInstance) -> str:
    rows = []
    for key in sorted(node.key for node in defs.resolve_asset_graph().asset_nodes if node.is_materializable):
        event = instance.get_latest_materialization_event(key)
        made = event.asset_materialization if event else None
        count = made.metadata.get("dagster/row_count") if made else None
        rows.append((key.to_user_string(), f"{count.value:,} rows" if count else "made" if made else "not made"))
    return "What was made\n" + _columns(rows)


def _how_good(instance: dg.DagsterInstance) -> str:
    event = instance.get_latest_materialization_event(dg.AssetKey(["clv", "value_report"]))
    if event is None or event.asset_materialization is None:
        return "How good the model is: unknown, there is no report"
    said = event.asset_materialization.metadata
    wanted = ("gini", "spearman", "top_decile_share", "predicted_to_actual", "auc_bought_again")
    rows = [(name.replace("_", " "), f"{said[name].value:.3f}") for name in wanted if name in said]
    return f"How good the model is, on a date it had not seen ({said['heirloom/report'].value})\n" + _columns(rows)


def _who(settings: "Settings") -> str:
    table = (
        lake(settings)
        .table("clv.customer_scores")
        .scan(selected_fields=("customer", "as_of", "value", "tier"))
        .to_arrow()
    )
    if not table.num_rows:
        return "Ten customers: none was scored"
    newest = table.filter(pc.equal(table["as_of"], pc.max(table["as_of"]))).sort_by(
        [("value", "descending"), ("customer", "ascending")]
    )
    rows = [(row["customer"], f"{row['value']:,.0f} EUR", row["tier"]) for row in newest.slice(0, 10).to_pylist()]
    return f"The ten customers expected to bring most, as of {newest['as_of'][0]}\n" + _columns(rows)


def _risks(defs: dg.Definitions, instance: dg.DagsterInstance) -> str:
    found = risks_of(defs, register=Register.read(CATALOGUE))[_SCORES]
    rows = [(str(one.severity), one.risk, _origin(one), " > ".join(one.route)) for one in found.inherited]
    return f"The risks that {_SCORES} inherits{_told_in(instance)}\n" + _columns(rows)


def _told_in(instance: dg.DagsterInstance) -> str:
    event = instance.get_latest_materialization_event(dg.AssetKey(["governance", "risk_report"]))
    made = event.asset_materialization if event else None
    return f" ({made.metadata['heirloom/report'].value} has all)" if made else ""


def _origin(arrival: Any) -> str:
    return f"{arrival.origin}.{arrival.column}" if arrival.column else str(arrival.origin)


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    return "  " + "  ".join(_padded(row, widths)).rstrip()


def _padded(row: tuple[str, ...], widths: Sequence[int]) -> Iterator[str]:
    yield from (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
