"""The same bytes on every x86-64 machine with AVX2: a pin on the kernels that libraries choose.

numpy, torch and the libraries below them choose their kernels by the processor, and kernels differ
in the last bits of a sum. The choice is made when they are loaded and can be steered by environment
variables alone, so a pin comes before numpy and torch are imported; child processes inherit it.
Nothing here acts on import, and nothing heavy is imported.

``python -m smrt_lightning.kernels`` prints the variables as lines for a shell, for processes that
somebody else starts: a notebook server, a Dask worker.
"""

from __future__ import annotations

import os
import platform
import sys
import warnings
from collections.abc import Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

# MKL takes AVX2 for AUTO on processors that are not Intel's, without a word, so COMPATIBLE it is:
# https://www.intel.com/content/www/us/en/docs/onemkl/developer-guide-linux/2024-2/specifying-code-branches.html
_PINS = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",  # a sum that is split among threads depends on their number
    "ARROW_USER_SIMD_LEVEL": "AVX2",
}
_NUMPY_ABOVE_AVX2 = "X86_V4 AVX512_ICL AVX512_SPR"
_NUMPY_ABOVE_AVX2_BEFORE_2_4 = (
    "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
)
_CHOOSE_WHEN_LOADED = ("numpy", "torch")


def portable() -> None:
    """Pin the kernels of this process and of those that it starts.

    Call it before numpy and torch are imported. On machines other than Linux on x86-64 with AVX2
    it changes nothing, and nothing is promised there.

    Warns
    -----
    RuntimeWarning
        If it comes too late for a library that is loaded already.

    Examples
    --------
    >>> import smrt_lightning
    >>> smrt_lightning.portable()  # doctest: +SKIP
    >>> from smrt_lightning import SMRT
    """
    if late := pin():
        warnings.warn(
            f"portable() comes too late for {' and '.join(late)}: the kernels of this process were "
            "chosen when they were loaded. Call it before they are imported, or start Python with "
            "the variables that `python -m smrt_lightning.kernels` prints.",
            RuntimeWarning,
            stacklevel=2,
        )


def pin() -> list[str]:
    """Set the variables of the pin, unless it comes too late: half a pin helps nobody.

    Returns
    -------
    list of str
        Libraries that were loaded before; empty when the pin holds.
    """
    if pinned():
        return []
    late = [name for name in _CHOOSE_WHEN_LOADED if name in sys.modules]
    if not late:
        os.environ.update(pins())
        os.environ.pop("NPY_ENABLE_CPU_FEATURES", None)  # numpy takes only one of the two
    return late


def pinned() -> bool:
    """Tell whether the environment holds the whole pin, or there is none for this machine."""
    return all(os.environ.get(name) == value for name, value in pins().items())


def restart() -> NoReturn:
    """Run this process's command again from its start, under the pin."""
    environment = {**os.environ, **pins()}
    environment.pop("NPY_ENABLE_CPU_FEATURES", None)
    spare_threads(environment)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606


def spare_threads(environment: MutableMapping[str, str]) -> None:
    """Let OpenMP start one thread, unless the environment says how many.

    Fits take one, and the others would wait for work at the processor's cost.
    """
    environment.setdefault("OMP_NUM_THREADS", "1")


@cache
def pins() -> Mapping[str, str]:
    """Return the variables of the pin; none where they would not hold, or would not run."""
    if sys.platform != "linux" or platform.machine() != "x86_64" or not _has_avx2():
        return {}
    return {**_PINS, "NPY_DISABLE_CPU_FEATURES": _numpy_features()}


def chosen() -> dict[str, str]:
    """Name the kernels that the libraries of this process chose, by asking them.

    Returns
    -------
    dict of str to str
        Of ATen, MKL, numpy and OpenBLAS; under the pin the same on all machines.
    """
    import numpy as np
    import torch
    from threadpoolctl import threadpool_info

    simd: Any = np.show_config(mode="dicts")["SIMD Extensions"]
    has_mkl: bool = torch.backends.mkl.is_available()  # type: ignore[no-untyped-call]
    blas = {
        pool.get("architecture", "") for pool in threadpool_info() if pool["user_api"] == "blas"
    }
    return {
        "aten": torch.backends.cpu.get_cpu_capability(),
        "mkl": os.environ.get("MKL_CBWR", "AUTO") if has_mkl else "none",
        "numpy": [*simd["baseline"], *simd.get("found", [])][-1],
        "openblas": " ".join(sorted(blas - {""})),
    }


def _has_avx2() -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    return {"avx2", "fma"} <= set(flags)


def _numpy_features() -> str:
    from importlib.metadata import version

    major, minor = (int(part) for part in version("numpy").split(".")[:2])
    return _NUMPY_ABOVE_AVX2 if (major, minor) >= (2, 4) else _NUMPY_ABOVE_AVX2_BEFORE_2_4


def main() -> None:
    """Print the pin as lines for a shell."""
    for name, value in pins().items():
        sys.stdout.write(f"export {name}='{value}'\n")


if __name__ == "__main__":
    main()
