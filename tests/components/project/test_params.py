"""params.yaml: every mistake is named, with the key and the nearest valid spelling."""

import inspect
from pathlib import Path

import pytest
import yaml
from component_projects import ROOT, Project

from components.project.params import EvaluateParams, SmrtParams, VaeParams, load_params
from components.table.classes import estimator
from smrt_lightning.errors import ParameterError
from smrt_lightning.model.variational import VariationalAutoEncoder

NOT_PARAMETERS = {
    *("self", "random_state", "logger", "callbacks", "network", "verbose", "display_step"),
}
"""What a run sets itself, or no file can hold."""


def message_of(project: Project) -> str:
    with pytest.raises(ParameterError) as caught:
        load_params(project.root)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_the_shipped_file_is_valid() -> None:
    params = load_params(ROOT)
    assert params.data.target == "target"
    with pytest.raises(ValueError, match="frozen"):
        params.seed = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("split", "repeatz", 5, "split.repeatz is not a parameter (did you mean 'split.repeats'?)"),
        ("vae", "zzz", 1, "vae.zzz is not a parameter; allowed here: vae.learning_function"),
        (
            "split",
            "repeats",
            "five",
            "split.repeats should be 'auto' or a valid integer, got 'five'",
        ),
        ("split", "repeats", "5", "split.repeats should be 'auto' or a valid integer, got '5'"),
        ("split", "repeats", True, "split.repeats should be 'auto' or a valid integer, got True"),
        (
            "split",
            "repeats",
            1,
            "split.repeats should be 'auto' or greater than or equal to 2, got 1",
        ),
        ("split", "test_size", 1.0, "split.test_size should be less than 1, got 1.0"),
        ("vae", "n_hidden", "wide", "vae.n_hidden should be 'auto' or a valid integer or"),
        ("vae", "n_hidden", [8, 0], "vae.n_hidden.1 should be greater than or equal to 1, got 0"),
        ("vae", "learning_rate", float("inf"), "vae.learning_rate should be a finite number"),
        ("vae", "column_kinds", {"a": "odd"}, "vae.column_kinds.a should be 'numeric', 'cont"),
        ("smrt", "draw", "anchord", "smrt.draw should be 'auto'"),
        ("report", "image_shape", [8], "report.image_shape"),
        ("data", "path", "../table.csv", "data.path must lie in data/"),
        ("data", "path", "/etc/passwd", "data.path must lie in data/"),
        ("evaluate", "methods", [], "evaluate.methods"),
    ],
)
def test_a_mistake_is_named(
    project: Project, section: str, key: str, value: object, expected: str
) -> None:
    project.set_params(section, **{key: value})
    assert expected in message_of(project)


def test_all_mistakes_at_once(project: Project) -> None:
    project.set_params("split", repeats="x", grup=None)
    project.set_params("smrt", acceptance=0)
    text = message_of(project)
    for part in ("split.repeats", "'split.group'", "smrt.acceptance"):
        assert part in text


def test_every_other_key_must_stand_in_the_file(project: Project) -> None:
    params = yaml.safe_load((project.root / "params.yaml").read_text())
    del params["seed"], params["smrt"]["acceptance"]
    project.write_yaml("params.yaml", params)
    text = message_of(project)
    assert "seed is missing" in text
    assert "smrt.acceptance is missing" in text


def test_what_is_left_out_of_vae_has_the_constructors_default(project: Project) -> None:
    params = yaml.safe_load((project.root / "params.yaml").read_text())
    params["vae"] = {"draw": "free"}
    project.write_yaml("params.yaml", params)
    model = estimator(load_params(project.root)).get_params()  # type: ignore[union-attr]
    assert model == VariationalAutoEncoder(draw="free").get_params()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file should be an object"),
        ("[1, 2]", "the file should be an object"),
        ("a: [1,", "cannot be read"),
        (
            "seed: 0\nseed: 1\n",
            'found duplicate key "seed" with value "1" (original value: "0"), line 2',
        ),
        ("seed: 2020-01-01", "cannot be read"),
        ("!!python/object/apply:os.getcwd []", "cannot be read"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_file_that_is_no_mapping(project: Project, text: str, expected: str) -> None:
    (project.root / "params.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert expected in message_of(project)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"no params\.yaml in .*run from the project's root"):
        load_params(tmp_path)


def test_a_float_may_be_written_with_an_exponent_only(project: Project) -> None:
    path = project.root / "params.yaml"
    path.write_text(path.read_text().replace("learning_rate: 0.003", "learning_rate: 3e-3"))
    assert load_params(project.root).vae.learning_rate == 0.003


def test_sections_mirror_the_constructors() -> None:
    from smrt_lightning.evaluation.compare import compare
    from smrt_lightning.sampling.sampler import SMRT

    vae = set(inspect.signature(VariationalAutoEncoder).parameters)
    assert set(VaeParams.model_fields) == vae - NOT_PARAMETERS
    smrt = set(inspect.signature(SMRT).parameters)
    assert set(SmrtParams.model_fields) == smrt - NOT_PARAMETERS - {
        "prefit_estimators",
        "constraints",  # of schema.yaml
        "column_kinds",  # of the section vae
        "categorical_features",
        "n_jobs",  # the pipeline's fits run in stacks
    }
    compared = set(EvaluateParams.model_fields) - {"gate"}  # the stage's own
    assert compared <= set(inspect.signature(compare).parameters)


def test_options_are_those_of_the_constructors(project: Project) -> None:
    from smrt_lightning.sampling.sampler import SMRT

    for section, kind in (("vae", VariationalAutoEncoder), ("smrt", SMRT)):
        for name, constraints in kind._parameter_constraints.items():
            if name in NOT_PARAMETERS:
                continue
            for option in sorted(getattr(constraints[-1], "options", ())):
                project.set_params(section, **{name: option})
                assert getattr(getattr(load_params(project.root), section), name) == option


def test_the_shipped_defaults_are_the_librarys() -> None:
    from smrt_lightning.sampling.sampler import SMRT

    params = load_params(ROOT)
    for section, kind in ((params.vae, VariationalAutoEncoder), (params.smrt, SMRT)):
        signature = inspect.signature(kind).parameters
        for name, value in section.model_dump().items():
            if (kind, name) == (SMRT, "draw"):
                continue  # the demo's own, to stay short; smrt init writes the default
            assert value == signature[name].default, name
