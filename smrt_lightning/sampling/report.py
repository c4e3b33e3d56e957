"""The report of a sampler: its work for each class."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from smrt_lightning.sampling.coverage import Coverage


@dataclass(frozen=True)
class ClassReport:
    """The origin of the synthetic rows of one class.

    Attributes
    ----------
    label : Any
        The class.
    n_rows, n_candidates, n_synthetic : int
        Real rows, rows drawn, rows kept.
    draw : {"mixed", "free", "anchored", "prior", "interpolation", "repetition", "generator"}
        How the rows were drawn; the last three without the autoencoder.
    reason : str or None
        Why it was not the usual draw, if it was not.
    scores : dict of str to float
        What each candidate recipe scored inside the training data: the mean of average precision
        and F1 over the folds; empty where nothing was chosen.
    n_copies : int
        Kept rows that equal a real row of the class in every column.
    closest_distance : float or None
        Median distance of a kept row to the closest real row of the class, in units of the
        same median among the real rows themselves; None when it cannot be measured.
    coverage : Coverage
        What the synthetic rows keep of each sub-group of the class.
    notes : list of str
        Columns that are not modelled value by value, and the rule that they follow.
    seconds : float
        Wall time of fit and draw; differs from run to run.
    loss_history : list of float
        Mean cost of a row in each pass of the training, in nats.
    """

    label: Any
    n_rows: int
    n_candidates: int
    n_synthetic: int
    draw: str
    reason: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    n_copies: int = 0
    closest_distance: float | None = None
    coverage: Coverage = field(default_factory=lambda: Coverage(None, None), repr=False)
    notes: list[str] = field(default_factory=list, repr=False)
    seconds: float = field(default=0.0, repr=False)
    loss_history: list[float] = field(default_factory=list, repr=False)

    @property
    def method(self) -> str:
        """The source of the rows: "vae", "generator", "smote" (between neighbours) or "random"."""
        names = {"interpolation": "smote", "repetition": "random", "generator": "generator"}
        return names.get(self.draw, "vae")

    def to_dict(self) -> dict[str, Any]:
        """Return everything that is the same in every run: all but the seconds."""
        values = {**asdict(self), "method": self.method, "coverage": self.coverage.to_dict()}
        del values["seconds"]
        return values
