"""Cases by the thousand: each from its own number, each ending well or in an error of ours."""

import os
import random
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from smrt_lightning.errors import SmrtError

ROOT = Path(__file__).parents[2]
SCALE = float(os.environ.get("FAULTS_SCALE", "1"))
SEED = int(os.environ.get("FAULTS_SEED", "0"))
ONLY = os.environ.get("FAULTS_ONLY")
"""The number of the one case to run, to look into it."""
RESULTS: dict[str, tuple[int | float, ...]] = {}
_PACKAGES = tuple(str(ROOT / name) for name in ("smrt_lightning", "components", "flows"))
_SHOWN = 20


class HungError(Exception):
    """A case took longer than anybody would wait."""


def scaled(count: int) -> int:
    """Return how many cases FAULTS_SCALE asks for, of ``count`` at 1."""
    return max(1, round(count * SCALE))


class Campaign:
    """Runs the cases of one kind and counts how they end.

    Parameters
    ----------
    kind : str
        Seeds the cases, with FAULTS_SEED and the number of each.
    folder : Path
        Where a case may write.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.right = self.refused = 0
        self.failures: list[tuple[int, str]] = []
        self.longest_seconds = 60
        self.memory_bytes: int | None = 12 << 30

    def run(self, case: Callable[[random.Random, Path], None], count: int) -> None:
        """Run the cases, ``count`` of them at a FAULTS_SCALE of 1.

        A case is given its own stream of random numbers and a folder. It returns if what came out
        is right, raises AssertionError if it is not, and may raise a SmrtError.
        """
        numbers = [int(ONLY)] if ONLY else range(scaled(count))
        slowest, start = 0.0, time.monotonic()
        limits = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (self.memory_bytes or limits[0], limits[1]))
        before = signal.signal(signal.SIGALRM, _hung)
        try:
            for number in numbers:
                begun = time.monotonic()
                self._one(case, number)
                slowest = max(slowest, time.monotonic() - begun)
        finally:
            signal.signal(signal.SIGALRM, before)
            resource.setrlimit(resource.RLIMIT_AS, limits)
        failed = len(self.failures)
        took = round(time.monotonic() - start)
        RESULTS[self.kind] = (len(numbers), self.right, self.refused, failed, took, slowest)
        shown = "\n".join(f"FAULTS_ONLY={n}: {told}" for n, told in self.failures[:_SHOWN])
        assert not failed, f"{failed} of {len(numbers)} cases, FAULTS_SEED={SEED}\n{shown}"

    def _one(self, case: Callable[[random.Random, Path], None], number: int) -> None:
        place = self.folder / str(number)
        place.mkdir()
        signal.alarm(self.longest_seconds)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                case(random.Random(f"{SEED} {self.kind} {number}"), place)
            self.right += 1
        except SmrtError as error:
            self.refused += 1
            if not str(error).strip() or len(str(error)) > 4000:
                self.failures.append((number, f"message of {len(str(error))} characters"))
        except Exception as error:
            self.failures.append((number, told(error)))
            if ONLY:
                raise
        finally:
            signal.alarm(0)


def told(error: Exception) -> str:
    """Say what an error is, and where in the product it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_PACKAGES)] or frames
    where = f"{ours[-1].filename.removeprefix(f'{ROOT}/')}:{ours[-1].lineno}"
    return f"{type(error).__name__} at {where}: {' '.join(str(error).split())[:1500]}"


def _hung(_number: int, _frame: FrameType | None) -> None:
    raise HungError("longer than anybody would wait")
