"""The command line: what it says to a person who made a mistake."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from components.versions.lock import exclusive
from flows.cli import run
from flows.cli.app import app
from flows.cli.common import for_people
from smrt_lightning.errors import ParameterError

HEAVY = ("torch", "pandas", "prefect", "sklearn", "rich.progress", "pydantic")


@pytest.fixture(autouse=True)
def back_to_where_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let a command change the folder of this process for one test."""
    monkeypatch.chdir(tmp_path)


def smrt(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def make_project(folder: Path) -> Path:
    for name in ("params.yaml", "dvc.yaml"):
        (folder / name).write_text((Path(__file__).parents[3] / name).read_text())
    return folder


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from flows.cli.app import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    example = " ".join(result.output.split()).partition("Example: ")[2]
    assert f"`smrt {command}" in example


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"up", "stage"}))
def test_every_command_that_tells_something_tells_it_to_machines(command: str) -> None:
    assert "--json" in CliRunner().invoke(app, [command, "--help"], color=False).output


def test_help_lists_the_commands_in_the_order_of_use() -> None:
    output = CliRunner().invoke(app, ["--help"], color=False).output
    found = [w for w in re.findall(r"^\W+(\w+) +[A-Z]", output, re.M) if w in COMMANDS]
    assert found[:3] == ["init", "run", "report"]
    assert sorted(found) == sorted(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_arguments_are_called_as_the_texts_call_them(command: str) -> None:
    output = CliRunner().invoke(app, [command, "--help"], color=False).output
    (usage,) = re.findall(r"Usage: .*\[OPTIONS\](.*)", output)
    names = re.findall(r"\w+", usage)
    assert all(name.isupper() for name in names), names


def test_version() -> None:
    from smrt_lightning import __version__

    result = CliRunner().invoke(app, ["--version"])
    assert result.output == f"smrt-lightning {__version__}\n"


@pytest.mark.parametrize("command", ["run", "report"])
def test_outside_a_project(command: str) -> None:
    done = smrt(command)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "params.yaml" in done.stderr


def test_project_option_changes_the_folder(tmp_path: Path) -> None:
    make_project(tmp_path)
    (tmp_path / "params.yaml").write_text("sed: 1\n")
    os.chdir(Path.home())
    done = smrt("--project", str(tmp_path), "run")
    assert done.exit_code == 2
    assert "sed is not a parameter" in done.stderr


def test_project_option_must_be_a_folder() -> None:
    assert smrt("--project", "no such folder", "run").exit_code == 2


def test_no_report_yet(tmp_path: Path) -> None:
    make_project(tmp_path)
    done = smrt("report")
    assert done.exit_code == 2
    assert "smrt run" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout  # no colours in a pipe


def test_second_run_is_refused_in_a_sentence(tmp_path: Path) -> None:
    make_project(tmp_path)
    with exclusive(tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", "run"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert str(os.getpid()) in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ParameterError("seed is missing\nadd it"), 2, r"seed is missing\nadd it"),
        (KeyError("split-00"), 1, "bug in smrt-lightning"),
        (OSError(24, "Too many open files"), 2, "ulimit -n"),
        (OSError(28, "No space left on device"), 2, "disk is full"),
        (OSError(5, "Input/output error"), 2, "the disk reports an error"),
        (KeyboardInterrupt(), 130, "Finished models are kept"),
    ],
)
def test_what_goes_wrong_is_said_and_coded(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(run, "run_project", fail)
    result = CliRunner().invoke(app, ["run"])
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_keeps_the_traceback() -> None:
    done = smrt("run", "--debug")
    assert "Traceback" in done.stderr
    assert done.exit_code == 2


def test_too_little_memory_is_no_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught, for_people(debug=False):
        raise MemoryError
    assert caught.value.exit_code == 2
    assert "the machine is out of memory: end other programs" in capsys.readouterr().err
