"""The artifacts of a run on the pages of Prefect's own server: every text reads as it was."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import find_chromium, tab

from flows.announce import escaped
from flows.server.prefect_server import PrefectServer, address, listen, no_proxy, prefect_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on PATH"),
]

HOSTILE = "a&b [c](d) *e* `f` <i>g</i> h|i #j \\k"


def test_a_text_reads_as_it_was_on_the_page_of_an_artifact(
    tmp_path: Path, prefect_home: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.artifacts import create_markdown_artifact
    from prefect.flows import flow
    from prefect.settings import PREFECT_API_URL, temporary_settings

    @flow
    def announce() -> str:
        text = escaped(HOSTILE)
        found = create_markdown_artifact(markdown=f"**{text}**\n", key="x", description=text)
        return str(found)

    prefect_home(tmp_path)
    for name, value in no_proxy().items():
        monkeypatch.setenv(name, value)
    listener = listen("127.0.0.1", 0)
    own = {**prefect_settings(tmp_path), "PREFECT_UI_API_URL": f"{address(listener)}/api"}
    with PrefectServer({**os.environ, **own}, listener) as server:
        server.wait_until_ready()
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            artifact = announce()
        page = f"{server.api_url.removesuffix('/api')}/artifacts/artifact/{artifact}"
        with tab(tmp_path / "profile") as chromium:
            chromium.call("Page.navigate", url=page)
            deadline = time.monotonic() + 60
            seen = ""
            while seen.count(HOSTILE) < 2 and time.monotonic() < deadline:
                time.sleep(0.5)
                seen = str(chromium.js("document.body ? document.body.innerText : ''"))
            picture = os.environ.get("SMRT_TEST_PICTURES")
            if picture:
                chromium.screenshot(Path(picture) / "artifact.png")
            assert seen.count(HOSTILE) == 2, seen
            assert (
                chromium.js(f"document.body.innerHTML.includes({json.dumps('<i>g</i>')})") is False
            )
