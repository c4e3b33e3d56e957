"""A report on a table whose labels, levels and column names are all hostile."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from projects import ROOT, SHORT

from components.pipeline import STAGES, run_stage
from components.project.params import load_params
from components.project.workspace import Workspace

HOSTILE = (
    "<script>alert(1)</script>",
    "../../x",
    "\u05e9\u05dc\u05d5\u05dd \u202eabc",
    "n" * 300,
    "\"quotes' & <img src=x onerror=alert(1)>",
    "{{7*7}}",
)


def hostile_report(root: Path) -> Path:
    """Run all stages in a new folder, and return the page."""
    (root / "data").mkdir(parents=True)
    rng = np.random.default_rng(0)
    sizes = {"common": 40, **dict.fromkeys(HOSTILE, 12)}
    y = np.repeat(list(sizes), list(sizes.values()))
    place = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    table = pd.DataFrame({name: rng.normal(place, 1.0).round(4) for name in HOSTILE})
    table["level"] = rng.choice(HOSTILE, len(y))
    table["target"] = y
    table.to_csv(root / "data" / "table.csv", index=False)
    kinds = {**dict.fromkeys(HOSTILE, "float64"), "level": "str", "target": "str"}
    columns = {name: {"dtype": kind, "nullable": False} for name, kind in kinds.items()}
    columns["{{7*7}}"]["checks"] = {"less_than": {"max_value": 8.0}}  # type: ignore[assignment]
    schema = {"schema_type": "dataframe", "columns": columns}
    (root / "schema.yaml").write_text(yaml.safe_dump(schema), encoding="utf-8")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, changes in SHORT.items():
        params[section].update(changes)
    params["data"]["max_invalid_fraction"] = 0.5
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    for stage in STAGES:
        run_stage(stage, Workspace(root), load_params(root))
    return Workspace(root).report
