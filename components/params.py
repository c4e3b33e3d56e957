"""params.yaml as one typed, checked object: the only source of parameters.

Every key stands in the file: DVC compares the file, not these classes, so a default hidden here
could change without any stage noticing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from components.errors import ParameterError, nearest, shorten

Fraction = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DataParams(_Section):
    """Which table, which column is the class, and how many bad rows are too many."""

    path: str
    target: Annotated[str, Field(min_length=1)]
    max_invalid_fraction: Annotated[float, Field(ge=0, lt=1)]

    @field_validator("path")
    @classmethod
    def _inside_data(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if len(parts) < 2 or parts[0] != "data" or ".." in parts:
            raise ValueError("must lie in data/, the folder that data.dvc tracks")
        return path


class SplitParams(_Section):
    """How the rows are split into training and test parts."""

    repeats: Annotated[int, Field(ge=2, le=100)]
    test_size: Fraction
    group: str | None
    time: str | None


class VaeParams(_Section):
    """Constructor parameters of VariationalAutoEncoder."""


class SmrtParams(_Section):
    """Constructor parameters of SMRT."""


class EvaluateParams(_Section):
    """Which arms and classifiers are compared, and by what."""

    arms: Annotated[list[str], Field(min_length=1)]
    classifiers: Annotated[list[str], Field(min_length=1)]
    primary_metric: str


class ReportParams(_Section):
    """What the page shows."""

    image_shape: Annotated[list[Count], Field(min_length=2, max_length=2)] | None


class Params(_Section):
    """All parameters, one section for each stage or estimator."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    data: DataParams
    split: SplitParams
    vae: VaeParams
    smrt: SmrtParams
    evaluate: EvaluateParams
    report: ReportParams


def load_params(root: Path) -> Params:
    """Read and check ``params.yaml``.

    Parameters
    ----------
    root : Path
        The folder that holds params.yaml.

    Raises
    ------
    ParameterError
        One line that names every unknown, missing or ill-typed key, with the nearest valid
        spelling of the unknown ones.
    """
    path = root / "params.yaml"
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        text = json.dumps(content)
    except FileNotFoundError:
        raise ParameterError(
            f"there is no params.yaml in {root}: run from the project's root"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise ParameterError(
            f"params.yaml is not valid YAML: {' '.join(str(error).split())[:200]}"
        ) from error
    try:
        # Through JSON, where pydantic's strict mode takes a list for a tuple but no "5" for a 5.
        return Params.model_validate_json(text)
    except ValidationError as error:
        faults = [_describe(fault) for fault in error.errors(include_url=False)]
        unique = list(dict.fromkeys(faults))
        raise ParameterError(f"params.yaml: {'; '.join(unique)}") from None


def _describe(fault: Any) -> str:
    location = [part for part in fault["loc"] if not _is_union_branch(part)]
    key = ".".join(str(part) for part in location)
    if fault["type"] == "extra_forbidden":
        parent = location[:-1]
        siblings = [".".join([*map(str, parent), name]) for name in _keys(parent)]
        hint = nearest(key, siblings) or f"; allowed here: {', '.join(siblings)}"
        return f"{key} is not a parameter{hint}"
    if fault["type"] == "missing":
        return f"{key} is missing; add it"
    message = str(fault["msg"]).removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    return f"{key or 'the file'}: {message}, got {shorten(fault['input'], 40)}"


def _keys(location: list[Any]) -> list[str]:
    model: type[BaseModel] = Params
    for part in location:
        model = model.model_fields[str(part)].annotation  # type: ignore[assignment]
    return list(model.model_fields)


def _is_union_branch(part: Any) -> bool:
    """Tell pydantic's names for the branches of a union from the keys of the file."""
    return isinstance(part, str) and re.fullmatch(r"\w+\[.*\]|int|float|str|bool", part) is not None


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, with two of YAML 1.1's traps mended: ``1e-3`` and repeated keys."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    pairs = loader.construct_pairs(node, deep=True)
    result: dict[Any, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ParameterError(f"params.yaml gives {shorten(key)} twice; keep one")
        result[key] = value
    return result


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
