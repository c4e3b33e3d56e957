"""A copy of this project, and the commands that a person would type in it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"tests", "benchmarks", "docs", "examples"}
SHORT = {
    "split": {"repeats": 2, "test_size": 0.3},
    "vae": {"n_epochs": 3, "min_steps": 20, "max_steps": 30},
    "evaluate": {
        "methods": ["none", "class_weight", "smote", "smrt"],
        "classifiers": ["logistic_regression", "k_neighbors"],
    },
    "report": {"image_shape": None},
}
SCHEMA: dict[str, Any] = {
    "schema_type": "dataframe",
    "columns": {
        "alcohol": {"dtype": "float64", "nullable": False},
        "proline": {"dtype": "int64", "nullable": False},
        "hue": {"dtype": "float64", "nullable": True},
        "colour": {"dtype": "str", "nullable": False, "checks": {"isin": ["deep", "light"]}},
        "target": {"dtype": "str", "nullable": False},
    },
    "strict": True,
}


class Project:
    """A copy of the project and the commands that a person would type in it."""

    command = "flows.cli"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.extra: dict[str, str] = {}

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a Python module, with this copy's packages first."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    def smrt(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `smrt`."""
        return self.run(self.command, *arguments, check=check)

    def dvc(self, *arguments: str) -> str:
        """Run `dvc` and return what it printed."""
        return self.run("dvc", *arguments).stdout

    def environment(self) -> dict[str, str]:
        """Return an environment in which `python` is the interpreter of the tests."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "DVC_"))}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**kept, "PATH": path, "PYTHONPATH": str(self.root), "COLUMNS": "120", **self.extra}

    def set_params(self, changes: dict[str, Any]) -> None:
        """Merge changes into params.yaml, section by section."""
        path = self.root / "params.yaml"
        params = yaml.safe_load(path.read_text())
        for key, value in changes.items():
            params[key] = {**params[key], **value} if isinstance(value, dict) else value
        path.write_text(yaml.safe_dump(params, sort_keys=False))

    def put_table(self, table: pd.DataFrame) -> None:
        """Replace the table and tell DVC that the new one is meant."""
        (self.root / "data").mkdir(exist_ok=True)
        table.to_csv(self.root / "data" / "table.csv", index=False)
        self.dvc("add", "--quiet", "data")

    def table(self) -> pd.DataFrame:
        """Read the table as text."""
        return pd.read_csv(self.root / "data" / "table.csv", dtype=str)

    def lock(self) -> bytes:
        """Return dvc.lock."""
        return (self.root / "dvc.lock").read_bytes()

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file under artifacts/, by its path there."""
        folder = self.root / "artifacts"
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != ".gitignore"
        }


def small_table() -> pd.DataFrame:
    """Return 111 wines of three kinds, one of them rare, with columns of several kinds."""
    from sklearn.datasets import load_wine

    wine = load_wine(as_frame=True).frame
    rows = pd.concat([wine[wine.target == k].head(n) for k, n in ((0, 36), (1, 60), (2, 15))])
    table = pd.DataFrame(
        {
            "alcohol": rows["alcohol"],
            "proline": rows["proline"].astype(int),
            "hue": rows["hue"].where(rows["hue"] != rows["hue"].min()),
            "colour": rows["color_intensity"].gt(5).map({True: "deep", False: "light"}),
            "target": rows["target"].map({0: "barolo", 1: "grignolino", 2: "barbera"}),
        }
    )
    return table.reset_index(drop=True)


def copy(project: Project, folder: Path) -> Project:
    """Return a copy of a project, with what has run there so far."""
    return Project(Path(shutil.copytree(project.root, folder / "a project", symlinks=True)))


def make_template(root: Path) -> Project:
    """Return a new copy of the working tree, with a small table and short fits, under git."""
    template = Project(root)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if name.split("/")[0] not in LEFT_OUT and name != "dvc.lock" and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    template.set_params(SHORT)
    (root / "schema.yaml").write_text(yaml.safe_dump(SCHEMA))
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    template.put_table(small_table())
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for step in (["add", "--all"], [*identity, "commit", "--quiet", "--message", "Copy"]):
        subprocess.run(["git", *step], cwd=root, check=True)
    return template


def stages_in(output: str) -> list[str]:
    """Return the stages that an output of `smrt run` says have run."""
    return [line.split()[1] for line in output.splitlines() if line.strip().startswith("✓")]
