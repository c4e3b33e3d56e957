"""The documentation: its links lead somewhere, its code runs, its API pages build."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md"), *ROOT.glob("*.md")]
)


def code_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= set(re.findall(r"\]\(([^)]+)\)", index))


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.parent.name == "docs" and code_blocks(p)], ids=lambda p: p.name
)
def test_code_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sklearn.datasets import make_classification

    X, y = make_classification(n_samples=120, n_features=6, weights=[0.8], random_state=0)
    names: dict[str, Any] = {"X": X, "y": y}
    for block in code_blocks(page):
        exec(compile(block, page.name, "exec"), names)
    assert "Traceback" not in capsys.readouterr().out


def inline(page: Path, pattern: str) -> set[str]:
    """Return what stands in code spans, and as lines of blocks, and matches a pattern."""
    text = page.read_text(encoding="utf-8")
    spans = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^[^`\n]+$", text, re.M)]
    return {span for span in spans if re.match(pattern, span)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_commands_and_their_options_exist(page: Path) -> None:
    import typer

    from flows.cli.app import app

    group: Any = typer.main.get_command(app)
    for line in inline(page, r"smrt "):
        words = shlex.split(line, comments=True)[1:]
        while words and words[0] == "--project":
            words = words[2:]
        if not words or words[0] in ("--help", "--version"):
            continue
        assert words[0] in group.commands, line
        known = {name for option in group.commands[words[0]].params for name in option.opts}
        assert {w for w in words if w.startswith("-")} <= known | {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_parameters_exist(page: Path) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    sections = "|".join(name for name, keys in params.items() if isinstance(keys, dict))
    for span in inline(page, rf"({sections})\.[a-z_]+(: |$)"):
        section, key = re.match(r"(\w+)\.(\w+)", span).groups()  # type: ignore[union-attr]
        assert key in params[section] or (section, key) == ("data", "dvc"), span


def test_api_pages_build_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "api.py"), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "smrt_lightning.html").read_text(encoding="utf-8")
    assert "fit_resample" in page
