"""The setting that all pieces of a comparison share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.fidelity.check import Limits
from smrt_lightning.evaluation.scores.metrics import METRICS, WITH_CAPACITY, WITH_COSTS
from smrt_lightning.evaluation.splits import Split
from smrt_lightning.seeds import derive_seed
from smrt_lightning.table.columns import Column
from smrt_lightning.table.labels import Labels


@dataclass(frozen=True, eq=False)
class Setting:
    """The table and how it is compared; see :func:`smrt_lightning.evaluation.compare.compare`."""

    X: pd.DataFrame
    labels: Labels
    columns: Mapping[str, Column]
    classifiers: Sequence[Classifier]
    ratio: float
    random_state: int
    precision_level: float
    recalibrate: bool
    limits: Limits
    ratios: tuple[float, ...] = ()
    groups: Any = None
    time: Any = None
    costs: NDArray[np.float64] | None = None
    capacity: int | None = None
    tune: bool = True

    def alerts(self, n_tested: int) -> float | None:
        """Return the share of the capacity that falls to so many of the table's rows."""
        return None if self.capacity is None else self.capacity * n_tested / len(self.X)

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics that are computed."""
        without_costs = () if self.costs is not None else WITH_COSTS
        without_capacity = () if self.capacity is not None else WITH_CAPACITY
        untuned = () if self.tune else tuple(n for n in METRICS if METRICS[n].needs == "tuned")
        left_out = (*without_costs, *without_capacity, *untuned)
        return [name for name in METRICS if name not in left_out]

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.labels.values)


def cost_vector(costs: Mapping[str, float], labels: Labels) -> NDArray[np.float64]:
    """Return what a row of each class costs that is taken for another, shape (k,).

    Parameters
    ----------
    costs : mapping
        ``{"miss": …, "false_alarm": …}`` for two classes, about the rarer one; or label → cost.
    labels : Labels

    Raises
    ------
    ParameterError
        When a class has no cost, a name is no class, or a cost is not a positive number.
    """
    names = labels.names
    given = {str(name): cost for name, cost in costs.items()}
    if len(names) == 2 and set(given) == {"miss", "false_alarm"}:
        rare = names[labels.rarest]
        given = {name: given["miss" if name == rare else "false_alarm"] for name in names}
    if set(given) != set(names):
        either = "miss and false_alarm, or " if len(names) == 2 else ""
        raise ParameterError(
            f"costs are given for {sorted(given)}; {either}every class is needed: {list(names)}."
        )
    found = np.array([given[name] for name in names], dtype=np.float64)
    if not (np.isfinite(found) & (found > 0)).all():
        raise ParameterError(f"costs are {given}; each is a number above 0.")
    return found


@dataclass(frozen=True, eq=False)
class Part:
    """The training and the test rows of one split.

    Attributes
    ----------
    name : str
    seed : int
        The same for every method, so that methods differ by their rows alone.
    positions : int array
        Of the training rows in the table.
    X_train, y_train, X_test, y_test
        Frames with a plain index, and class codes.
    """

    name: str
    seed: int
    positions: NDArray[np.intp]
    X_train: pd.DataFrame
    y_train: NDArray[np.intp]
    X_test: pd.DataFrame
    y_test: NDArray[np.intp]

    @classmethod
    def cut(cls, setting: Setting, split: Split, index: int) -> "Part":
        """Cut the rows of a split out of the table."""
        return cls(
            split.name,
            derive_seed(setting.random_state, "part", str(index)),
            split.train,
            setting.X.iloc[split.train].reset_index(drop=True),
            setting.labels.codes[split.train],
            setting.X.iloc[split.test].reset_index(drop=True),
            setting.labels.codes[split.test],
        )


def targets_for(codes: NDArray[np.intp], ratio: float, k: int) -> dict[int, int]:
    """Return the rows wanted per class: ``ratio`` times the largest, and no fewer than there are.

    The largest class itself is left out.
    """
    counts = np.bincount(codes, minlength=k)
    largest = int(counts.argmax())
    wanted = int(np.floor(ratio * counts[largest] + 0.5))
    return {c: max(int(counts[c]), wanted) for c in range(k) if c != largest}
