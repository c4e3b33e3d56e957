"""The wheel, beside a user's own packages called `components` and `flows`."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from wheels import build, files

Python = Callable[..., subprocess.CompletedProcess[str]]


def test_wheel_holds_one_top_level_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in files(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"smrt_lightning"}


def test_wheel_is_typed_and_names_its_version_once(wheel: Path) -> None:
    from smrt_lightning import __version__

    inside = files(wheel)
    assert "smrt_lightning/py.typed" in inside
    assert f"-{__version__}-" in wheel.name
    assert not [name for name in inside if "__pycache__" in name or name.startswith("tests")]


def test_every_module_of_the_repository_is_in_the_wheel(wheel: Path, source: Path) -> None:
    inside = set(files(wheel))
    for package, place in (
        ("smrt_lightning", ""),
        ("components", "smrt_lightning/pipeline/"),
        ("flows", "smrt_lightning/pipeline/"),
    ):
        expected = {
            place + path.relative_to(source).as_posix()
            for path in (source / package).rglob("*")
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
        "from smrt_lightning.pipeline.components.project import code\n"
        "print(*code.of_stages(), code.of_fits(), sep='\\n')\n"
    )
    *stages, fits = python("-c", script).stdout.splitlines()
    assert (len(stages), len(fits)) == (6, 64)


def test_wheel_from_the_sdist_is_the_same(wheel: Path, source: Path, tmp_path: Path) -> None:
    import tarfile

    sdist = build("sdist", source, tmp_path)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert files(build("wheel", unpacked, tmp_path)) == files(wheel)
