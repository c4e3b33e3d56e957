"""schema.yaml for an understood table, with remarks for the person who reviews it.

Types and the set of labels are rules; the ranges and levels of a sample are remarks only, since an
ordinary new row may lie outside them. They are cells of the table, and git keeps this file: without
being asked for them it says how many there are.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from components.intake.cells import Cells
from components.intake.understanding import Understanding
from components.project.console import one_line
from components.project.yaml_files import quoted
from components.table.typed import parse_column

_HEAD = """\
# What a row of the table must look like: pandera's YAML form of a DataFrameSchema.
# Written by `smrt init`; review it, then keep it in git. Rows that break it go to quarantine, and
# synthetic rows must pass it too. Comments say what was seen and are not enforced. To turn one into
# a rule, add checks to the column:
#     checks: {in_range: {min_value: 0, max_value: 120}}      or      checks: {isin: [a, b]}
# A column that may be empty needs nullable: true.
schema_type: dataframe
version: 0.35.0
columns:
"""
_CONSTRAINTS = """\
# What holds between columns in every row of the table. New rows that break one of these go to
# quarantine, and synthetic rows keep them. Delete what is a coincidence of this table. Without this
# list the constraints are searched for in each run; with an empty list none is kept."""


def schema_text(table: Understanding, *, values: bool = False) -> str:
    """Return the text of schema.yaml for a table; no cells but the labels, unless ``values``."""
    lines = [_HEAD.rstrip("\n")]
    for name, cells in table.columns.items():
        if name in table.ignored:
            continue
        lines.append(f"  {quoted(name)}:  # {_remark(cells, values)}")
        lines.append(f"    dtype: {cells.dtype}")
        nullable = cells.n_missing > 0 and name != table.target
        lines.append(f"    nullable: {str(nullable).lower()}")
        if name == table.target:
            lines.append("    checks:")
            lines.append(f"      isin: {quoted(list(table.classes))}")
    lines.append("strict: true")
    lines += _constraints(table)
    if table.ignored:
        lines.append("# Not here, since data.ignore in params.yaml leaves them out:")
        reasons = table.ignored if values else table.reasons
        lines += [f"#   {_safe(name)}: {_safe(reason)}" for name, reason in reasons.items()]
    return "\n".join(lines) + "\n"


def _constraints(table: Understanding) -> list[str]:
    """Write what holds between columns in every row, for a person to review."""
    from smrt_lightning.table.constraints.combinations import FixedCombinations
    from smrt_lightning.table.constraints.discovery import discover

    kept = [name for name in table.columns if name not in table.ignored and name != table.target]
    typed = {name: _typed(table.columns[name]) for name in kept}
    found = discover(pd.DataFrame(typed))
    if not found:
        return []
    lines = [*_CONSTRAINTS.splitlines(), "metadata:", "  constraints:"]
    for one in found:
        stored = one.to_dict()
        if isinstance(one, FixedCombinations):
            del stored["allowed"]  # cells of the table, which need not be in git
        body = ", ".join(f"{key}: {quoted(value)}" for key, value in stored.items())
        lines.append(f"  - {{{body}}}  # {_safe(str(one))}")
    return lines


def _typed(cells: Cells) -> pd.Series[Any]:
    """Return the values as the stages will read them."""
    return parse_column(cells.values, str(cells.dtype), None).values


def _remark(cells: Cells, values: bool) -> str:
    n_values = cells.values.nunique()
    remark = f"{cells.kind}; {_seen(cells) if values else f'{n_values} different values'}"
    if cells.n_missing:
        remark += f"; {cells.n_missing} missing"
    return _safe(remark)


def _seen(cells: Cells) -> str:
    """Say what values were seen, in a few words."""
    values = cells.values.dropna()
    if values.empty:
        return "no values"
    if cells.kind in ("number", "whole number"):
        numbers = pd.to_numeric(values, errors="coerce")
        return f"{_short(numbers.min())} to {_short(numbers.max())}"
    if cells.kind == "date":
        return f"{values.astype(str).min()} to {values.astype(str).max()}"
    counts = values.astype(str).value_counts()
    shown = ", ".join(str(level) for level in counts.index[:4])
    return f"{len(counts)} levels: {shown}" + (", …" if len(counts) > 4 else "")


def _short(number: Any) -> str:
    return f"{number:.6g}"


def _safe(text: str) -> str:
    """Return text that stays within one comment."""
    line = one_line(text)
    return line if len(line) <= 120 else line[:119] + "…"
