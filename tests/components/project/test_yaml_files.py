"""YAML in and out: comments stay, and no text becomes something else."""

from typing import Any

import pytest
import yaml

from components.project.yaml_files import parse_yaml, quoted, with_values, yaml_text
from smrt_lightning.errors import ParameterError

HOSTILE = "</script>\u2028\n: # {[\"'\\ ☃"


def test_values_change_and_comments_stay() -> None:
    text = "a:\n  x: 1   # why\n  y: [1, 2]\nb:\n  x:\n    deep: 3\n  y:\n  - 1\n  z: 4\n"
    changed = with_values(text, {"a.x": HOSTILE, "b.x": None, "b.y": [2]})
    assert yaml.safe_load(changed) == {
        "a": {"x": HOSTILE, "y": [1, 2]},
        "b": {"x": None, "y": [2], "z": 4},
    }
    assert "# why" in changed
    with pytest.raises(ParameterError, match=r"has no a\.z"):
        with_values(text, {"a.z": 1})


def test_yaml_has_no_surprises_of_version_1_1() -> None:
    text = "a: 1:30\nb: 010\nc: 1e-3\nd: no\ne: [null, 0.5]\n"
    read = {"a": "1:30", "b": 10, "c": 0.001, "d": "no", "e": [None, 0.5]}
    assert parse_yaml(text) == read
    assert parse_yaml(yaml_text(read)) == read


def test_an_anchor_may_be_set_anew() -> None:
    text = "a:\n  x: &n 1\n  y: *n\n  z: &n 2\n  w: *n\n"
    assert parse_yaml(text) == {"a": {"x": 1, "y": 1, "z": 2, "w": 2}}
    assert parse_yaml(with_values(text, {"a.x": 3}))["a"]["w"] == 2


@pytest.mark.parametrize(
    "value", [HOSTILE, "\x85", "größe", "yes", "1e3", "\ud7ff", "\x00", "😀\u200d👩"]
)
def test_quoted_values_come_back(value: Any) -> None:
    assert yaml.safe_load(quoted([value])) == [value]
    assert "\n" not in quoted(value)
