"""A look into the released model of a class: counts, archetypal rows, latent spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from components.project.errors import listing, nearest, shorten
from components.project.params import Params
from components.project.workspace import Workspace, read_index
from components.table.rows import RELEASE, load_table
from components.table.schema import RESERVED_PREFIX, ROW_COLUMN
from smrt_lightning.errors import NotFoundError

ERROR_COLUMN = f"{RESERVED_PREFIX}error"


@dataclass(frozen=True)
class Explanation:
    """The explanation of a class's synthetic rows.

    Attributes
    ----------
    label : str
        The class.
    counts : dict
        What the sampler reports of it: rows, candidates, synthetic rows, draw, reason.
    most, least : DataFrame
        The best and the worst reconstructed real rows, ``smrt_row`` (position in
        validated.parquet) and ``smrt_error`` (nats) before the table's columns; empty where the
        class has no model.
    latent : DataFrame
        See :func:`smrt_lightning.model.explanation.latent_spread`.
    cost : float or None
        Mean cost of a row in the last epoch, in nats.
    """

    label: str
    counts: dict[str, Any]
    most: pd.DataFrame
    least: pd.DataFrame
    latent: pd.DataFrame
    cost: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything, for a machine to read."""
        import json

        def records(frame: pd.DataFrame) -> Any:
            return json.loads(frame.to_json(orient="records", date_format="iso"))

        return {
            **self.counts,
            "cost": self.cost,
            "most_archetypal": records(self.most),
            "least_archetypal": records(self.least),
            "latent": records(self.latent),
        }


def explain(workspace: Workspace, params: Params, label: str, n: int = 5) -> Explanation:
    """Look into the model of one class that was trained on all rows.

    Raises
    ------
    MissingFileError
        If nothing was generated yet.
    NotFoundError
        If the class has no synthetic rows.
    """
    from smrt_lightning.model.explanation import archetypal, latent_spread
    from smrt_lightning.model.variational import VariationalAutoEncoder

    entries = {
        entry["label"]: entry for entry in read_index(workspace.synthetic, "classes")[RELEASE]
    }
    if label not in entries:
        hint = nearest(label, entries) or f"; these were: {listing(entries, 20)}"
        raise NotFoundError(f"no rows were drawn for a class {shorten(label)}{hint}")
    entry = entries[label]
    nothing = pd.DataFrame()
    if entry["method"] != "vae":
        directory = workspace.models / RELEASE / entry["class_dir"]
        if not directory.is_dir():
            jobs = read_index(workspace.models, "models")
            job = next(j for j in jobs if j["split"] == RELEASE and j["label"] == label)
            said = {**entry, "reason": entry["reason"] or job["reason"]}
            return Explanation(label, said, nothing, nothing, nothing, None)
    model = VariationalAutoEncoder.load(workspace.models / RELEASE / entry["class_dir"])
    table = load_table(workspace, params)
    own = table.X[(table.y == label).to_numpy()]

    def rows(errors: pd.Series[float]) -> pd.DataFrame:
        chosen = own.iloc[errors.index]
        costs = pd.Series(errors.to_numpy().round(3), name=ERROR_COLUMN)
        places = pd.Series(chosen.index, name=ROW_COLUMN)
        return pd.concat([places, costs, chosen.reset_index(drop=True)], axis=1)

    most, least = archetypal(model, own.reset_index(drop=True), n)
    cost = float(model.epoch_costs_[-1]) if model.epoch_costs_ else None
    return Explanation(label, entry, rows(most), rows(least), latent_spread(model), cost)
