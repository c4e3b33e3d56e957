"""The progress of a training, told in one place: nothing, a bar, or a line every few epochs."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

_LINES = 10


class Progress:
    """The progress of one training, as a user sees it.

    Lines go to the standard output and the bar to the standard error, both as they are when a
    training ends an epoch. Where the standard error is neither a terminal nor a notebook, so in a
    log, ten lines stand in for the bar.

    Parameters
    ----------
    n_epochs : int
        Epochs of the training at the most.
    verbose : int
        0 says nothing; 1 shows a bar; 2 and above write a line every ``display_step`` epochs, where
        the training stops early, and how long an epoch took.
    display_step : int
        Epochs from one line to the next.
    name : str
        Begins every line, for where several models are trained.
    """

    def __init__(
        self, n_epochs: int, verbose: int = 0, display_step: int = 5, name: str = ""
    ) -> None:
        self.n_epochs = n_epochs
        self.verbose = int(verbose)
        self.display_step = display_step
        self.name = f"{name}: " if name else ""
        self._seconds: list[float] = []
        self._since = time.perf_counter()
        self._bar: Any = None
        if self.verbose == 1:
            if _drawable(sys.stderr):
                from tqdm import tqdm

                self._bar = tqdm(total=n_epochs, desc=name or "training", unit="epoch")
            else:
                self.display_step = max(1, n_epochs // _LINES)

    def epochs(self, costs: Sequence[float]) -> None:
        """Note the end of epochs, which took equally long.

        Parameters
        ----------
        costs : sequence of float
            Mean cost of a row in each of them, in nats.
        """
        if not costs:
            return
        now = time.perf_counter()
        seconds, self._since = (now - self._since) / len(costs), now
        for cost in costs:
            self._seconds.append(seconds)
            if self._bar is not None:
                self._bar.set_postfix_str(f"cost={cost:.6f}", refresh=False)
                self._bar.update()
            elif self.verbose and (len(self._seconds) - 1) % self.display_step == 0:
                number = len(self._seconds)
                self._say(f"Epoch: {number}, cost={cost:.6f}, time={seconds:.4f} (sec)")

    def close(self, *, stopped_early: bool = False) -> None:
        """Note the end of the training.

        Parameters
        ----------
        stopped_early : bool
            Whether early stopping ended it.
        """
        n = len(self._seconds)
        if self._bar is not None:
            self._bar.close()
        elif self.verbose:
            if stopped_early:
                self._say(f"Convergence reached at epoch {n}, stopping early")
            mean = sum(self._seconds) / max(n, 1)
            self._say(
                f"Optimization complete after {n} epoch(s). Average epoch time: {mean:.4f} seconds"
            )

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{self.name}{line}\n")
        sys.stdout.flush()


def _drawable(stream: Any) -> bool:
    """Tell whether a bar can be drawn: in a terminal, or in a notebook's output."""
    return bool(stream.isatty()) or type(stream).__module__.startswith("ipykernel")
