"""The guard against chance: classifiers that guess have nothing that resampling could mend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smrt_lightning.evaluation.decision.evidence import Rule
from smrt_lightning.evaluation.decision.statistics import Difference, paired_difference
from smrt_lightning.evaluation.decision.values import Values


@dataclass(frozen=True, eq=False)
class Yardstick:
    """A metric, and what guessing scores in it.

    Attributes
    ----------
    values : Values
    guessing : float
        ROC AUC: 0.5. Average precision: the prevalence.
    """

    values: Values
    guessing: float


@dataclass(frozen=True)
class Chance:
    """No resampling beside guessing, where no method is shown to be better than that.

    Attributes
    ----------
    metric : str
    guessing : float
    above : Difference
        The score of no resampling less that of guessing.
    """

    metric: str
    guessing: float
    above: Difference

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**self.above.to_dict(), "metric": self.metric, "guessing": self.guessing}


def at_guessing(
    yardstick: Yardstick, rule: Rule, classifiers: Sequence[str], methods: Sequence[str]
) -> Chance | None:
    """Return no resampling beside guessing, or None where a method is shown to be above it."""
    found: dict[str, Difference] = {}
    for method in methods:
        if method not in yardstick.values.methods:
            continue
        scores = yardstick.values.by_split(method, classifiers)
        guessed = np.full(len(scores), yardstick.guessing)
        above = paired_difference(scores, guessed, test_share=rule.test_share, alpha=rule.alpha)
        if above.mean is None or above.low is None or above.low > 0:
            return None
        found[method] = above
    none = found.get("none")
    return None if none is None else Chance(yardstick.values.metric, yardstick.guessing, none)


def yardsticks_of(headline: pd.DataFrame, prevalence: float) -> list[Yardstick]:
    """Return the metrics that tell classifiers from guessing, of those that were scored."""
    levels = {"roc_auc": 0.5, "average_precision": prevalence}
    scored = set(headline["metric"])
    return [Yardstick(Values(headline, m), level) for m, level in levels.items() if m in scored]
