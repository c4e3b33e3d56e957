"""The pin on kernels: in time, too late, and what it is for."""

import json
import os
import subprocess
import sys

import pytest

from smrt_lightning import kernels

HAS_PIN = pytest.mark.skipif(not kernels.pins(), reason="there is no pin for this machine")
IMITATIONS: dict[str, dict[str, str]] = {
    "as it is": {},
    "MKL without AVX-512, 2 threads": {
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "OMP_NUM_THREADS": "2",
        "PYTHONHASHSEED": "7",
    },
    "no AVX-512 anywhere, another OpenBLAS core, 4 threads": {
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Zen",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OMP_NUM_THREADS": "4",
        "TZ": "Asia/Tokyo",
    },
    "no AVX in torch": {"ATEN_CPU_CAPABILITY": "default", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
}
FIT = """
import hashlib, sys
import smrt_lightning
if sys.argv[1] == "pin":
    smrt_lightning.portable()
import numpy as np
from smrt_lightning import SMRT, VariationalAutoEncoder
rng = np.random.default_rng(0)
X, y = rng.normal(size=(400, 12)) @ rng.normal(size=(12, 12)), np.repeat([0, 1], [340, 60])
sampler = SMRT(estimator=VariationalAutoEncoder(n_epochs=60), random_state=0)
rows, _ = sampler.fit_resample(X, y)
print(hashlib.sha256(rows.tobytes()).hexdigest())
"""


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, of which nothing is pinned beforehand."""
    inherited = {k: v for k, v in os.environ.items() if k not in kernels.pins()}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def test_importing_the_library_changes_nothing() -> None:
    code = """
import os, sys
before = dict(os.environ)
import smrt_lightning, smrt_lightning.kernels
assert dict(os.environ) == before
assert not {"numpy", "torch"} & set(sys.modules)
"""
    assert python(code).stderr == ""


@HAS_PIN
def test_a_pin_in_time_is_what_the_libraries_choose() -> None:
    code = """
import smrt_lightning
smrt_lightning.portable()
from smrt_lightning.kernels import chosen
import json; print(json.dumps(chosen()))
"""
    chosen = {"aten": "AVX2", "mkl": "COMPATIBLE", "numpy": "X86_V3", "openblas": "Haswell"}
    assert json.loads(python(code, NPY_ENABLE_CPU_FEATURES="AVX512_SPR").stdout) == chosen


@HAS_PIN
def test_a_pin_that_comes_too_late_says_so() -> None:
    code = """
import warnings, numpy
import smrt_lightning
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    smrt_lightning.portable()
    smrt_lightning.portable()
import json; print(json.dumps([str(w.message) for w in seen]))
"""
    said = json.loads(python(code).stdout)
    assert len(said) == 2
    assert all("comes too late for numpy: the kernels of this process" in line for line in said)


@HAS_PIN
def test_the_command_prints_lines_for_a_shell() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smrt_lightning.kernels"], capture_output=True, text=True, check=True
    )
    lines = dict(line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines())
    assert {k: v.strip("'") for k, v in lines.items()} == dict(kernels.pins())
    inherited = python(
        "import numpy; from smrt_lightning.kernels import pin; print(pin())", **kernels.pins()
    )
    assert inherited.stdout.strip() == "[]"


def test_a_machine_without_avx2_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_has_avx2", lambda: False)
    kernels.pins.cache_clear()
    try:
        assert kernels.pins() == {}
        assert kernels.pinned()
    finally:
        kernels.pins.cache_clear()


@HAS_PIN
@pytest.mark.slow
def test_other_machines_give_the_same_rows_under_the_pin_and_others_without() -> None:
    pinned = {name: python(FIT, "pin", **env).stdout for name, env in IMITATIONS.items()}
    free = {name: python(FIT, "free", **env).stdout for name, env in IMITATIONS.items()}
    assert len(set(pinned.values())) == 1, pinned
    assert len(set(free.values())) > 1, "nothing here tells one machine from another"
