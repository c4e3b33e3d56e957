"""Artifacts are written whole or not at all, and the same content gives the same bytes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from component_projects import ROOT
from hypothesis import given
from hypothesis import strategies as st

from components.project import workspace
from components.project.errors import ArtifactWriteError
from smrt_lightning.errors import DamagedFileError, MissingFileError

WRITE = """
import sys
from pathlib import Path
import pandas as pd
from components.project import workspace
frame = pd.DataFrame({
    "number": [1.5, float("nan"), -0.0],
    "count": pd.array([1, None, 3], dtype="Int64"),
    "text": ["a", None, "\u00e9"],
    "level": pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True),
    "day": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
})
workspace.write_parquet(Path("t.parquet"), frame)
workspace.write_json(Path("t.json"), {k: [1.0, None, k] for k in set("hgfedcba")})
"""


def test_bytes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    found = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", WRITE], cwd=folder, env=environment, check=True)
        found.append([(folder / name).read_bytes() for name in ("t.parquet", "t.json")])
    assert found[0] == found[1]


def test_parquet_keeps_dtypes(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "integer": np.array([1, 2], dtype=np.int32),
            "nullable": pd.array([1, None], dtype="Int64"),
            "truth": pd.array([True, None], dtype="boolean"),
            "text": ["a", None],
            "level": pd.Categorical(["x", None], categories=["y", "x"], ordered=True),
        }
    )
    workspace.write_parquet(tmp_path / "t.parquet", frame)
    pd.testing.assert_frame_equal(workspace.read_parquet(tmp_path / "t.parquet"), frame)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.floats(allow_nan=False)))
def test_json_digest_does_not_depend_on_the_order_of_keys(value: dict[str, object]) -> None:
    value = {k: v for k, v in value.items() if v not in (float("inf"), -float("inf"))}
    backwards = dict(reversed(value.items()))
    assert workspace.digest_json(value) == workspace.digest_json(backwards)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_holds_no_nan(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        workspace.write_json(tmp_path / "t.json", {"a": value})
    assert not any(tmp_path.iterdir())


class KilledError(Exception):
    """Stands for whatever ends a stage in the middle of its writing."""


def write_half_a_file(path: Path) -> None:
    with workspace.replacing(path) as temporary:
        temporary.write_text("half of")
        raise KilledError


def write_half_a_directory(path: Path) -> None:
    with workspace.replacing_directory(path) as temporary:
        (temporary / "new").write_text("half of")
        raise KilledError


def write_to_a_full_disk(path: Path) -> None:
    with workspace.replacing(path), Path("/dev/full").open("w") as full:
        full.write("x")


def test_a_failure_while_writing_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("earlier")
    with pytest.raises(KilledError):
        write_half_a_file(path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_while_building_leaves_the_earlier_directory(tmp_path: Path) -> None:
    path = tmp_path / "models"
    path.mkdir()
    (path / "old").write_text("earlier")
    with pytest.raises(KilledError):
        write_half_a_directory(path)
    assert [file.name for file in path.iterdir()] == ["old"]
    with workspace.replacing_directory(path) as temporary:
        (temporary / "new").write_text("whole")
    assert [file.name for file in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("a file where a folder should be")
    with pytest.raises(ArtifactWriteError, match=r"cannot write .*report\.html.*run again"):
        workspace.write_json(tmp_path / "artifacts" / "report.html", {})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactWriteError, match="No space left on device"):
        write_to_a_full_disk(tmp_path / "a.txt")


def test_missing_and_damaged_files_say_what_to_do(tmp_path: Path) -> None:
    for read, name in ((workspace.read_json, "a.json"), (workspace.read_parquet, "a.parquet")):
        path = tmp_path / name
        with pytest.raises(MissingFileError, match="dvc repro"):
            read(path)
        path.write_bytes(b"PAR1 or JSON, cut sho")
        with pytest.raises(DamagedFileError, match=f"{name} cannot be read"):
            read(path)


def test_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert workspace.digest(tmp_path / "a").startswith("ba7816bf8f01cfea")


def test_sweeping_removes_what_the_dead_left_and_nothing_else(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from components.project.workspace import replacing, replacing_directory\n"
        "with replacing(Path(sys.argv[1]) / 'a.json') as one:\n"
        "    one.write_text('half')\n"
        "    with replacing_directory(Path(sys.argv[1]) / 'models') as other:\n"
        "        (other / 'x').write_text('half')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / ".mine.tmp").write_text("")
    with workspace.replacing(tmp_path / "b.json") as living:
        living.write_text("whole")
        workspace.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.tmp", "b.json"]
