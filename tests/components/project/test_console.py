"""What surrounds every stage: errors, exit codes, progress, timings."""

import time

import pytest
from component_projects import Project

from components import pipeline
from components.project import console
from components.project.params import Params
from components.project.workspace import Workspace
from smrt_lightning.errors import SmrtError


@pytest.fixture
def inside(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(project.root)
    return project


def stage(action: object) -> console.Stage:
    def run(workspace: Workspace, params: Params, progress: console.Progress | None = None) -> None:
        assert callable(action)
        action(workspace, params, progress)

    return run


def failing(error: BaseException) -> console.Stage:
    def action(*arguments: object) -> None:
        raise error

    return stage(action)


def test_a_mistake_is_one_line_and_exit_code_2(
    inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert console.run_stage("split", failing(SmrtError("bad\n\x1b[1mthing"))) == 2
    assert capsys.readouterr().err == "split: bad\\n\\x1b[1mthing\n"


def test_a_bug_keeps_its_traceback(inside: Project) -> None:
    with pytest.raises(ZeroDivisionError):
        console.run_stage("split", failing(ZeroDivisionError()))


def test_an_interrupt_is_exit_code_130(inside: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert console.run_stage("split", failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_success_is_silent_when_it_is_quick(
    inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert console.run_stage("split", stage(lambda ws, params, progress: progress(1, 1, "x"))) == 0
    assert capsys.readouterr() == ("", "")


def test_progress_is_a_line_at_most_every_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.5, 1.5, 1.6, 2.0, 9.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    progress = console.LineProgress("train")
    for done in range(1, 6):
        progress(done, 5, f"class {done}\n")
    assert capsys.readouterr().err == "train: 2/5 class 2\\n\ntrain: 5/5 class 5\\n\n"


def test_timings_by_stage(inside: Project) -> None:
    place = inside.workspace
    assert console.read_timings(place) == {}
    with console.timed(place, "split") as details:
        details["rows"] = 3
    console.record_timing(place, "train", seconds=1.0)
    found = console.read_timings(place)
    assert found["split"]["rows"] == 3
    assert found["split"]["seconds"] >= 0
    assert found["train"] == {"seconds": 1.0}
    place.timings.write_text("half of")
    assert console.read_timings(place) == {}


def test_every_stage_can_be_found_by_name() -> None:
    for name in pipeline.STAGES:
        assert callable(pipeline.stage_function(name))
    with pytest.raises(KeyError, match="no stage; the stages are validate"):
        pipeline.stage_function("os")
