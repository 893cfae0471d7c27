"""What runs when: days as they end, scores on Mondays, models when there is something new to learn."""

import dagster as dg

_landing = dg.AssetSelection.assets(["clv", "transactions"])
_features = dg.AssetSelection.assets(["clv", "customer_features"])
_scores = dg.AssetSelection.assets(["clv", "customer_scores"])
_models = dg.AssetSelection.assets(
    ["clv", "customers"], ["clv", "training_set"], ["clv", "value_model"], ["clv", "value_champion"],
    ["clv", "value_report"],
)  # fmt: skip

land_orders = dg.define_asset_job("land_orders", _landing, description="A day's invoice lines, when the day is over.")
make_features = dg.define_asset_job("make_features", _features, description="Features as of a day, when it begins.")
train_models = dg.define_asset_job("train_models", _models, description="Training set, model, champion and report.")
score_customers = dg.define_asset_job("score_customers", _scores, description="Scores as of Monday.")

JOBS = [land_orders, make_features, train_models, score_customers]
SCHEDULES = [
    dg.build_schedule_from_partitioned_job(land_orders, hour_of_day=1, minute_of_hour=0),
    dg.build_schedule_from_partitioned_job(make_features, hour_of_day=2, minute_of_hour=0),
    dg.ScheduleDefinition(name="train_models_weekly", job=train_models, cron_schedule="0 3 * * 1"),
    dg.build_schedule_from_partitioned_job(score_customers, hour_of_day=4, minute_of_hour=0),
]
