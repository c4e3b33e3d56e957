"""Many runs for one server and one worker: none is lost, and no memory either."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from campaign import RESULTS, scaled
from projects import make_template
from stacks import belonging, up
from test_random_kills import FAST, results

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]


def test_many_runs_at_once(tmp_path: Path, prefect_home: Callable[[Path], None]) -> None:
    """Fifty runs are submitted at once; the worker is no larger after all than after ten."""
    project = make_template(tmp_path / "a project")
    project.set_params(FAST)
    prefect_home(project.root)
    project.smrt("run")
    before, wanted, begun = results(project), scaled(50), time.monotonic()
    with up(project) as stack:

        def memory() -> int:
            """Return the bytes of the server and the worker, in whichever processes."""
            found = 0
            for pid in belonging(project):
                with contextlib.suppress(psutil.NoSuchProcess):
                    found += psutil.Process(pid).memory_info().rss
            return found

        def done() -> int:
            return len(stack.runs("balance-nightly", "COMPLETED"))

        first = min(10, wanted)
        for _ in range(first):
            stack.start("balance-nightly")
        stack.until(lambda: done() == first, 60 * first)
        time.sleep(5)
        after_ten = memory()
        for _ in range(wanted):
            stack.start("balance-nightly")
        stack.until(lambda: done() == first + wanted, 60 * wanted)
        time.sleep(5)
        after_all = memory()
        assert len(stack.runs("balance-nightly")) == first + wanted
    assert results(project) == before
    took = round(time.monotonic() - begun)
    RESULTS[f"flow runs, memory × {after_all / after_ten:.3f}"] = (
        *(first + wanted, first + wanted, 0, 0, took, 0.0),
    )
    assert after_all <= 1.1 * after_ten
