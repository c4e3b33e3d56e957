"""The programme of `make test-faults`: out of every other run of the tests."""

from pathlib import Path

import pytest
from campaign import RESULTS, SCALE, SEED, Campaign


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave this folder alone unless it is asked for: it takes an hour."""
    return None if "faults" in (config.getoption("markexpr") or "") else True


@pytest.fixture
def campaign(request: pytest.FixtureRequest, tmp_path: Path) -> Campaign:
    """Return a maker of cases for one kind, named as the test is."""
    return Campaign(request.node.name.removeprefix("test_"), tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of docs/reliability.md."""
    if not RESULTS:
        return
    write = terminalreporter.write_line
    write(f"FAULTS_SCALE={SCALE:g} FAULTS_SEED={SEED}")
    write("| kind | cases | right | refused | failed | s | slowest, s |")
    write("|---|---|---|---|---|---|---|")
    for name, (*counts, slowest) in RESULTS.items():
        write(f"| {name.replace('_', ' ')} | {' | '.join(map(str, counts))} | {slowest:.1f} |")
