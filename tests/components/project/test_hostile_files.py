"""No text file of a project hangs a command, fills the memory, or is read in two ways."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from component_projects import ROOT

from components.project.errors import SchemaFileError
from components.project.params import load_params
from components.project.text_files import MAX_BYTES
from components.project.workspace import read_json
from components.table.schema import load_schema
from smrt_lightning.errors import DamagedFileError, ParameterError

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
MERGED = "a0: &a0 {k: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 12)
)


def put(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8", newline="\n")


# What stands in the place of a file, and what is to be said of it.
PLACES: list[tuple[str, Callable[[Path], object], str]] = [
    ("folder", Path.mkdir, "is a folder and no ordinary file"),
    ("pipe", os.mkfifo, "a pipe, a socket or a device"),
    ("device", lambda path: path.symlink_to("/dev/zero"), "a pipe, a socket or a device"),
    ("ring", lambda path: path.symlink_to(path), "symbolic links"),
]
TEXTS = [
    ("bomb", put(BOMB), "more than 200,000 values, aliases written out"),
    ("merged bomb", put(MERGED), "more than 200,000 values, aliases written out"),
    ("keys", put("? [a, b]\n: 1\n"), "a key that is a list"),
    ("ring of aliases", put("a: &a [*a]\n"), "leads back to itself"),
    ("deep", put("a: " + "[" * 9000), "nested more than 50 levels deep"),
    ("deep in lines", put("\n".join(" " * i + "a:" for i in range(500))), "levels deep"),
    ("large", put("#" * (MAX_BYTES + 1)), "at most 4,194,304 are read"),
    ("object", put("!!python/object/apply:os.system [ls]"), "could not determine a constructor"),
    ("older YAML", put("%YAML 1.1\n---\nseed: 1:30\n"), "another version of YAML than 1.2"),
]


@pytest.mark.parametrize(("make", "said"), [pytest.param(*c[1:], id=c[0]) for c in PLACES + TEXTS])
def test_yaml(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "params.yaml")
    with pytest.raises(ParameterError) as params:
        load_params(tmp_path)
    make(tmp_path / "schema.yaml")
    with pytest.raises(SchemaFileError) as schema:
        load_schema(tmp_path / "schema.yaml")
    for caught in (params, schema):
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        *(pytest.param(*c[1:], id=c[0]) for c in PLACES),
        pytest.param(put("[" * 100_000), "recursion", id="deep"),
        pytest.param(put('{"a": ' * 100_000), "recursion", id="deep mappings"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe{}"), "utf-8", id="no UTF-8"),
    ],
)
def test_json(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "metrics.json")
    with pytest.raises(DamagedFileError, match=said):
        read_json(tmp_path / "metrics.json")


@pytest.mark.parametrize(
    ("line", "written", "said"),
    [
        ("seed: 0", "seed: 1:30", "seed should be a valid integer, got '1:30'"),
        ("costs: null", "costs: {010: 5}", "the key 010 would be read as 10: put it in quotes"),
        ("costs: null", "costs: {1.50: 5}", "the key 1.50 would be read as 1.5"),
        ("costs: null", "costs: {True: 5}", "the key True would be read as true"),
        ("path: data/table.csv", r'path: "data/\0"', "no characters that cannot be seen"),
    ],
)
def test_what_can_be_read_in_two_ways(tmp_path: Path, line: str, written: str, said: str) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert line in text
    (tmp_path / "params.yaml").write_text(text.replace(line, written, 1), encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        load_params(tmp_path)
    assert said in str(caught.value)


def test_labels_that_are_numbers_are_keys_as_they_stand(tmp_path: Path) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    costs = "costs: {0: 1, 1: &dear 50, '010': *dear, yes: 2, 1.5: 3}"
    (tmp_path / "params.yaml").write_text(text.replace("costs: null", costs), encoding="utf-8")
    found = load_params(tmp_path).evaluate.costs
    assert found == {"0": 1, "1": 50, "010": 50, "yes": 2, "1.5": 3}
