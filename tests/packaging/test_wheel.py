"""The wheel, beside a user's own packages called `components` and `flows`."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Python = Callable[..., subprocess.CompletedProcess[str]]


def build(kind: str, source: Path, folder: Path) -> Path:
    """Build a wheel or an sdist with the project's own backend."""
    script = f"import sys; from hatchling import build as b; print(b.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


def files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Return an interpreter with the wheel and with packages of a user's own, which win."""
    place = tmp_path_factory.mktemp("environment")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    for name in ("components", "flows"):
        package = place / "own" / name / "__init__.py"
        package.parent.mkdir(parents=True)
        package.write_text(f"MINE = {name!r}\n")

    def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        search = os.pathsep.join([str(place / "own"), str(place / "site")])
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "DVC_"))}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or place / "own",
            env={**kept, "PYTHONPATH": search, "COLUMNS": "120"},
            capture_output=True,
            text=True,
        )

    return run


def test_wheel_holds_one_top_level_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in files(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"smrt_lightning"}


def test_wheel_is_typed_and_names_its_version_once(wheel: Path) -> None:
    from smrt_lightning import __version__

    inside = files(wheel)
    assert "smrt_lightning/py.typed" in inside
    assert f"-{__version__}-" in wheel.name
    assert not [name for name in inside if "__pycache__" in name or name.startswith("tests")]


def test_every_module_of_the_repository_is_in_the_wheel(wheel: Path) -> None:
    inside = set(files(wheel))
    for package, place in (
        ("smrt_lightning", ""),
        ("components", "smrt_lightning/pipeline/"),
        ("flows", "smrt_lightning/pipeline/"),
    ):
        expected = {
            place + path.relative_to(ROOT).as_posix()
            for path in (ROOT / package).rglob("*")
            if path.suffix in (".py", ".j2", ".typed")
        }
        assert expected <= inside


def test_own_packages_stay_reachable_and_ours_import(python: Python) -> None:
    script = """
import importlib, pkgutil
import components, flows
import smrt_lightning.pipeline as pipeline
assert (components.MINE, flows.MINE) == ("components", "flows")
names = [m.name for m in pkgutil.walk_packages(pipeline.__path__, pipeline.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
    done = python("-W", "ignore", "-c", script)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_command_line_runs(python: Python) -> None:
    from smrt_lightning import __version__

    done = python("-m", "smrt_lightning", "--version")
    assert done.stdout == f"smrt-lightning {__version__}\n", done.stderr


def test_code_digests_cover_the_moved_files(python: Python) -> None:
    script = (
        "from smrt_lightning.pipeline.components import sources\n"
        "print(*sources.closure(f'{sources.PACKAGE}.validate'), sep='\\n')\n"
    )
    listed = python("-c", script).stdout.splitlines()
    assert "smrt_lightning/pipeline/components/schema.py" in listed
    assert "smrt_lightning/errors.py" in listed


def test_wheel_from_the_sdist_is_the_same(wheel: Path, tmp_path: Path) -> None:
    import tarfile

    sdist = build("sdist", ROOT, tmp_path)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert files(build("wheel", source, tmp_path)) == files(wheel)
