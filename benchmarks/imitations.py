"""Does the demo leave the same bytes on other processors? Its whole run under imitations of them.

::

    python -m benchmarks.imitations              # 25 minutes on two cores; needs a clean git tree
    python -m benchmarks.imitations --without    # the same without the pin: the bytes must differ
    python -m benchmarks.imitations --only amd

Each run is a fresh clone of the commit at HEAD and `smrt run` in it, with variables in the
environment that make numpy, MKL, oneDNN, ATen, OpenBLAS and glibc choose the kernels of another
processor, another number of threads, hash seed, locale and time zone. With the pin, each must leave
the `dvc.lock` that is in git and a clean `git status`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from smrt_lightning import kernels

ROOT = Path(__file__).resolve().parent.parent
NO_AVX512 = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD"

IMITATIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "native": ("this machine", {}),
    "avx2": (
        "an Intel processor without AVX-512, 1 thread",
        {
            "ATEN_CPU_CAPABILITY": "avx2",
            "GLIBC_TUNABLES": NO_AVX512,
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
            "OMP_NUM_THREADS": "1",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Haswell",
        },
    ),
    "amd": (
        "an AMD processor, 4 threads, another hash seed and time zone",
        {
            "ATEN_CPU_CAPABILITY": "avx2",
            "GLIBC_TUNABLES": NO_AVX512,
            "MKL_CBWR": "COMPATIBLE",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
            "OMP_NUM_THREADS": "4",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Zen",
            "PYTHONHASHSEED": "7",
            "TZ": "Asia/Tokyo",
        },
    ),
    "avx512": (
        "AVX-512 without AMX, 2 threads, locale C",
        {
            "LC_ALL": "C",
            "MKL_ENABLE_INSTRUCTIONS": "AVX512",
            "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL AVX512_SPR",
            "OMP_NUM_THREADS": "2",
            "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
            "OPENBLAS_CORETYPE": "SkylakeX",
        },
    ),
    "sse": (
        "no AVX at all, 3 threads, another hash seed and time zone",
        {
            "ATEN_CPU_CAPABILITY": "default",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
            "OMP_NUM_THREADS": "3",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "OPENBLAS_CORETYPE": "Nehalem",
            "PYTHONHASHSEED": "11",
            "TZ": "America/St_Johns",
        },
    ),
}


@dataclass(frozen=True)
class Run:
    """One run of the demo: MD5 of each output, digest of dvc.lock, files that git shows, cost."""

    outputs: dict[str, str]
    lock: str
    status: str
    cpu_seconds: float
    seconds: float


def run(environment: Mapping[str, str], folder: Path, pinned: bool) -> Run:
    """Clone the commit at HEAD into a folder, run the demo there, and remove the clone again."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    if not pinned:
        params = folder / "params.yaml"
        params.write_text(params.read_text("utf-8").replace("machine-independent", "fast"), "utf-8")
    inherited = {k: v for k, v in os.environ.items() if k not in kernels.pins()}
    before, started = _cpu_seconds(), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "flows.cli", "run"],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(folder), **environment},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds, cpu = time.monotonic() - started, _cpu_seconds() - before
    lock = (folder / "dvc.lock").read_bytes()
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    changed = ", ".join(line[3:] for line in status.splitlines())
    shutil.rmtree(folder)
    stages = YAML(typ="safe").load(lock)["stages"].values()
    outputs = {out["path"]: out["md5"] for stage in stages for out in stage["outs"]}
    return Run(outputs, hashlib.sha256(lock).hexdigest(), changed or "clean", cpu, seconds)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for every imitation."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.imitations", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--without", action="store_true", help="without the pin")
    parser.add_argument("--only", nargs="*", choices=IMITATIONS, help="these; the first: reference")
    options = parser.parse_args(arguments)

    print("| imitation | dvc.lock (SHA-256) | outputs that differ | git status | CPU s | s |")
    print("|---|---|---|---|---|---|")
    reference: Run | None = None
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or IMITATIONS:
            words, environment = IMITATIONS[name]
            one = run(environment, Path(folder) / name, not options.without)
            reference = reference or one
            differ = sum(one.outputs[path] != md5 for path, md5 in reference.outputs.items())
            print(
                f"| {words} | {one.lock[:12]} | {differ} of {len(one.outputs)} "
                f"| {one.status} | {one.cpu_seconds:.0f} | {one.seconds:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
