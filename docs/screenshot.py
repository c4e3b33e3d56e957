"""Picture the top of a report page for the README: `python docs/screenshot.py`.

Takes artifacts/report.html as `make run` leaves it, and needs a Chromium on PATH. A page and a file
of one's own: `python docs/screenshot.py PAGE PICTURE`.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "end_to_end"))

from browser import tab  # noqa: E402

WIDTH = 1440
LAST = "Math.ceil(document.querySelector('.forest').getBoundingClientRect().bottom)"


def picture(page: Path, target: Path) -> None:
    """Write a PNG, 1440 pixels wide, from the title to the line of the last method, light."""
    with tempfile.TemporaryDirectory() as profile, tab(Path(profile)) as opened:
        opened.open(page.resolve(), width=WIDTH)
        opened.open(page.resolve(), width=WIDTH, height=opened.js(LAST) + 16)
        opened.screenshot(target, whole=False)


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[1:]]
    default = [ROOT / "artifacts" / "report.html", ROOT / "docs" / "pictures" / "report.png"]
    picture(*(given or default))
