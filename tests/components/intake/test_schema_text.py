"""The schema.yaml that a project starts with: what it binds, and what it tells of the table."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from components.intake import project
from components.intake.schema_file import schema_text
from components.intake.understanding import open_table, understand
from components.table.schema import constraints_of, load_schema
from smrt_lightning.table.constraints import FixedCombinations, Inequality


def test_sample_bounds_bind_nobody(started: Path) -> None:
    schema = yaml.safe_load((started / "schema.yaml").read_text())
    checked = {name for name, rules in schema["columns"].items() if rules.get("checks")}
    assert checked == {"Ergebnis"}


def test_what_holds_between_columns_is_written_for_review(tmp_path: Path) -> None:
    draw = np.random.default_rng(0).integers
    arrive, stay, town = draw(1, 20, 300), draw(0, 9, 300), draw(0, 6, 300)
    path = tmp_path / "stays.csv"
    pd.DataFrame(
        {
            "arrive": [f"2024-03-{day:02d}" for day in arrive],
            "leave": [f"2024-03-{day:02d}" for day in arrive + stay],
            "town": [f"town {number}" for number in town],
            "land": [f"land {number // 2}" for number in town],
            "ended": ["bad", *["good"] * 4] * 60,
        }
    ).to_csv(path, index=False)
    frame, layout = open_table(path)
    text = schema_text(understand(path, frame, layout, "ended"))
    (tmp_path / "schema.yaml").write_text(text, encoding="utf-8")
    found = constraints_of(load_schema(tmp_path / "schema.yaml"))
    assert found == [FixedCombinations(("town", "land")), Inequality("arrive", "leave")]
    assert "# arrive ≤ leave" in text
    assert "town 1, land" not in text  # the cells themselves stay out of git


def test_no_cell_but_the_labels_goes_into_git_unless_asked(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "people.csv"
    pd.DataFrame(
        {
            "salary": 60_000 + 7 * rng.integers(0, 999, 60),
            "born": [f"1971-0{1 + i % 9}-1{i % 7}" for i in range(60)],
            "town": rng.choice(["Hintertupfing", "Vordertupfing"], 60),
            "key": [f"secret-{i}" for i in range(60)],
            "firm": "as ever: always Muster AG",
            "paid": [*(f"{i}.25" for i in range(54)), *(f"Frau Weber {i}" for i in range(6))],
            "left": ["yes", "no", "no"] * 20,
        }
    ).to_csv(path, index=False)
    frame, layout = open_table(path)
    found = understand(path, frame, layout, "left")
    cells = ["60", "1971", "tupfing", "secret-", "Muster AG", "Weber"]
    texts = []
    for remark_values in (False, True):
        root = tmp_path / str(remark_values)
        root.mkdir()
        project.start(root, found, project.plan(root, found), remark_values=remark_values)
        texts.append((root / "schema.yaml").read_text(encoding="utf-8"))
    plain, told = texts
    body = plain.partition("columns:")[2].replace("60 different", "")
    assert [cell for cell in cells if cell in body] == []
    assert {"60", "1971", "tupfing", "Muster AG", "Weber"} <= {
        cell for cell in cells if cell in told
    }
    assert yaml.safe_load(plain) == yaml.safe_load(told)
