"""Ten minutes of coverage-guided fuzzing, shared by all that loads a file of somebody else's."""

import importlib.util
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from campaign import RESULTS, SCALE, SEED

HERE = Path(__file__).parent
CORPUS = HERE / "corpus.zip"
LOADERS = ("params", "schema", "lock", "pointer", "artifact", "table", "model")
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(0),
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None,
        reason="pip install -c constraints.txt -e '.[audit]' brings atheris",
    ),
]


@pytest.mark.parametrize("loader", LOADERS)
def test_fuzzed(loader: str, tmp_path: Path) -> None:
    """What the fuzzer finds beyond the inputs that are kept here is kept with FUZZ_KEEP=1."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    with zipfile.ZipFile(CORPUS, "a") as kept:  # makes an empty one where there is none
        for name in kept.namelist():
            if name.startswith(f"{loader}/"):
                (corpus / Path(name).name).write_bytes(kept.read(name))
    seconds = max(5, round(600 * SCALE / len(LOADERS)))
    options = [
        f"-max_total_time={seconds}",
        f"-seed={SEED + 1}",
        *("-timeout=30", "-rss_limit_mb=6000", "-max_len=20000", "-print_final_stats=1"),
        f"-artifact_prefix={tmp_path}/",
    ]
    begun = time.monotonic()
    command = [sys.executable, "fuzzing.py", loader, str(corpus), *options]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stderr[-4000:]
    (runs,) = re.findall(r"number_of_executed_units: (\d+)", done.stderr)
    took = round(time.monotonic() - begun)
    RESULTS[f"fuzzed {loader}"] = (int(runs), int(runs), 0, 0, took, 0.0)
    if os.environ.get("FUZZ_KEEP"):
        keep(loader, corpus)


def keep(loader: str, corpus: Path) -> None:
    with zipfile.ZipFile(CORPUS, "a", zipfile.ZIP_DEFLATED) as kept:
        known = set(kept.namelist())
        for path in sorted(corpus.iterdir()):
            if (name := f"{loader}/{path.name}") not in known:
                kept.writestr(name, path.read_bytes())
