"""The demo table: real digits, long-tailed, the same bytes everywhere."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml
from component_projects import ROOT

from components.table import demo


def test_sizes_fall_geometrically_from_the_largest_class() -> None:
    counts = demo.demo_table()["target"].value_counts()
    assert len(counts) == 10
    assert counts.iloc[0] == 183  # all rows of the largest class in scikit-learn's set
    assert counts.iloc[-1] == demo.SMALLEST_CLASS
    ratios = counts.to_numpy()[1:] / counts.to_numpy()[:-1]
    assert ratios.max() - ratios.min() < 0.03


def test_rows_are_the_digits_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    table = demo.demo_table()
    digits = load_digits(return_X_y=True)
    images = {tuple(row): str(label) for row, label in zip(*digits, strict=True)}
    pixels = table.drop(columns="target").astype(float).to_numpy()
    assert [images[tuple(row)] for row in pixels] == table["target"].tolist()
    assert list(table.columns[:9]) == [f"pixel_0_{c}" for c in range(8)] + ["pixel_1_0"]


def test_bytes_are_those_of_data_dvc_in_another_process(tmp_path: Path) -> None:
    command = "from components.table.demo import main; main()"
    subprocess.run(
        [sys.executable, "-W", "error", "-c", command],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"},
        check=True,
    )
    written = (tmp_path / demo.TABLE).read_bytes()
    assert b"\r" not in written
    # DVC names a directory by the MD5 of this listing of its files.
    md5 = hashlib.md5(written, usedforsecurity=False).hexdigest()
    listing = json.dumps([{"md5": md5, "relpath": demo.TABLE.name}])
    name = hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest() + ".dir"
    assert yaml.safe_load((ROOT / "data.dvc").read_text())["outs"][0]["md5"] == name


def test_an_existing_table_is_left_alone(tmp_path: Path) -> None:
    assert demo.ensure(tmp_path)
    (tmp_path / demo.TABLE).write_text("mine")
    assert not demo.ensure(tmp_path)
    assert (tmp_path / demo.TABLE).read_text() == "mine"


def test_labels_are_text_when_read_back(tmp_path: Path) -> None:
    labels = pd.read_csv(demo.build(tmp_path), dtype=str)["target"]
    assert set(labels) == set("0123456789")
