"""Columns that teach nothing or tell too much: constants, identifiers, free text, leaks.

What is certain is left out of the table; what is only likely is said.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from components.intake.cells import Cells
from components.project.errors import listing, shorten
from components.table.order import MOST_TIES, direction
from components.table.typed import parse_column

MIN_ROWS = 20
"""With fewer rows, values agree by chance too often to say anything."""

MANY_LEVELS = 100
_ENOUGH = 5
"""Rows of the smallest class below which nothing that holds in all of them is certain."""
_BY_CHANCE = 1e-4
"""The probability below which filled cells do not happen to lie in some classes only."""
_ID_WORDS = frozenset(
    [
        *("id", "ids", "uid", "uuid", "guid", "key", "pk", "nr", "no", "num", "nbr", "number"),
        *("index", "idx", "row", "rownum", "record", "identifier", "ident", "code", "serial"),
        *("ssn", "iban", "imei", "mrn", "vin", "isbn", "ref", "reference", "nummer", "numero"),
    ]
)
_OWNERS = (
    "customer|client|user|patient|employee|emp|cust|order|product|account|acct|member|case|"
    "transaction|trans|tx|policy|loan|session|device|record|row|person|subject|student|item|"
    "invoice|ticket|visit|encounter|claim|contract|booking|house|household|store|shop|vendor|"
    "supplier|merchant|passenger|respondent|participant|sample|image|file|event|message|kunden|"
    "vertrags|personal|rechnungs|auftrags"
)
_JOINED = re.compile(rf"^(?:{_OWNERS})s?(?:id|no|nr|num|number|key|code|nummer)$")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")


@dataclass(frozen=True)
class Suspicion:
    """A reason to look at a column, or to leave it out.

    Attributes
    ----------
    reason : str
        For a person to read, without a cell of the table.
    certain : bool
        Whether the column is to be left out.
    shown : str
        What else there is to say, with cells; empty where nothing is.
    """

    reason: str
    certain: bool
    shown: str = ""

    def __str__(self) -> str:
        return ": ".join(filter(None, [self.reason, self.shown]))


def suspicions(columns: dict[str, Cells], target: str) -> dict[str, Suspicion]:
    """Return what is wrong with each feature of a table, where something is."""
    labels = columns[target].values.astype(object)
    features = {name: cells for name, cells in columns.items() if name != target}
    found = copies(features)
    for name, cells in features.items():
        suspicion = suspect(name, cells, labels)
        if suspicion is not None and (name not in found or suspicion.certain):
            found[name] = suspicion
    return found


def suspect(name: str, cells: Cells, target: pd.Series[Any]) -> Suspicion | None:
    """Look at one column beside the target; return what is wrong with it, if anything.

    Parameters
    ----------
    name : str
        The column's name.
    cells : Cells
        The column.
    target : Series of str
        The labels.
    """
    present = cells.values.dropna()
    n_values = int(present.nunique())
    if n_values == 0:
        return Suspicion("empty", True)
    if n_values == 1 and len(present) == len(target):
        only = present.iloc[0]
        shown = shorten(only.item() if isinstance(only, np.generic) else only, 30)
        return Suspicion("constant", True, f"always {shown}")
    if len(target) < MIN_ROWS:
        return None
    return (
        _identifier(name, cells, present, n_values)
        or _filled(cells.values, target)
        or _leak(cells.values, target, n_values)
        or _separation(cells, target)
        or _rising(name, cells, n_values)
        or _shared_identifier(name, cells, present, n_values)
        or _unbroken(cells, present, n_values)
        or _free_text(cells, present, n_values)
    )


def named_like_an_identifier(name: str) -> bool:
    """Tell by its name, in any spelling, whether a column identifies rows.

    customer_id, CustomerId, patientID, policy-number, KundenNr, ID, id_customer, customerid.
    """
    words = [word.lower() for word in _HUMPS.split(name) if word]
    if not words:
        return False
    first = words[0] in ("id", "uuid", "guid", "unnamed") or name == "column_1"
    return first or words[-1] in _ID_WORDS or _JOINED.match("".join(words)) is not None


def _identifier(
    name: str, cells: Cells, present: pd.Series[Any], n_values: int
) -> Suspicion | None:
    if n_values < len(present) or cells.kind not in ("number", "whole number", "text"):
        return None
    if cells.kind == "text":
        return Suspicion("identifier: another text in every row", True)
    numbers = pd.to_numeric(present, errors="coerce").dropna().astype("float64").to_numpy()
    if not (len(numbers) and bool((numbers == np.round(numbers)).all())):
        return None
    if len(numbers) > 1 and bool((numbers[1:] == numbers[:-1] + 1).all()):
        return Suspicion("counts the rows", True)
    if named_like_an_identifier(name):
        return Suspicion("identifier: another value in every row", True)
    return None


def _unbroken(cells: Cells, present: pd.Series[Any], n_values: int) -> Suspicion | None:
    """Find whole numbers that number the rows in another order."""
    if cells.kind != "whole number" or n_values < len(present):
        return None
    numbers = pd.to_numeric(present, errors="coerce").dropna()
    if numbers.max() - numbers.min() != n_values - 1:
        return None
    return Suspicion("numbers the rows in another order: an identifier, or a rank", False)


def _shared_identifier(
    name: str, cells: Cells, present: pd.Series[Any], n_values: int
) -> Suspicion | None:
    """Find an identifier that several rows share: a customer, a machine."""
    whole = cells.kind in ("whole number", "text")
    if not (whole and named_like_an_identifier(name) and MANY_LEVELS < n_values < len(present)):
        return None
    return Suspicion(
        "an identifier that several rows share, as a customer's rows do: split.group in "
        "params.yaml",
        False,
    )


def _rising(name: str, cells: Cells, n_values: int) -> Suspicion | None:
    """Find a time or a counter: what only rises, or falls, from row to row."""
    if cells.kind in ("text", "truth value") or n_values < MIN_ROWS:
        return None
    numbers = _as_numbers(cells).dropna().to_numpy()
    found = direction(numbers, ties=1.0 if cells.kind == "date" else MOST_TIES)
    if not found:
        return None
    word = "rises" if found > 0 else "falls"
    return Suspicion(
        f"only {word} from row to row, so new rows will lie outside its range; if it is a time, "
        f"split by it: --time {shlex.quote(name)}, or split.time in params.yaml",
        False,
    )


def _as_numbers(cells: Cells) -> pd.Series[Any]:
    if cells.kind != "date":
        return pd.to_numeric(cells.values, errors="coerce").astype("float64")
    values = parse_column(cells.values, cells.dtype, None).values
    return values.astype("int64").astype("float64").where(values.notna())


def _leak(values: pd.Series[Any], target: pd.Series[Any], n_values: int) -> Suspicion | None:
    n_classes = target.nunique()
    known = values.notna()
    if n_values < 2 or n_values > max(n_classes, len(values) // 10):
        return None
    if (values[known].astype(str) == target[known]).all():
        return Suspicion("leak: equals the target", True)
    per_value = target[known].groupby(values[known].astype(str)).nunique()
    if per_value.max() > 1:
        return None
    per_label = values[known].astype(str).groupby(target[known]).nunique()
    if known.all() and per_label.max() == 1 and n_values == n_classes:
        return Suspicion("leak: one value for each class", True)
    if known.mean() > 0.5:
        return Suspicion("gives the class away: each value has one class only", False)
    return None


def _filled(values: pd.Series[Any], target: pd.Series[Any]) -> Suspicion | None:
    """Find what is known of some classes only, as the reason of a cancellation is."""
    filled = values.notna()
    for word, rows in (("filled", filled), ("missing", ~filled)):
        share = rows.groupby(target).mean()
        classes = share.index[share > 0]
        if len(classes) in (0, len(share)):
            continue
        names = listing(sorted(map(str, classes)), 3)
        if (share[classes] == 1).all() and target.value_counts().min() >= _ENOUGH:
            return Suspicion(f"leak: {word} in every row of {names}, and in no other", True)
        if float(target.isin(classes).mean()) ** int(rows.sum()) < _BY_CHANCE:
            return Suspicion(f"gives the class away: {word} in rows of {names} only", False)
    return None


def _separation(cells: Cells, target: pd.Series[Any]) -> Suspicion | None:
    """Find numbers or dates whose range in each class touches no other class's."""
    if cells.kind not in ("number", "whole number", "date"):
        return None
    numbers = _as_numbers(cells)
    ranges = numbers.groupby(target).agg(["min", "max", "count"]).sort_values("min")
    if ranges["count"].min() < _ENOUGH or len(ranges) < 2:
        return None
    if bool((ranges["max"].to_numpy()[:-1] < ranges["min"].to_numpy()[1:]).all()):
        return Suspicion("gives the class away: the classes' ranges do not touch", False)
    return None


def _free_text(cells: Cells, present: pd.Series[Any], n_values: int) -> Suspicion | None:
    if cells.kind != "text" or n_values <= MANY_LEVELS:
        return None
    if n_values > len(present) / 2:
        return Suspicion(f"free text: {n_values} different texts", True)
    return Suspicion(f"{n_values} levels: rare ones share a place in the model", False)


def copies(columns: dict[str, Cells]) -> dict[str, Suspicion]:
    """Find columns that repeat an earlier one cell by cell."""
    seen: dict[tuple[int, int], str] = {}
    found = {}
    for name, cells in columns.items():
        hashed = pd.util.hash_pandas_object(cells.values.astype(object), index=False).to_numpy()
        key = (int(hashed.sum()), int((hashed * np.arange(1, len(hashed) + 1, dtype="u8")).sum()))
        if key in seen and cells.values.equals(columns[seen[key]].values):
            found[name] = Suspicion(f"the same as {shorten(seen[key], 30)}", True)
        seen.setdefault(key, name)
    return found
