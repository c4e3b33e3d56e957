"""A parameter of the autoencoders is added in one place."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from sklearn.base import clone

from components.project.params import _Section
from smrt_lightning import AutoEncoder, VariationalAutoEncoder
from smrt_lightning.model.parameters import VariationalParameters, _constraints, from_parameters
from smrt_lightning.model.training.loop import Schedule


@dataclass(kw_only=True, eq=False, repr=False)
class Sharper(VariationalParameters):
    """One parameter more, as its only declaration.

    Parameters
    ----------
    sharpness : float
        By how much a row is sharpened.
    """

    sharpness: Annotated[float, Ge(0), Lt(2)] = 0.5


@from_parameters
@dataclass(eq=False, repr=False)
class SharperAutoEncoder(Sharper, VariationalAutoEncoder):
    """A sharper autoencoder.

    Parameters
    ----------
    {parameters}
    """


class SharperSection(_Section, Sharper):
    """A section of params.yaml."""


def test_all_else_follows_from_a_declaration(tmp_path: Path) -> None:
    model = SharperAutoEncoder(8, 2, sharpness=1.5, max_steps=1, min_steps=1, random_state=0)
    assert clone(model).get_params()["sharpness"] == 1.5
    assert "sharpness=1.5" in repr(model)
    assert "sharpness : float\n    By how much" in str(SharperAutoEncoder.__doc__)
    rows = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(ValueError, match=r"'sharpness' parameter .* range \[0\.0, 2\.0\)"):
        SharperAutoEncoder(sharpness=2.0).fit(rows)
    with pytest.raises(TypeError, match="takes no 'sharpnes'; did you mean sharpness"):
        SharperAutoEncoder(sharpnes=1.0)
    model.fit(rows).save(tmp_path)
    assert json.loads((tmp_path / "model.json").read_text())["parameters"]["sharpness"] == 1.5
    assert SharperAutoEncoder.load(tmp_path).sharpness == 1.5
    section = SharperSection.model_validate_json("{}")
    assert section.model_dump()["sharpness"] == 0.5  # which the fingerprint of a fit is made of
    with pytest.raises(ValidationError, match="less than 2"):
        SharperSection.model_validate_json('{"sharpness": 2.0}')


@pytest.mark.parametrize("kind", [AutoEncoder, VariationalAutoEncoder])
def test_every_parameter_is_documented(kind: type) -> None:
    entries = [line.split(" : ")[0] for line in str(kind.__doc__).splitlines() if " : " in line]
    assert set(kind()._parameter_constraints) <= {name for e in entries for name in e.split(", ")}
    assert "{parameters}" not in str(kind.__doc__)


def test_the_schedule_has_what_the_training_takes_as_it_is() -> None:
    model = AutoEncoder(min_change=0.25, learning_function="sgd", batch_size=7, n_epochs=3)
    schedule = model._schedule(14)
    assert (schedule.min_change, schedule.learning_function) == (0.25, "sgd")
    assert schedule.n_steps == 6
    assert {schedule, model._schedule(14)} == {schedule}
    assert isinstance(schedule, Schedule)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        ((Gt(0), Le(1)), [0.1, 1.0], [0.0, 1.1]),
        ((Ge(0), Le(1)), [0.0, 1.0], [-0.1, 1.1]),
        ((Ge(0), Lt(1)), [0.0, 0.9], [1.0]),
        ((Lt(0),), [-0.1], [0.0]),
    ],
)
def test_bounds_are_scikit_learns(
    bounds: tuple[object, ...], inside: list[float], outside: list[float]
) -> None:
    (interval,) = _constraints(Annotated[(float, *bounds)])  # type: ignore[misc]
    assert all(interval.is_satisfied_by(value) for value in inside)
    assert not any(interval.is_satisfied_by(value) for value in outside)
