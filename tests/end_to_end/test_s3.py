"""Versions on an S3-compatible server: a real one, of moto, on the loopback address."""

import importlib.util
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project

from flows.server.prefect_server import listen

MISSING = [name for name in ("dvc_s3", "moto", "flask_cors") if not importlib.util.find_spec(name)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING),
        reason=f"{', '.join(MISSING)} not installed: "
        'pip install -c constraints.txt -e ".[s3]" "moto[s3]" flask flask-cors',
    ),
]


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """Return the address of a server with one empty bucket, `versions`."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                make = urllib.request.Request(f"{url}/versions", method="PUT")
                urllib.request.urlopen(make, timeout=10).close()
                break
            except urllib.error.URLError:
                assert server.poll() is None, (tmp_path / "server.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)
        yield url
    finally:
        server.kill()
        server.wait()


def test_a_run_is_pushed_and_comes_back_bit_for_bit(done: Project, endpoint: str) -> None:
    done.extra["AWS_EC2_METADATA_DISABLED"] = "true"
    done.dvc("remote", "add", "--default", "shelf", "s3://versions/a project")
    done.dvc("remote", "modify", "shelf", "endpointurl", endpoint)
    done.set_params({"evaluate": {"primary_metric": "f1"}})
    failed = done.smrt("run", check=False)
    assert failed.returncode == 2, failed.stdout + failed.stderr
    assert "cannot push to the DVC remote 'shelf'" in failed.stderr
    assert "credentials" in failed.stderr
    assert "safe in the local cache" in failed.stderr

    done.dvc("remote", "modify", "--local", "shelf", "access_key_id", "somebody")
    done.dvc("remote", "modify", "--local", "shelf", "secret_access_key", "their secret")
    done.set_params({"evaluate": {"primary_metric": "mcc"}})
    assert "pushed to the DVC remote 'shelf'" in " ".join(done.smrt("run").stdout.split())
    assert "their secret" not in (done.root / ".dvc" / "config").read_text()

    artifacts, table = done.digests(), done.table()
    for folder in (".dvc/cache", "artifacts", "data"):
        shutil.rmtree(done.root / folder)
    done.dvc("pull")
    assert done.digests() == artifacts
    assert done.table().equals(table)
    assert "Nothing changed" in done.smrt("run").stdout


def test_credentials_of_the_environment(done: Project, endpoint: str) -> None:
    done.extra |= {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "their secret"}
    done.extra |= {"AWS_ENDPOINT_URL": endpoint}
    done.dvc("remote", "add", "--default", "shelf", "s3://nowhere")
    pushed = done.run("dvc", "push", check=False)
    assert pushed.returncode != 0
    assert "bucket does not exist" in pushed.stderr
    done.dvc("remote", "modify", "shelf", "url", "s3://versions")
    done.dvc("push")
    artifacts = done.digests()
    shutil.rmtree(done.root / ".dvc" / "cache")
    shutil.rmtree(done.root / "artifacts")
    done.dvc("pull")
    assert done.digests() == artifacts
