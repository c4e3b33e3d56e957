"""The packages that are installed: they agree, are what their wheels held, and serve."""

import base64
import hashlib
import importlib.metadata
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from campaign import RESULTS, ROOT

from flows.server.prefect_server import PrefectServer, prefect_settings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]


def test_nothing_is_missing_or_in_conflict() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    if "No module named pip" in done.stderr:
        pytest.skip("there is no pip in this environment")
    assert done.returncode == 0, done.stdout


def test_every_file_is_what_its_wheel_held() -> None:
    """As RECORD says: whatever was changed after it was installed is found."""
    pinned = [line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()]
    checked, changed = 0, []
    for name in pinned:
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            path = Path(str(file.locate()))
            # pip rewrites the first line of scripts for the environment.
            if file.hash is None or "bin/" in str(file):
                continue
            digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
            checked += 1
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                changed.append(str(file))
    assert checked > 10_000
    assert changed == []
    RESULTS["installed files"] = (checked, checked, 0, 0, 0, 0.0)


def test_the_pinned_set_imports_and_serves(tmp_path: Path) -> None:
    names = "smrt_lightning, components.evaluate, flows.balance, torch, dvc.api, pandera"
    subprocess.run([sys.executable, "-c", f"import {names}"], cwd=ROOT, check=True)
    with PrefectServer({**os.environ, **prefect_settings(tmp_path)}) as server:
        server.wait_until_ready()
        with urllib.request.urlopen(f"{server.api_url}/health", timeout=30) as answer:
            assert answer.status == 200
