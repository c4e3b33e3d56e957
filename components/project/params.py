"""params.yaml as one typed, checked object: the only source of parameters.

Every key stands in the file, but those of the section ``vae``, which may be left out: DVC compares
the file, not these classes, so a default hidden here could change without any stage noticing.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from components.project.errors import nearest, shorten
from components.project.yaml_files import YAMLError, read_yaml, reason_of
from smrt_lightning.errors import ParameterError
from smrt_lightning.model.parameters import Count, Draw, VariationalParameters

MACHINE_INDEPENDENT = "machine-independent"

Fraction = Annotated[float, Field(gt=0, lt=1)]
Ratio = Annotated[float, Field(gt=0, le=1)]
Spec = str | dict[str, Any]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FormatParams(_Section):
    """The way files of a table are written; a file in the canonical form is read as well.

    ``columns`` gives the style of those columns whose cells are not in the canonical form: see
    :mod:`components.table.styles`. ``labels`` says which spellings of a label mean another.
    """

    encoding: Annotated[str, Field(min_length=1)]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)]
    header: bool
    columns: dict[str, str]
    labels: dict[str, str]

    @field_validator("columns")
    @classmethod
    def _known_styles(cls, columns: dict[str, str]) -> dict[str, str]:
        from components.table.styles import check_style

        for style in columns.values():
            check_style(style)
        return columns


class DataParams(_Section):
    """The table, its class column, columns to leave out, how many bad rows are too many."""

    path: str
    target: Annotated[str, Field(min_length=1)]
    ignore: list[str]
    format: FormatParams | None
    max_invalid_fraction: Annotated[float, Field(ge=0, lt=1)]
    max_invalid_class_fraction: Annotated[float, Field(ge=0, le=1)]

    @field_validator("path")
    @classmethod
    def _inside_data(cls, path: str) -> str:
        parts = _printable(path).parts
        if len(parts) < 2 or parts[0] != "data" or ".." in parts:
            raise ValueError("must lie in data/, the folder that data.dvc tracks")
        return path

    @field_validator("ignore")
    @classmethod
    def _not_the_target(cls, ignore: list[str], info: ValidationInfo) -> list[str]:
        if info.data.get("target") in ignore:
            raise ValueError("must not name the target")
        return ignore


class SplitParams(_Section):
    """The splits of the rows into training and test parts."""

    repeats: Literal["auto"] | Annotated[int, Field(ge=2, le=100)]
    test_size: Fraction
    group: str | None
    time: str | None


class VaeParams(_Section, VariationalParameters):
    """Constructor parameters of VariationalAutoEncoder; one left out has the constructor's default.

    DVC sees a changed default too, since the stages depend on the library's code.
    """


class SmrtParams(_Section):
    """Constructor parameters of SMRT; its generator is that of ``vae`` unless one is named."""

    estimator: Spec | None = None
    sampling_strategy: str | float | dict[str, Count]
    draw: Literal["auto", "mixed"] | Draw
    acceptance: Annotated[float, Field(ge=1)]
    coverage: Annotated[float, Field(ge=0, le=1)]
    k_neighbors: Count
    min_rows: Annotated[int, Field(ge=2)]

    @field_validator("draw")
    @classmethod
    def _draw_of_the_generator(cls, draw: str, info: ValidationInfo) -> str:
        if info.data.get("estimator") is not None and draw not in ("auto", "interpolation"):
            raise ValueError("must be auto, or interpolation, where smrt.estimator is set")
        return draw


class EvaluateParams(_Section):
    """The methods and classifiers that are compared, and the scores."""

    methods: Annotated[list[Spec], Field(min_length=1)]
    classifiers: Annotated[list[Spec], Field(min_length=1)]
    primary_metric: str
    smallest_difference: Literal["auto"] | Annotated[float, Field(ge=0)]
    alpha: Fraction
    precision_level: Fraction
    costs: dict[str, Annotated[float, Field(gt=0)]] | None
    capacity: Count | None
    tune: bool
    recalibrate: bool
    ratio: Ratio
    ratios: list[Ratio]
    sweep_splits: Count
    gate: Literal["strict", "warn"]
    limits: dict[str, float] | None


class ReportParams(_Section):
    """The contents of the page."""

    image_shape: Annotated[list[Count], Field(min_length=2, max_length=2)] | None


class DriftParams(_Section):
    """The bounds within which a batch of new rows looks like the table."""

    incoming: str
    alpha: Fraction
    smallest_shift: Annotated[float, Field(ge=0)]
    smallest_error_shift: Annotated[float, Field(ge=0, le=1)]
    max_drifted_columns: Annotated[float, Field(ge=0, le=1)]
    min_rows: Count
    min_class_rows: Count

    @field_validator("incoming")
    @classmethod
    def _inside_the_project(cls, path: str) -> str:
        parts = _printable(path).parts
        if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
            raise ValueError("must be a folder inside the project")
        if parts[0] in ("data", "artifacts", ".smrt", ".dvc", ".git"):
            raise ValueError("must not lie in a folder that the pipeline or git keeps")
        return path


class Params(_Section):
    """All parameters, one section for each stage or estimator."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    reproducible: Literal["machine-independent", "fast"]
    data: DataParams
    split: SplitParams
    vae: VaeParams
    smrt: SmrtParams
    evaluate: EvaluateParams
    report: ReportParams
    drift: DriftParams


def _printable(path: str) -> PurePosixPath:
    if not path.isprintable():
        raise ValueError("must hold no characters that cannot be seen")
    return PurePosixPath(path)


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
        text = json.dumps(read_yaml(path))
    except FileNotFoundError:
        raise ParameterError(
            f"there is no params.yaml in {root}: run from the project's root"
        ) from None
    except (YAMLError, TypeError, ValueError) as error:
        raise ParameterError(f"params.yaml cannot be read: {reason_of(error)}") from error
    try:
        # Through JSON, where pydantic's strict mode takes a list for a tuple but no "5" for a 5.
        return Params.model_validate_json(text)
    except ValidationError as error:
        raise ParameterError(
            f"params.yaml: {'; '.join(_describe(error, json.loads(text)))}"
        ) from None


def _describe(error: ValidationError, content: Any) -> list[str]:
    """Say what is wrong with each key, once, however many types pydantic tried on it."""
    misplaced: list[str] = []
    expected: dict[str, tuple[list[str], Any]] = {}
    for fault in error.errors(include_url=False):
        location = _keys_only(fault["loc"], content)
        if fault["type"] == "missing":
            location.append(fault["loc"][-1])
        key = ".".join(map(str, location)) or "the file"
        if fault["type"] == "extra_forbidden":
            siblings = [".".join([*map(str, location[:-1]), name]) for name in _names(location)]
            hint = nearest(key, siblings) or f"; allowed here: {', '.join(siblings)}"
            misplaced.append(f"{key} is not a parameter{hint}")
        elif fault["type"] == "missing":
            misplaced.append(f"{key} is missing; add it")
        else:
            message = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input ")
            wanted, _ = expected.setdefault(key, ([], fault["input"]))
            wanted.append(message.removeprefix("should be ") if wanted else message)
    return misplaced + [
        f"{key} {' or '.join(dict.fromkeys(wanted))}, got {shorten(seen, 40)}"
        for key, (wanted, seen) in expected.items()
    ]


def _keys_only(location: tuple[int | str, ...], content: Any) -> list[int | str]:
    """Drop from pydantic's location the names of the types that it tried."""
    kept: list[int | str] = []
    for part in location:
        if part in content if isinstance(content, dict) else isinstance(part, int):
            content = content[part]
            kept.append(part)
    return kept


def _names(location: list[int | str]) -> list[str]:
    """Return the valid names beside a key."""
    model: type[BaseModel] = Params
    for part in location[:-1]:
        model = model.model_fields[str(part)].annotation  # type: ignore[assignment]
    return list(model.model_fields)
