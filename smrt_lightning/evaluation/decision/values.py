"""One metric of a comparison as matrices of splits × classifiers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Values:
    """A metric's values per method as a matrix of splits × classifiers."""

    def __init__(self, headline: pd.DataFrame, metric: str) -> None:
        rows = headline[headline["metric"] == metric]
        self.metric = metric
        self.splits = list(dict.fromkeys(rows["split"]))
        self.classifiers = list(dict.fromkeys(rows["classifier"]))
        wide = rows.pivot(index="split", columns=["method", "classifier"], values="value")
        wide = wide.loc[self.splits]
        # A classifier without probabilities has no recalibrated form: NaN there.
        self._tables = {
            str(method): wide[method].reindex(columns=self.classifiers).to_numpy(dtype=np.float64)
            for method in dict.fromkeys(rows["method"])
        }

    @property
    def methods(self) -> list[str]:
        """Names of the methods that have values."""
        return list(self._tables)

    def by_split(self, method: str, classifiers: Sequence[str]) -> NDArray[np.float64]:
        """Return a method's scores, averaged over classifiers within each split; NaN: undefined."""
        return _row_means(self._tables[method][:, self._places(classifiers)])

    def gaps(self, method: str, other: str, classifiers: Sequence[str]) -> NDArray[np.float64]:
        """Return method minus other, averaged over the classifiers that have both, by split."""
        places = self._places(classifiers)
        return _row_means((self._tables[method] - self._tables[other])[:, places])

    def _places(self, classifiers: Sequence[str]) -> list[int]:
        return [self.classifiers.index(name) for name in classifiers]


def _row_means(table: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def level_of(scores: NDArray[np.float64]) -> float | None:
    """Return the mean of the scores that are defined, or None."""
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else None
