"""The kinds of assets this package has, as decorators, and the calendars they are partitioned by.

An order day `D` is complete when it is over. A feature row or a score `as of D` knows what came before `D`, so it can
be made as soon as `D` begins: these calendars have one partition more.
"""

from functools import partial

import dagster as dg

FIRST_DAY = "2024-01-01"
order_days = dg.DailyPartitionsDefinition(FIRST_DAY)
as_of_days = dg.DailyPartitionsDefinition("2024-01-02", end_offset=1)
as_of_weeks = dg.WeeklyPartitionsDefinition("2024-01-08", day_offset=1, end_offset=1)

everything_before = dg.TimeWindowPartitionMapping(start_offset=-36_500, end_offset=-1)
# The last week's later days are still to come: what is scored is its first.
of_its_week = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)

_table = partial(dg.asset, owners=["team:clv"], kinds={"spark", "iceberg"})
_range = {"backfill_policy": dg.BackfillPolicy.single_run()}

landed_daily = partial(_table, group_name="clv/landing", partitions_def=order_days, **_range)
landed = partial(_table, group_name="clv/landing")
features_daily = partial(_table, group_name="clv/features", partitions_def=as_of_days, **_range)
training_table = partial(_table, group_name="clv/training")
scores_weekly = partial(_table, group_name="clv/scores", partitions_def=as_of_weeks, **_range)
model = partial(dg.asset, group_name="clv/models", owners=["team:clv"], kinds={"scipy", "model"})
report = partial(dg.asset, group_name="clv/reports", owners=["team:clv"], kinds={"html", "report"})
