"""Two versions side by side: what went in, what came out, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.project.workspace import Workspace, digest, read_json
from components.project.yaml_files import read_yaml

METRICS = ("f1_tuned", "recall_tuned", "precision_tuned", "roc_auc", "brier")
"""Compared besides the metric that decides."""


def compare_runs(one: Workspace, other: Workspace, names: tuple[str, str]) -> dict[str, Any]:
    """Lay two versions side by side.

    Parameters
    ----------
    one, other : Workspace
        Each with the artifacts of evaluate, and with params.yaml.
    names : (str, str)

    Returns
    -------
    dict
        ``names``; ``facts``: list of (what, of the one, of the other); ``sentences``: the two
        decisions; ``paired``: whether both were scored on the same splits of the same table, so
        that differences are paired; ``metrics``: list of (metric, title, higher is better, rows) of
        which a row is (method, value, value, difference or None, low, high); ``params``: list of
        (key, value, value) that differ; ``classes``: list of (label, rows, rows, synthetic rows,
        synthetic rows).

    Raises
    ------
    MissingFileError, DamagedFileError
        A file of a version is not there or not whole.
    """
    from smrt_lightning.evaluation.decision.wording import method_title

    sides = [_Side(workspace) for workspace in (one, other)]
    same_table = sides[0].validated == sides[1].validated
    same_splits = same_table and sides[0].splits == sides[1].splits
    paired = same_splits and sides[0].headline == sides[1].headline
    primary = [side.comparison["settings"]["primary_metric"] for side in sides]
    return {
        "names": list(names),
        "sentences": [side.decision["sentence"] for side in sides],
        "same_table": same_table,
        "paired": paired,
        "facts": _facts(sides, method_title),
        "metrics": _metrics(sides, list(dict.fromkeys([*primary, *METRICS])), paired),
        "titles": {m: method_title(m) for side in sides for m in side.comparison["methods"]},
        "classes": _classes(sides),
        "params": _changed(*(_flat(side.params) for side in sides)),
    }


class _Side:
    """The results of one version, as far as they are compared."""

    def __init__(self, workspace: Workspace) -> None:
        self.decision = read_json(workspace.decision)
        self.comparison = read_json(workspace.comparison)
        self.validation = read_json(workspace.validation)
        self.params = read_yaml(workspace.root / "params.yaml")
        self.validated = digest(workspace.validated)
        self.splits = digest(workspace.splits)
        scores = pd.read_csv(workspace.scores, dtype={"class": "str"}, keep_default_na=False)
        scores["value"] = pd.to_numeric(scores["value"])
        self.headline = self.comparison["headline"]
        scope = "macro" if self.headline == "macro" else "class"
        own = scores[(scores["scope"] == scope) & (scores["class"] == self.headline)]
        means = own.groupby(["metric", "method", "split"], sort=False)["value"].mean()
        self.values: dict[Any, pd.Series[Any]] = {
            key: values.droplevel(["metric", "method"])
            for key, values in means.groupby(["metric", "method"], sort=False)
        }

    def of_splits(self, metric: str, method: str) -> pd.Series[Any]:
        """Return the value of each split, averaged over the classifiers."""
        return self.values.get((metric, method), pd.Series(dtype=np.float64))

    @property
    def synthetic(self) -> dict[str, int]:
        """Rows that SMRT made of each class for the first split."""
        return {
            label: found["synthetic"]
            for label, found in self.comparison["fidelity"].get("smrt", {}).items()
        }

    @property
    def coverage(self) -> float | None:
        """The least that a sub-group of any class keeps of its share."""
        found = self.comparison["fidelity"].get("smrt", {}).values()
        known = [entry["coverage"] for entry in found if entry["coverage"] is not None]
        return min(known) if known else None


def _facts(sides: list[_Side], title: Any) -> list[tuple[str, str, str]]:
    def row(what: str, value: Any) -> tuple[str, str, str]:
        return what, str(value(sides[0])), str(value(sides[1]))

    return [
        row("verdict", lambda s: s.decision["verdict"]),
        row("method to use", lambda s: title(s.decision["adopted_method"])),
        row("rows", lambda s: f"{s.validation['valid_rows']:,}"),
        row("in quarantine", lambda s: f"{s.validation['quarantined_rows']:,}"),
        row("splits", lambda s: s.decision["splits"]),
        row("table", lambda s: s.validation["table_sha256"][:12]),
        row(
            "least share of a sub-group kept by SMRT",
            lambda s: "–" if s.coverage is None else f"{s.coverage:.2f}",
        ),
    ]


def _metrics(sides: list[_Side], wanted: list[str], paired: bool) -> list[dict[str, Any]]:
    from smrt_lightning.evaluation.decision.statistics import paired_difference
    from smrt_lightning.evaluation.scores.metrics import METRICS as KNOWN

    methods = list(dict.fromkeys(m for side in sides for m in side.comparison["methods"]))
    share = sides[0].comparison["settings"].get("test_share")
    found = []
    for metric in wanted:
        rows = []
        for method in methods:
            values = [side.of_splits(metric, method).dropna() for side in sides]
            if not any(len(some) for some in values):
                continue
            means = [float(some.mean()) if len(some) else None for some in values]
            row: dict[str, Any] = {"method": method, "values": means}
            row |= {"difference": None, "low": None, "high": None}
            if None not in means:
                row["difference"] = means[1] - means[0]  # type: ignore[operator]
            if paired and share and len(values[0]) == len(values[1]) > 1:
                both = pd.concat(values, axis=1, join="inner").to_numpy()
                gap = paired_difference(both[:, 1], both[:, 0], test_share=share)
                row |= {"low": gap.low, "high": gap.high}
            rows.append(row)
        if rows:
            known = KNOWN[metric]
            entry = {"metric": metric, "title": known.title, "rows": rows}
            found.append(entry | {"higher_is_better": known.higher_is_better})
    return found


def _classes(sides: list[_Side]) -> list[dict[str, Any]]:
    counts = [side.validation["classes"] for side in sides]
    labels = sorted({*counts[0], *counts[1]}, key=lambda c: (-max(n.get(c, 0) for n in counts), c))
    made = [side.synthetic for side in sides]
    return [
        {
            "label": label,
            "rows": [n.get(label, 0) for n in counts],
            "synthetic": [n.get(label, 0) for n in made],
        }
        for label in labels
    ]


def _flat(values: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(values, Mapping) and values:
        return {
            key: text
            for name, value in values.items()
            for key, text in _flat(value, f"{prefix}.{name}" if prefix else str(name)).items()
        }
    return {prefix: "null" if values is None else str(values)}


def _changed(one: dict[str, str], other: dict[str, str]) -> list[tuple[str, str, str]]:
    return [
        (key, one.get(key, "–"), other.get(key, "–"))
        for key in dict.fromkeys([*one, *other])
        if one.get(key) != other.get(key)
    ]


def page_path(root: Path, names: tuple[str, str]) -> Path:
    """Return where the page of a comparison is kept."""
    import re

    plain = [re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "run" for name in names]
    return root / ".smrt" / "compare" / f"{plain[0]}--{plain[1]}.html"
