"""What all pieces of a comparison share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.fidelity import Limits
from smrt_lightning.evaluation.splits import Split
from smrt_lightning.seeds import derive_seed
from smrt_lightning.table.columns import Column
from smrt_lightning.table.reading import Labels


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

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.labels.values)


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
