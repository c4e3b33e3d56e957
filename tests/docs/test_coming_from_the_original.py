"""The page for those who come from the original: its tables hold every parameter, and are true.

The signatures are those of the original's last versions.
"""

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smrt_lightning import AutoEncoder, VariationalAutoEncoder, smote_balance, smrt_balance
from smrt_lightning.errors import ParameterError

PAGE = Path(__file__).parents[2] / "docs" / "coming-from-the-original.md"

TRAINING = {
    "activation_function": "sigmoid",
    "learning_rate": 0.05,
    "n_epochs": 20,
    "batch_size": 128,
    "min_change": 1e-3,
    "verbose": 0,
    "display_step": 5,
    "learning_function": "rms_prop",
    "early_stopping": False,
    "bias_strategy": "zeros",
    "random_state": None,
    "layer_type": "xavier",
    "dropout": 1.0,
    "l2_penalty": 0.0001,
    "gclip_min": -5.0,
    "gclip_max": 5.0,
    "clip": True,
}
ORIGINALS: dict[str, tuple[Any, dict[str, Any]]] = {
    "AutoEncoder": (AutoEncoder, {"n_hidden": ..., **TRAINING}),
    "VariationalAutoEncoder": (
        VariationalAutoEncoder,
        {"n_hidden": ..., "n_latent_factors": ..., **TRAINING, "eps": 1e-10},
    ),
    "smrt_balance": (
        smrt_balance,
        {
            "X": ...,
            "y": ...,
            "n_hidden": ...,
            "n_latent_factors": ...,
            "return_estimators": False,
            "balance_ratio": 0.2,
            **TRAINING,
            "random_state": 42,
            "eps": 1e-10,
            "shuffle": True,
            "prefit_estimators": None,
            "gen_from_samples": False,
            "generate_args": {},
        },
    ),
    "smote_balance": (
        smote_balance,
        {
            "X": ...,
            "y": ...,
            "return_estimators": False,
            "balance_ratio": 0.2,
            "strategy": "perturb",
            "n_neighbors": 5,
            "algorithm": "kd_tree",
            "leaf_size": 30,
            "p": 2,
            "metric": "minkowski",
            "metric_params": None,
            "n_jobs": 1,
            "random_state": 42,
            "shuffle": True,
        },
    ),
}
ROWS = np.random.default_rng(0).normal(size=(60, 3))
LABELS = np.repeat([0, 1], [40, 20])


def sections() -> dict[str, dict[str, tuple[str, str, str]]]:
    """Return by original the cells of its table: its default, the one here, what became of it."""
    found: dict[str, dict[str, tuple[str, str, str]]] = {}
    for part in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]:
        name = part.splitlines()[0].strip("`")
        rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", part, re.M)
        found[name] = {parameter: cells for parameter, *cells in rows}  # type: ignore[misc]
    return found


def written(value: Any) -> str:
    return "" if value is ... else f"`{value!r}`"


def defaults_here(kind: Any) -> dict[str, Any]:
    """Return the defaults of all names that a function or class takes."""
    found: dict[str, Any] = {}
    if kind is smrt_balance:
        found |= defaults_here(VariationalAutoEncoder)
    if kind is smote_balance:
        from sklearn.neighbors import NearestNeighbors

        found |= defaults_here(NearestNeighbors)
    signature = inspect.signature(kind).parameters.values()
    empty = inspect.Parameter.empty
    return found | {p.name: ... if p.default is empty else p.default for p in signature}


def call(kind: Any, parameters: dict[str, Any]) -> None:
    """Use a parameter for real, in a training of one epoch."""
    if kind is smote_balance:
        smote_balance(ROWS, LABELS, **{"balance_ratio": 1.0, "n_neighbors": 5, **parameters})
        return
    given = {"n_hidden": 4, "n_epochs": 1, "random_state": 0, **parameters}
    if kind is smrt_balance:
        smrt_balance(ROWS, LABELS, **{"balance_ratio": 1.0, **given})
    else:
        kind(**given).fit(ROWS)


@pytest.mark.parametrize("name", ORIGINALS)
def test_every_parameter_is_in_the_table_with_both_defaults(name: str) -> None:
    kind, originals = ORIGINALS[name]
    here = defaults_here(kind)
    table = sections()[name]
    expected = {
        parameter: (written(default), written(here[parameter]) if parameter in here else "refused")
        for parameter, default in originals.items()
    }
    assert {parameter: (old, new) for parameter, (old, new, _) in table.items()} == expected
    assert all(remark for _, _, remark in table.values())


@pytest.mark.parametrize("name", ORIGINALS)
def test_what_the_tables_say_of_a_parameter_is_true(name: str) -> None:
    """The original's own default is taken, or refused where the table says so."""
    kind, originals = ORIGINALS[name]
    for parameter, (_, new, remark) in sections()[name].items():
        value = originals[parameter]
        if new == "refused":
            with pytest.raises(TypeError, match=f"takes no {parameter}: "):
                call(kind, {parameter: value})
        elif "refused" in remark:
            with pytest.raises(ParameterError, match=parameter):
                call(kind, {parameter: value})
        elif value is not ... and parameter not in ("n_neighbors", "n_epochs"):
            call(kind, {parameter: value})
        elif parameter == "n_latent_factors":
            call(kind, {parameter: 2})


def test_methods_and_attributes_that_are_named_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    model = VariationalAutoEncoder(4, n_epochs=1, random_state=0).fit(ROWS)
    names = re.findall(r"`(\w+)\(|`(\w+_)`", text.split("## What is different")[1])
    assert names
    for method, attribute in names:
        assert hasattr(model, method or attribute) or method in ORIGINALS, method or attribute
