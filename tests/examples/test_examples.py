"""The examples run on small settings, as scripts and as notebooks of one source."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = [
    "mnist/mnist.py",
    "smote_tutorial/smote_tutorial.py",
    "pipeline/pipeline.py",
    "deploy/deploy.py",
    "scaling/on_dask.py",
]
SHIPPED = SCRIPTS[1:3]
"""MNIST takes a quarter of an hour; the others print times and the names of runs."""


def run(script: str, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / script), *arguments],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "SMRT_MNIST"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def code_of(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_is_a_notebook_too(script: str, tmp_path: Path) -> None:
    copy = tmp_path / Path(script).name
    copy.write_text((EXAMPLES / script).read_text(encoding="utf-8"), encoding="utf-8")
    run("to_notebook.py", tmp_path, "--empty", str(copy))
    notebook = json.loads(copy.with_suffix(".ipynb").read_text(encoding="utf-8"))
    code = code_of(copy.with_suffix(".ipynb"))
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(copy.read_text()))
    first = "".join(notebook["cells"][0]["source"])
    assert first.startswith("# ")  # the heading, out of its comment
    assert all(cell["outputs"] == [] for cell in notebook["cells"] if cell["cell_type"] == "code")


@pytest.mark.parametrize("script", SHIPPED)
def test_a_shipped_notebook_is_its_script_executed(script: str) -> None:
    path = (EXAMPLES / script).with_suffix(".ipynb")
    text = path.read_text(encoding="utf-8")
    assert len(text) < 1_500_000
    assert ast.dump(ast.parse(code_of(path))) == ast.dump(
        ast.parse((EXAMPLES / script).read_text())
    )
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data"}
    assert {output.get("name", "stdout") for output in outputs} == {"stdout"}, "warnings"
    printed = "".join("".join(output.get("text", "")) for output in outputs)
    assert not re.search(r"/(home|root|tmp|work|usr)/|site-packages|Traceback", printed)


def test_a_notebook_keeps_what_was_printed_and_drawn(tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    script.write_text(
        "# %% [markdown]\n# # A line\n\n# %%\nimport matplotlib.pyplot as plt\n\n"
        "figure, ax = plt.subplots()\nax.plot([1, 2])\nprint('drawn')\n"
    )
    run("to_notebook.py", tmp_path, "one.py")
    first = script.with_suffix(".ipynb").read_bytes()
    (cell,) = [c for c in json.loads(first)["cells"] if c["cell_type"] == "code"]
    kinds = [output["output_type"] for output in cell["outputs"]]
    assert kinds == ["stream", "display_data"]
    assert "image/png" in cell["outputs"][1]["data"]
    run("to_notebook.py", tmp_path, "one.py")
    assert script.with_suffix(".ipynb").read_bytes() == first


@pytest.mark.slow
def test_mnist_compares_both_splits(tmp_path: Path) -> None:
    output = run("mnist/mnist.py", tmp_path, "--small")
    assert "original split" in output
    assert "leak-free split" in output
    pictures = {path.name for path in (tmp_path / "pictures").glob("*.png")}
    assert pictures >= {"autoencoder.png", "smote_and_smrt.png", "ratios_leak-free.png"}
    scores = pd.read_csv(tmp_path / "pictures" / "scores_original.csv")
    assert set(scores["method"]) == {"no resampling", "SMRT", "SMOTE", "SMOTE, away"}
    half = pd.read_csv(tmp_path / "pictures" / "at_one_half.csv", index_col=0)
    assert half.loc["SMRT", "precision"] >= half.loc["class weights", "precision"]
    assert scores["F1"].between(0, 1).all()


@pytest.mark.slow
def test_smote_builds_bridges_between_islands_and_smrt_does_not(tmp_path: Path) -> None:
    output = run("smote_tutorial/smote_tutorial.py", tmp_path, "--small")
    lines = [line for line in output.splitlines() if "off the islands" in line]
    bridges = {line.split(":")[0].strip(): int(line.split("%")[0].split()[-1]) for line in lines}
    assert bridges["SMOTE"] > 15
    assert bridges["SMRT"] < 5
    scores = pd.read_csv(tmp_path / "pictures" / "islands.csv", index_col=0)
    assert scores.loc["SMRT", "accuracy"] > scores.loc["SMOTE", "accuracy"]
    unbalanced = pd.read_csv(tmp_path / "pictures" / "unbalanced_test.csv", index_col=0)
    assert unbalanced["Brier"].idxmin() == "nothing"


@pytest.mark.slow
def test_a_deployment_sees_drift(tmp_path: Path) -> None:
    output = run("deploy/deploy.py", tmp_path, "--small")
    assert "may: exit code 0" in output
    assert "june: exit code 3" in output
    assert (tmp_path / "customers" / "published.json").is_file()


@pytest.mark.slow
def test_a_grid_search_may_leave_the_data_alone(tmp_path: Path) -> None:
    output = run("pipeline/pipeline.py", tmp_path, "--small")
    assert "passthrough" in output
    assert "best:" in output
