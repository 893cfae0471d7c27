"""Column lineage, read from the plan Spark has analysed: no run, no listener, no parsing of SQL.

`flow` holds what is known of a plan's rows, `expressions` what an expression reads, `nodes` one rule for each kind of
plan node, `sources` the names of the leaves, `walk` the order of it all.
"""

from lakehouse.lineage.columns import Lineage, column_lineage
from lakehouse.lineage.sources import named_source

__all__ = ["Lineage", "column_lineage", "named_source"]
