"""What people read: how right the released model was on a date it had not seen, and for whom it was not."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clv_assets.forms import report
from clv_assets.models.value import ValueModel
from clv_assets.scores import scored
from governance.measures import calibration, ranking
from governance.pages import charts, shell
from governance.risk import assessed
from lakehouse.files import Page

_SLICES = ("channel", "is_company", "country")
_SMALLEST_SLICE = 30


@assessed()
@report()
def value_report(training_set: pa.Table, customers: pa.Table, value_champion: ValueModel) -> Page:
    """One page: how well the released model ranks and sizes the customers of the test date."""
    test = training_set.filter(pc.field("part") == "test")
    return written(foreseen(test, value_champion).join(customers, "customer", right_suffix="_known"))


def foreseen(labelled: pa.Table, model: ValueModel) -> pa.Table:
    """Labelled rows with what the model says of them."""
    scores = scored(labelled, model).select(["customer", "as_of", "value", "p_buy_again", "tier"])
    return labelled.join(scores, ["customer", "as_of"])


def judged(labelled: pa.Table, model: ValueModel) -> dict[str, float]:
    """How well a model foresaw labelled rows."""
    return measured(foreseen(labelled, model))


def written(outcome: pa.Table) -> Page:
    """The page over one row per customer: predicted `value` and `p_buy_again`, actual `net_revenue`, `bought_again`."""
    if not outcome.num_rows:
        answer = "Nothing to judge yet: no date's horizon has passed for any customer."
        return Page(shell.page("Customer value: is the model right?", answer=answer, body=[]))
    actual, predicted = outcome["net_revenue"].to_numpy(), outcome["value"].to_numpy()
    figures = measured(outcome)
    answer = (
        f"Of {len(actual):,} customers, the tenth ranked highest brought {figures['top_decile_share']:.0%} "
        f"of the revenue of the {outcome['horizon_days'][0].as_py()} days after {outcome['as_of'][0].as_py()}; "
        f"the model foresaw {figures['predicted_to_actual']:.0%} of the total."
    )
    body = [
        shell.figures((name.replace("_", " "), value) for name, value in figures.items()),
        shell.section("Order", _lorenz(actual, predicted), note="From the best predicted on, and what they brought."),
        shell.section("Size", _deciles(actual, predicted), note="Mean per customer in each tenth by prediction."),
        shell.section(
            "Groups", shell.table(("group", "customers", "predicted", "actual", "Gini"), _groups(outcome)),
            note=f"Groups of at least {_SMALLEST_SLICE} customers.",
        ),
    ]  # fmt: skip
    return Page(shell.page("Customer value: is the model right?", answer=answer, body=body), figures=figures)


def measured(outcome: pa.Table) -> dict[str, float]:
    """The figures of the page."""
    actual, predicted = outcome["net_revenue"].to_numpy(), outcome["value"].to_numpy()
    bought, chance = (
        outcome["bought_again"].to_numpy(zero_copy_only=False).astype(float),
        outcome["p_buy_again"].to_numpy(),
    )
    figures = {
        "gini": ranking.normalised_gini(actual, predicted),
        "spearman": ranking.spearman(actual, predicted),
        "top_decile_share": ranking.top_decile_share(actual, predicted),
        "predicted_to_actual": calibration.predicted_to_actual(actual, predicted),
        "mae": calibration.mae(actual, predicted),
        "rmse": calibration.rmse(actual, predicted),
        "auc_bought_again": calibration.auc(bought, chance),
        "brier_bought_again": calibration.brier(bought, chance),
    }
    return {name: float(value) for name, value in figures.items()}


def _lorenz(actual: np.ndarray, predicted: np.ndarray) -> str:
    ours, best = ranking.lorenz_curve(actual, predicted), ranking.lorenz_curve(actual, actual)
    at = ours.customers.tolist()
    perfect = np.interp(at, best.customers, best.actual).tolist()
    return charts.curve(
        at,
        ours.actual.tolist(),
        best=perfect,
        name="this model",
        x_name="share of customers",
        y_name="share of revenue",
    )


def _deciles(actual: np.ndarray, predicted: np.ndarray) -> str:
    rows = calibration.decile_table(actual, predicted)
    plot = charts.bars(
        [str(row.decile) for row in rows],
        [(row.predicted, row.actual) for row in rows],
        names=("predicted", "actual"),
        x_name="tenth of customers by prediction, the highest right",
        y_name="euros per customer",
    )
    header = ("tenth", "customers", "predicted", "actual", "predicted/actual")
    return plot + shell.table(
        header, [(r.decile, r.customers, r.predicted, r.actual, r.predicted_to_actual) for r in rows]
    )


def _groups(outcome: pa.Table) -> Iterator[tuple[str, int, float, float, float]]:
    for column in _SLICES:
        for name in sorted(map(str, pc.unique(outcome[column]).to_pylist())):
            rows = outcome.filter(pc.field(column).cast(pa.string()) == name)
            if rows.num_rows >= _SMALLEST_SLICE:
                actual, predicted = rows["net_revenue"].to_numpy(), rows["value"].to_numpy()
                gini = float(ranking.normalised_gini(actual, predicted))
                yield f"{column} {name}", rows.num_rows, float(predicted.mean()), float(actual.mean()), gini
