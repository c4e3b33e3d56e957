"""Write models as safetensors and JSON, and read them back without running anything.

A model directory holds ``weights.safetensors`` (network, coded rows, quantile knots) and
``model.json`` (everything else, and the SHA-256 of both). A file that is missing, truncated,
edited, of another version or of another program is refused, each with its own error.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from smrt_lightning.errors import DamagedFileError, MissingFileError, UnsupportedValueError
from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.columns import NumericColumn
from smrt_lightning.model.plan import plan_from_json, plan_to_json
from smrt_lightning.seeds import label_key
from smrt_lightning.table.constraints import Constraint, from_dict
from smrt_lightning.table.constraints.change import Change
from smrt_lightning.table.containers import Container
from smrt_lightning.table.values import (
    dtype_from_json,
    dtype_to_json,
    value_from_json,
    value_to_json,
)

if TYPE_CHECKING:
    from smrt_lightning.model.variational import VariationalAutoEncoder
    from smrt_lightning.sampling.sampler import SMRT

MODEL_FORMAT = "smrt-lightning model"
SAMPLER_FORMAT = "smrt-lightning sampler"
FORMAT_VERSION = 3
_TRIED = 20
_WRONG = (LookupError, TypeError, ValueError, RuntimeError)
_WEIGHTS = "weights.safetensors"
_UNSAVED = {
    "logger",
    "callbacks",
    "network",
    "column_kinds",
    "categorical_features",
    "random_state",
    "estimator",
    "prefit_estimators",
}


def class_directory(label: Any) -> str:
    """Return a directory name for any label: a readable part and a digest of the exact label.

    >>> class_directory("../../etc/passwd")
    'etc-passwd-4b3c3c8b'
    """
    key = label_key(label)
    readable = re.sub(r"[^a-z0-9]+", "-", str(label).lower()).strip("-")[:32] or "label"
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def save_model(model: VariationalAutoEncoder, directory: Path) -> None:
    """Write a fitted model, whose network is not the user's, into a directory; make it."""
    if model.network is not None:
        raise UnsupportedValueError(
            "a model with a network of your own cannot be saved: no file could say how to build "
            "it. Keep network_.state_dict(), or leave network out."
        )
    tensors = {f"network.{k}": v.numpy() for k, v in model.network_.state_dict().items()}
    tensors["rows"] = model.rows_
    plans = []
    codec = model.codec_
    for number, plan in enumerate([*codec.plans, *codec.originals]):
        if isinstance(plan.codec, NumericColumn):
            for name, array in plan.codec.arrays().items():
                tensors[f"{name}.{number}"] = np.ascontiguousarray(array)
        plans.append(plan_to_json(plan))
    weights = save_tensors(tensors)
    content = {
        "format": MODEL_FORMAT,
        "version": FORMAT_VERSION,
        "parameters": _parameters(model),
        "column_kinds": [[value_to_json(k), v] for k, v in model.codec_.column_kinds.items()],
        "columns": plans[: len(codec.plans)],
        "originals": plans[len(codec.plans) :],
        "table": [[value_to_json(name), dtype_to_json(d)] for name, d in codec.dtypes.items()],
        "constraints": [one.to_dict() for one in codec.change.constraints],
        "sizes": list(model.sizes_),
        "seed": model.seed_,
        "container": model._container.to_json(),
        "epoch_costs": model.epoch_costs_,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _WEIGHTS).write_bytes(weights)
    _write_json(directory / "model.json", content)


def load_model(cls: type[Any], directory: Path) -> Any:
    """Read a model that :func:`save_model` wrote.

    Raises
    ------
    MissingFileError, DamagedFileError
        When the files are not what :func:`save_model` wrote; nothing of them is used then.
    """
    content = _read_json(directory / "model.json", MODEL_FORMAT)
    path = directory / _WEIGHTS
    if not path.is_file():
        raise _missing(path)
    raw = path.read_bytes()
    try:
        tensors = load_tensors(raw)
    except SafetensorError as error:
        raise _truncated(path) from error
    if hashlib.sha256(raw).hexdigest() != content.get("weights_sha256"):
        raise _edited(path)
    try:
        return _rebuild(cls, content, tensors)
    except (*_WRONG, ArithmeticError, AttributeError, AssertionError, MemoryError) as error:
        raise _foreign(directory, MODEL_FORMAT) from error


def _rebuild(cls: type[Any], content: dict[str, Any], tensors: dict[str, Any]) -> Any:
    """Make the estimator that the files describe."""
    if not all(np.isfinite(array).all() for array in tensors.values()):
        raise ValueError("weights, rows and knots are finite")
    model = cls(**content["parameters"])
    kinds = {value_from_json(k): v for k, v in content["column_kinds"]}
    model.set_params(column_kinds=kinds or None, random_state=content["seed"])
    model.seed_ = content["seed"]
    model.sizes_ = tuple(content["sizes"])
    model.epoch_costs_ = content["epoch_costs"]
    model._container = Container.from_json(content["container"])
    stored = [*content["columns"], *content["originals"]]
    plans = [plan_from_json(plan, n, tensors) for n, plan in enumerate(stored)]
    n_plans = len(content["columns"])
    dtypes = {value_from_json(name): dtype_from_json(dtype) for name, dtype in content["table"]}
    change = Change([from_dict(one) for one in content["constraints"]])
    model.codec_ = TableCodec(kinds, model.max_levels).restore(
        plans[:n_plans], change, dtypes, plans[n_plans:]
    )
    model.rows_ = tensors["rows"]
    if model.rows_.shape != (len(model.rows_), model.codec_.layout.width) or not len(model.rows_):
        raise ValueError("the rows are those of another table")
    model.n_features_in_ = len(dtypes)
    if model._container.kind == "frame" and all(isinstance(name, str) for name in dtypes):
        model.feature_names_in_ = np.array(list(dtypes), dtype=object)
    prefix = "network."
    weights = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    known = {width for array in weights.values() for width in array.shape}
    if not {*model.sizes_, model._n_latent()} <= known:  # before a network of that size is made
        raise ValueError("the sizes are those of other weights")
    if any(array.dtype != np.float32 for array in (model.rows_, *weights.values())):
        raise ValueError("weights and rows are float32")
    model.put_weights(weights)
    _try(model)
    return model


def _try(model: Any) -> None:
    """Draw some rows, as whoever asked for the model will."""
    model._check_params()
    anchors = np.arange(min(len(model.rows_), _TRIED))
    drawn = model.draw_frame(anchors, 0)
    never_missing = [
        plan.name
        for plan in model.codec_.plans
        if isinstance(plan.codec, NumericColumn) and not plan.missing and plan.follows is None
    ]
    lost = any(drawn[name].isna().any() for name in never_missing if name in model.codec_.dtypes)
    if lost or len(drawn) != len(anchors):
        raise ValueError("a model draws as many rows as it is asked for, and no missing numbers")
    model._container.rows(drawn)


def save_sampler(sampler: SMRT, directory: Path) -> None:
    """Write the models of a fitted sampler, one directory per class."""
    classes = []
    for label, model in sampler.models_.items():
        if model is None:
            continue
        if not hasattr(model, "codec_"):
            raise UnsupportedValueError(
                f"the model of class {str(label)!r} is a {type(model).__name__}; SMRT.save writes "
                "VariationalAutoEncoders and nothing else. Save the objects in models_ in their "
                "own way, and give them back as prefit_estimators."
            )
        name = class_directory(label)
        save_model(model, directory / name)
        classes.append({"label": value_to_json(label), "directory": name})
    content = {
        "format": SAMPLER_FORMAT,
        "version": FORMAT_VERSION,
        "parameters": _parameters(sampler),
        "seed": sampler.seed_,
        "container": sampler._container.to_json(),
        "classes": classes,
    }
    directory.mkdir(parents=True, exist_ok=True)
    _write_json(directory / "sampler.json", content)


def load_sampler(cls: type[Any], model: type[VariationalAutoEncoder], directory: Path) -> Any:
    """Read a sampler that :func:`save_sampler` wrote; its models are ready to generate."""
    content = _read_json(directory / "sampler.json", SAMPLER_FORMAT)
    models = {}
    for entry in content["classes"]:
        label = value_from_json(entry["label"])
        models[label] = model.load(directory / class_directory(label))
    sampler = cls(**content["parameters"], random_state=content["seed"])
    sampler.seed_ = content["seed"]
    sampler.models_ = models
    sampler._container = Container.from_json(content["container"])
    sampler.set_params(prefit_estimators=models)
    return sampler


def _parameters(estimator: Any) -> dict[str, Any]:
    """Return the constructor parameters that are plain values."""
    kept = {}
    for name, value in estimator.get_params(deep=False).items():
        if name in _UNSAVED or callable(value):
            continue
        if isinstance(value, np.generic):
            value = value.item()
        if name == "constraints" and isinstance(value, list | tuple):
            value = [one.to_dict() if isinstance(one, Constraint) else dict(one) for one in value]
        kept[name] = list(value) if isinstance(value, tuple | np.ndarray) else value
    if not isinstance(kept.get("sampling_strategy", ""), str | float | int):
        del kept["sampling_strategy"]  # a dict belongs to the table it was written for
    return kept


def _write_json(path: Path, content: dict[str, Any]) -> None:
    signed = {**content, "sha256": _digest(content)}
    path.write_text(json.dumps(signed, sort_keys=True, indent=1, allow_nan=False) + "\n", "utf-8")


def _read_json(path: Path, kind: str) -> dict[str, Any]:
    if not path.is_file():
        raise _missing(path)
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _truncated(path) from error
    if not isinstance(content, dict) or content.get("format") != kind:
        raise _foreign(path, kind)
    if content.get("version") != FORMAT_VERSION:
        raise DamagedFileError(
            f"{path} has format version {content.get('version')!r}, this release reads version "
            f"{FORMAT_VERSION}. Refit the model, or use the release that wrote it."
        )
    if content.pop("sha256", None) != _digest(content):
        raise _edited(path)
    return content


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _missing(path: object) -> MissingFileError:
    return MissingFileError(f"there is no file {path}; save a fitted model there first.")


def _truncated(path: object) -> DamagedFileError:
    return DamagedFileError(f"{path} is truncated or damaged; copy or save the model again.")


def _edited(path: object) -> DamagedFileError:
    return DamagedFileError(
        f"{path} was changed after it was saved (its SHA-256 differs from the one on record); "
        "nothing of it is used. Save the model again."
    )


def _foreign(path: object, kind: str) -> DamagedFileError:
    return DamagedFileError(f"{path} is not a {kind} file; was it written by another program?")
