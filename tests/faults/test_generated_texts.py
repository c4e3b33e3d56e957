"""Generated params.yaml, schema.yaml, dvc.lock and published.json through what reads them."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from campaign import Campaign
from written import damaged

from components.project.params import load_params
from components.table.schema import check_table, load_schema
from components.versions import dvc, publication

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]
ROOT = Path(__file__).parents[2]
VALUES = [
    *("null", "true", "0", "-1", "1:30", "010", "1e400", ".nan", ".inf", "9" * 400, "''", "[]"),
    *("{}", "[[[[1]]]]", "{a: {b: c}}", "x", "'\\0'", '"\\ud800"', "2024-01-01", "!!binary aa"),
    *("&a [*a]", "*b", "- x", "'['", "0x1F", "--force", "../../x", "/etc/passwd", "🙂", "a: b: c"),
]
LIKELY = ["0", "1", "2", "3", "10", "0.1", "0.5", "1.0", "2.5", "1e-3", "true", "false", "null"]


def changed(text: str, draw: random.Random) -> str:
    """Return a text of YAML with the values of some keys changed, half of them likely ones."""
    lines = text.split("\n")
    keyed = [i for i, line in enumerate(lines) if re.match(r"\s*(- )?[^#\s][^#]*:", line)]
    leaves = [i for i in keyed if re.match(r"[^#]*:\s*[^#\s]", lines[i])]
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        at = draw.choice(leaves if draw.random() < 0.9 else keyed)
        key, _, value = lines[at].partition(":")
        other = lines[draw.choice(keyed)].partition(":")
        likely = [*LIKELY, value, other[2], f"[{value.split('#')[0].strip()}]"]
        put = draw.choice(likely if draw.random() < 0.6 else VALUES)
        lines[at] = draw.choice([f"{key}: {put}"] * 8 + ["", f"{key[:-1]}: 1"])
        if draw.random() < 0.05:
            lines.insert(at, f"{other[0].strip()}: {put}")
    return "\n".join(lines)


def put(path: Path, text: str, draw: random.Random) -> None:
    if draw.random() < 0.85:
        path.write_text(changed(text, draw), encoding="utf-8", errors="surrogatepass")
    else:
        path.write_bytes(damaged(text.encode(), draw))


def test_params(campaign: Campaign) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")

    def case(draw: random.Random, place: Path) -> None:
        put(place / "params.yaml", text, draw)
        found = load_params(place)
        (place / "params.yaml").write_text(json.dumps(found.model_dump(mode="json")))
        assert load_params(place) == found  # nothing but plain values came in

    campaign.run(case, 2000)


SCHEMA = """\
schema_type: dataframe
columns:
  size:
    dtype: int64
    nullable: false
    checks:
      greater_than_or_equal_to: 0
  weight:
    dtype: float64
    nullable: true
    checks:
      in_range:
        min_value: -10
        max_value: 10.5
  day:
    dtype: datetime64[ns]
    nullable: true
  colour:
    dtype: category
    nullable: false
    unique: false
    checks:
      isin: [red, green, "<i>blue</i>"]
  code:
    dtype: str
    nullable: true
    checks:
      str_matches: ^[A-Z]
      str_length:
        min_value: 1
        max_value: 9
  target:
    dtype: str
    nullable: false
strict: true
"""
ROWS = pd.DataFrame(
    {
        "size": ["1", "2", None, "x", "-1"],
        "weight": ["1", None, "1e999", "3.5", "12"],
        "day": ["2024-01-01", None, "2024-13-01", "x", "2024-02-29"],
        "colour": ["red", "red", "green", "blue", None],
        "code": ["A", "b", None, "ABC", ""],
        "target": ["a", "b", "a", "b", "a"],
    },
    dtype="str",
)


def test_schemas(campaign: Campaign) -> None:

    def case(draw: random.Random, place: Path) -> None:
        put(place / "schema.yaml", SCHEMA, draw)
        checked = check_table(ROWS, load_schema(place / "schema.yaml"))
        assert len(checked.valid) + len(checked.rejected) == len(ROWS)

    campaign.run(case, 2000)


def test_lock_files(campaign: Campaign) -> None:
    text = (ROOT / "dvc.lock").read_text(encoding="utf-8")

    def case(draw: random.Random, place: Path) -> None:
        put(place / "dvc.lock", text, draw)
        for name in dvc.outputs(root=place):
            assert (place / name).resolve().is_relative_to(place.resolve())
            assert not name.startswith("-")

    campaign.run(case, 2000)


def test_pointers(campaign: Campaign) -> None:
    entry = {"run": "quiet-owl", "commit": "a" * 40, "method": "smrt", "sentence": "s"}
    values: list[Any] = [None, 0, 1e308, "", "x", "../../../x", "/tmp/x", "--force", [], {}, True]
    fields = list(publication.Publication.__dataclass_fields__)

    def case(draw: random.Random, place: Path) -> None:
        known = {name: entry.get(name, "smrt") for name in fields} | {"outputs": {"a": "b" * 32}}
        known["commit"] = "a" * 40
        if draw.random() < 0.8:
            known[draw.choice([*fields, "more"])] = draw.choice([*values, "a" * 39, "A" * 40])
        content: Any = {"published": [known] * draw.randint(0, 2)}
        if draw.random() < 0.2:
            content = draw.choice([*values, [content], {"published": draw.choice(values)}])
        raw = json.dumps(content).encode()
        if draw.random() < 0.3:
            raw = damaged(raw, draw)
        (place / publication.POINTER).write_bytes(raw)
        for found in publication.history(place):
            assert re.fullmatch(r"[0-9a-f]{40}", found.commit)
            assert isinstance(found.run, str)
            assert isinstance(found.sentence, str)
            assert isinstance(found.outputs, dict)

    campaign.run(case, 2000)
