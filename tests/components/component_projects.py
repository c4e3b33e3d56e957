"""A project's files, small enough that its stages run in a second or two."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from components.project.params import Params, load_params
from components.project.workspace import Workspace

ROOT = Path(__file__).parents[2]
HOSTILE = ("../../x", "<script>alert(1)</script>", "n" * 300, "NaN", "1.0", " ", "\u202eabc")
SMALL: dict[str, dict[str, Any]] = {
    "split": {"repeats": 2},
    "vae": {"min_steps": 20, "max_steps": 30, "n_epochs": 5},
    "smrt": {"min_rows": 8},
    "evaluate": {
        "methods": ["none", "smote", "smrt"],
        "classifiers": ["logistic_regression", "k_neighbors"],
    },
    "report": {"image_shape": None},
}
SCHEMA: dict[str, Any] = {
    "schema_type": "dataframe",
    "columns": {
        "size": {
            "dtype": "int64",
            "nullable": False,
            "checks": {"greater_than_or_equal_to": {"min_value": 0}},
        },
        "weight": {"dtype": "float64", "nullable": True},
        "colour": {
            "dtype": "category",
            "nullable": False,
            "checks": {"isin": ["red", "green", "<i>blue</i>"]},
        },
        "target": {"dtype": "str", "nullable": False},
    },
    "strict": True,
}


def small_table(sizes: dict[str, int] | None = None, seed: int = 0) -> pd.DataFrame:
    """Make a table of text cells, as a CSV file holds them, with classes of given sizes."""
    rng = np.random.default_rng(seed)
    sizes = sizes or {"common": 40, "rare": 14}
    target = np.repeat(list(sizes), list(sizes.values()))
    place = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    n = len(target)
    weight = rng.normal(place * 2.0, 1.0).round(3).astype(str).astype(object)
    weight[rng.choice(n, 3, replace=False)] = ""
    table = pd.DataFrame(
        {
            "size": rng.integers(0, 50, n).astype(str),
            "weight": weight,
            "colour": rng.choice(["red", "green", "<i>blue</i>"], n),
            "target": target,
        }
    )
    return table.sample(frac=1.0, random_state=seed, ignore_index=True)


def hostile_table() -> pd.DataFrame:
    """Make a table with a large class and several small ones whose labels are hostile."""
    sizes = {"common": 40, **dict.fromkeys(HOSTILE, 13), "tiny": 5}
    return small_table(sizes)


class Project:
    """A folder with params.yaml, schema.yaml and a table."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        for section, changes in SMALL.items():
            params[section].update(changes)
        self.write_yaml("params.yaml", params)
        self.write_yaml("schema.yaml", SCHEMA)
        self.put_table(small_table())

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def params(self) -> Params:
        return load_params(self.root)

    @property
    def table(self) -> Path:
        return self.root / "data" / "table.csv"

    def put_table(self, table: pd.DataFrame) -> None:
        """Write the input table."""
        self.table.parent.mkdir(exist_ok=True)
        table.to_csv(self.table, index=False, lineterminator="\n")

    def set_params(self, section: str, **changes: Any) -> None:
        """Change keys of a section of params.yaml, or a key outside sections."""
        params = yaml.safe_load((self.root / "params.yaml").read_text())
        params[section].update(changes)
        self.write_yaml("params.yaml", params)

    def set_schema(self, column: str, **changes: Any) -> None:
        """Change what schema.yaml says of a column."""
        schema = yaml.safe_load((self.root / "schema.yaml").read_text())
        schema["columns"].setdefault(column, {}).update(changes)
        self.write_yaml("schema.yaml", schema)

    def write_yaml(self, name: str, content: Any) -> None:
        (self.root / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def bytes_of(self, *paths: Path) -> dict[str, bytes]:
        """Return the content of files and of everything below directories."""
        files = [
            file
            for path in paths
            for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
            if file.is_file()
        ]
        return {str(file.relative_to(self.root)): file.read_bytes() for file in files}
