"""When a difference counts, and differences between methods from a table of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.evaluation.metrics import METRICS
from smrt_lightning.evaluation.statistics import Difference, paired_difference


@dataclass(frozen=True)
class Rule:
    """What a decision is made with.

    Attributes
    ----------
    metric : str
        A name of ``METRICS``.
    smallest_difference : float
        The smallest gain worth caring about, in units of the metric.
    alpha : float
        Level of the tests; intervals cover 1 − alpha.
    test_share : float
        n_test / n_train of the splits.
    """

    metric: str
    smallest_difference: float
    alpha: float
    test_share: float

    @property
    def sign(self) -> float:
        """+1 when a higher value is better, −1 when a lower one is."""
        return 1.0 if METRICS[self.metric].higher_is_better else -1.0

    def gain(self, difference: Difference) -> float:
        """Return the mean gain: positive is better; −∞ when undefined."""
        return -np.inf if difference.mean is None else self.sign * difference.mean

    def best_case(self, difference: Difference) -> float:
        """Return the interval's end on the better side; +∞ when there is no interval."""
        end = difference.high if self.sign > 0 else difference.low
        return np.inf if end is None else self.sign * end

    def shown(self, difference: Difference) -> bool:
        """Whether the gain is worth caring about and its adjusted p-value is below alpha."""
        p = difference.p_holm
        return (
            p is not None and p < self.alpha and self.gain(difference) >= self.smallest_difference
        )

    def shown_worse(self, difference: Difference) -> bool:
        """Whether a loss, of any size, is shown."""
        p = difference.p_holm
        return p is not None and p < self.alpha and self.gain(difference) < 0


class Values:
    """A metric's values per method as a matrix of splits × classifiers."""

    def __init__(self, headline: pd.DataFrame, metric: str) -> None:
        rows = headline[headline["metric"] == metric]
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

    def difference(
        self, method: str, other: str, rule: Rule, classifiers: Sequence[str]
    ) -> Difference:
        """Compare two methods, averaging over the given classifiers within each split."""
        columns = [self.classifiers.index(name) for name in classifiers]
        gap = (self._tables[method] - self._tables[other])[:, columns]
        means = _row_means(gap)
        zeros = np.zeros(len(means))
        return paired_difference(means, zeros, test_share=rule.test_share, alpha=rule.alpha)


def _row_means(table: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
