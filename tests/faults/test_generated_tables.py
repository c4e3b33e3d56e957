"""Generated text tables through what `smrt init`, `balance` and `drift` read them with."""

import math
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from campaign import Campaign
from written import KINDS, MISSING, Written, damaged, table

from components import validate
from components.drift.batch import read_batch
from components.intake.one_file import balanced, typed
from components.intake.project import write_table_of
from components.intake.schema_file import schema_text
from components.intake.understanding import open_table, understand
from components.project.params import load_params
from components.project.workspace import Workspace
from components.table.schema import load_schema
from smrt_lightning.errors import SmrtError

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]
ROOT = Path(__file__).parents[2]


def right_classes(found: dict[str, int], written: Written) -> None:
    wanted = Counter(written.columns["the class"])
    assert Counter(found) == wanted, (found, wanted)


def test_tables(campaign: Campaign) -> None:
    """What is read is what was written: names, rows, classes, every plain number."""

    def case(draw: random.Random, place: Path) -> None:
        written = table(draw)
        path = place / draw.choice(["t.csv", "t", "t.txt", "t.csv.gz"])
        path.write_bytes(written.content)
        frame, layout = open_table(path, "the class")
        found = understand(path, frame, layout, "the class")
        assert list(found.columns) == written.names
        assert found.n_rows == len(written.columns["the class"])
        right_classes(dict(found.classes), written)
        values = typed(found)
        for name in written.numeric:
            for cell, value in zip(written.columns[name], values[name], strict=True):
                if cell not in MISSING:
                    assert float(cell) == float(value), (name, cell, value)
        (place / "schema.yaml").write_text(schema_text(found), encoding="utf-8")
        load_schema(place / "schema.yaml")

    campaign.run(case, 2000)


def test_damaged_tables(campaign: Campaign) -> None:
    """What was damaged is read or refused, and a row is never made up."""

    def case(draw: random.Random, place: Path) -> None:
        written = table(draw)
        path = place / draw.choice(["t.csv", "t", "t.xlsx", "t.parquet", "t.csv.bz2"])
        content = written.content if draw.random() < 0.2 else written.plain
        path.write_bytes(damaged(content, draw))
        frame, layout = open_table(path, "the class")
        found = understand(path, frame, layout, "the class")
        assert sum(found.classes.values()) <= found.n_rows == len(frame)
        typed(found)

    campaign.run(case, 2000)


def test_validated_tables(campaign: Campaign) -> None:
    """Every row is valid or in quarantine, and a valid number is the one that was written."""
    base = load_params(ROOT)

    def case(draw: random.Random, place: Path) -> None:
        written = table(draw, tuple(kind for kind in KINDS if kind != "mixed"))
        path = place / "t.csv"
        path.write_bytes(written.content)
        frame, layout = open_table(path, "the class")
        found = understand(path, frame, layout, "the class")
        (place / "schema.yaml").write_text(schema_text(found), encoding="utf-8")
        write_table_of(place / "table.csv", found)
        if broken := draw.random() < 0.3:
            content = (place / "table.csv").read_bytes()
            (place / "table.csv").write_bytes(damaged(content, draw))
        data = base.data.model_copy(
            update={
                "path": "table.csv",
                "target": "the class",
                "ignore": list(found.ignored),
                "format": found.format,
            }
        )
        workspace = Workspace(place)
        validate.run(workspace, base.model_copy(update={"data": data}))
        valid, bad = pd.read_parquet(workspace.validated), pd.read_parquet(workspace.quarantine)
        if broken:
            return
        assert (len(valid), len(bad)) == (len(frame), 0)
        assert valid["the class"].tolist() == written.columns["the class"]
        for name in written.numeric & set(valid.columns):
            for cell, value in zip(written.columns[name], valid[name], strict=True):
                assert math.isnan(value) if cell in MISSING else float(cell) == value, name

    campaign.run(case, 1000)


def test_balanced_tables(campaign: Campaign) -> None:
    """Real rows first and unchanged; as many of each class; finite, and within the column."""

    def case(draw: random.Random, place: Path) -> None:
        kinds = tuple(kind for kind in KINDS if kind not in ("mixed", "huge whole"))
        written = table(draw, kinds, most_rows=25)
        path = place / "t.csv"
        path.write_bytes(written.content)
        frame, layout = open_table(path, "the class")
        found = understand(path, frame, layout, "the class")
        result = balanced(found, 1.0, draw.randrange(99))
        labels = written.columns["the class"]
        rows = result.frame
        assert rows["the class"].tolist()[: len(labels)] == labels
        assert rows["smrt_synthetic"].tolist() == [i >= len(labels) for i in range(len(rows))]
        most = max(Counter(labels).values())
        assert Counter(rows["the class"]) == dict.fromkeys(set(labels), most)
        for name in written.numeric & set(rows.columns):
            cells = [None if c in MISSING else c for c in written.columns[name]]
            real = [float(cell) for cell in cells if cell is not None]
            values = [float(value) for value in rows[name]]
            for cell, value in zip(cells, values[: len(cells)], strict=True):
                assert math.isnan(value) if cell is None else value == float(cell)
            drawn = values[len(cells) :]
            assert None in cells or not np.isnan(drawn).any(), name
            present = [value for value in drawn if not math.isnan(value)]
            assert np.isfinite(present).all(), name
            if real and present:
                assert min(real) <= min(present), name
                assert max(present) <= max(real), name

    campaign.run(case, 150)


def test_batches(campaign: Campaign) -> None:
    """A batch of the table's own rows passes; a damaged one is sorted or refused."""
    data = load_params(ROOT).data.model_copy(update={"target": "the class", "ignore": []})

    def case(draw: random.Random, place: Path) -> None:
        written = table(draw, ("number", "money", "level", "date", "bool", "few"))
        path = place / "batch.csv"
        path.write_bytes(written.content)
        try:
            frame, layout = open_table(path, "the class")
            found = understand(path, frame, layout, "the class")
            (place / "schema.yaml").write_text(schema_text(found), encoding="utf-8")
            schema = load_schema(place / "schema.yaml")
        except SmrtError:
            return  # a table of one class, for instance: test_tables looks at those
        reference = typed(found).drop(columns=list(found.ignored))
        own = data.model_copy(update={"format": found.format, "ignore": list(found.ignored)})
        intact = draw.random() < 0.4
        if not intact:
            path.write_bytes(damaged(written.plain, draw))
        batch = read_batch(path, schema, reference, own)
        assert len(batch.valid) + len(batch.rejected) == batch.rows
        if intact:
            assert batch.rows == len(frame), (batch.rows, len(frame))
            assert not batch.breaks, batch.breaks
            assert batch.rejected.empty, batch.reasons

    campaign.run(case, 1000)
