"""The constraints that every row of a table keeps, and that chance would hardly give.

Of everything that holds in every row, only that is reported which independent columns would break
in many rows (``EVIDENCE``, expected): two columns whose ranges do not touch are in order, but that
says nothing. Candidates are sought in a sample of rows first, all pairs at once, and then checked
on all rows.
"""

from __future__ import annotations

import pandas as pd

from smrt_lightning.table.constraints.constraint import Constraint
from smrt_lightning.table.constraints.search.combinations import fixed_combinations
from smrt_lightning.table.constraints.search.evidence import MIN_ROWS
from smrt_lightning.table.constraints.search.groups import missing_together, one_hot_groups
from smrt_lightning.table.constraints.search.orders import inequalities
from smrt_lightning.table.constraints.search.totals import totals


def discover(table: pd.DataFrame) -> list[Constraint]:
    """Find the constraints that hold in every row of a table.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        With fewer than 50 rows nothing is found.

    Returns
    -------
    list of Constraint
        One-hot groups, fixed combinations (of two columns at least one is no number), totals,
        inequalities and columns that are missing together. They are fitted to the table.
    """
    if len(table) < MIN_ROWS:
        return []
    groups = one_hot_groups(table)
    used = {name for group in groups for name in group.columns}
    combinations = fixed_combinations(table.drop(columns=list(used)))
    used |= {name for one in combinations for name in one.columns}
    rest = table.drop(columns=list(used))
    sums = totals(rest)
    found = [*groups, *combinations, *sums, *inequalities(rest, sums), *missing_together(rest)]
    return [one.fit(table) for one in found]
