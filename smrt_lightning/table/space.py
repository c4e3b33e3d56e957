"""A table as points in space, and back: what distance-based samplers and distances work on.

Numbers, booleans-as-levels and dates are standardised, so that no column outweighs another for its
unit; a level is a corner of a simplex, one apart from every other level.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.reading import column_kinds, from_floats, to_floats

_CORNER = 1.0 / np.sqrt(2.0)


class Embedding:
    """Standardised numbers and one-hot levels of a frame, fitted on some rows.

    Parameters
    ----------
    frame : DataFrame, shape (n, d)
        Rows that give centres, scales and levels. Missing numbers are taken as the median; missing
        levels are a level of their own.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        kinds = column_kinds(frame)
        self._order = list(frame.columns)
        self._like = frame.iloc[:0]
        self.number_names = [name for name, kind in kinds.items() if kind in ("number", "date")]
        self.level_names = [name for name in self._order if name not in self.number_names]
        raw = to_floats(frame[self.number_names])
        some = ~np.isnan(raw).all(axis=0)
        self._median = np.zeros(raw.shape[1])
        self._median[some] = np.nanmedian(raw[:, some], axis=0)
        filled = np.where(np.isnan(raw), self._median, raw)
        self._centre = filled.mean(axis=0)
        # Rounding leaves a constant a spread of some 1e-17, which would be blown up to 1.
        spread = np.where(np.ptp(filled, axis=0) > 0, filled.std(axis=0), 0.0)
        self._scale = np.where(spread > 0, spread, 1.0)
        self._levels = [list(dict.fromkeys(_level_keys(frame[n]))) for n in self.level_names]

    @property
    def level_counts(self) -> list[int]:
        """Number of levels per categorical or boolean column."""
        return [len(levels) for levels in self._levels]

    def numbers(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return standardised number and date columns, shape (n, d_numbers), without NaN."""
        raw = to_floats(frame[self.number_names])
        filled = np.where(np.isnan(raw), self._median, raw)
        return np.asarray((filled - self._centre) / self._scale, dtype=np.float64)

    def codes(self, frame: pd.DataFrame) -> NDArray[np.intp]:
        """Return the level codes, shape (n, d_levels); −1 for a level never seen."""
        columns = []
        for name, levels in zip(self.level_names, self._levels, strict=True):
            position = {level: code for code, level in enumerate(levels)}
            columns.append([position.get(key, -1) for key in _level_keys(frame[name])])
        return np.array(columns, dtype=np.intp).reshape(len(columns), len(frame)).T

    def corners(self, codes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the one-hot form of level codes, scaled so that two levels are 1 apart."""
        blocks = [
            (codes[:, [j]] == np.arange(count)) * _CORNER
            for j, count in enumerate(self.level_counts)
        ]
        return np.hstack([np.empty((len(codes), 0)), *blocks])

    def transform(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return numbers and corners side by side, shape (n, d_numbers + Σ levels)."""
        return np.hstack([self.numbers(frame), self.corners(self.codes(frame))])

    def inverse(self, points: NDArray[np.float64]) -> pd.DataFrame:
        """Return rows in original units: numbers rescaled, each level the nearest corner."""
        width = len(self.number_names)
        numbers, rest = points[:, :width], points[:, width:]
        ends: Any = np.cumsum(self.level_counts)[:-1] if self._levels else []
        blocks = np.split(rest, ends, axis=1) if self._levels else []
        codes = [block.argmax(axis=1) for block in blocks]
        stacked = np.array(codes, dtype=np.intp).reshape(len(codes), len(points)).T
        return self.assemble(numbers, stacked)

    def assemble(self, numbers: NDArray[np.float64], codes: NDArray[np.intp]) -> pd.DataFrame:
        """Return rows in original units and dtypes from standardised numbers and level codes."""
        raw = numbers * self._scale + self._centre
        columns: dict[str, pd.Series[Any]] = {}
        for j, name in enumerate(self.number_names):
            columns[name] = from_floats(raw[:, j], self._like[name])
        for j, name in enumerate(self.level_names):
            values = np.empty(len(self._levels[j]), dtype=object)
            values[:] = [value for _, value in self._levels[j]]
            drawn = pd.Series(values[codes[:, j]], dtype=object)
            columns[name] = drawn.astype(self._like[name].dtype)
        return pd.DataFrame({name: columns[name] for name in self._order})


def _level_keys(column: "pd.Series[Any]") -> list[tuple[str, Any]]:
    """Levels as hashable keys; every missing value is the same key, True and 1 are not."""
    missing = column.isna().to_numpy()
    values = column.astype(object).tolist()
    return [
        ("missing", None) if gone else (type(value).__name__, value)
        for gone, value in zip(missing, values, strict=True)
    ]
