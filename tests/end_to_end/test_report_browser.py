"""The report in a real browser: quiet, offline, sortable, and never wider than the window."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from browser import Tab, find_chromium
from projects import ROOT
from report_pages import HOSTILE

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on PATH")

WIDTHS = (360, 768, 1440)


@pytest.mark.parametrize("dark", [False, True])
def test_it_opens_quietly_and_asks_for_nothing(chromium: Tab, page: Path, dark: bool) -> None:
    chromium.errors.clear()
    chromium.requests.clear()
    chromium.open(page, width=1440, dark=dark)
    assert chromium.errors == []
    asked = [url for url in chromium.requests if not url.startswith("data:image/png;")]
    assert asked == [page.as_uri()]
    assert chromium.js("document.title").startswith("table.csv · target · run ")


def test_the_picture_of_the_readme_can_be_made_again(page: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.png"
    command = [sys.executable, str(ROOT / "docs" / "screenshot.py"), str(page), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    header = target.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(header[i : i + 4], "big") for i in (16, 20))
    assert width == 1440
    assert 400 < height < 1200


def test_a_script_of_the_data_would_not_run(chromium: Tab, page: Path, tmp_path: Path) -> None:
    """The second line of defence: even unescaped, the page's own policy stops it."""
    text = page.read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    intruder = (
        "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    )
    broken.write_text(text.replace("</h1>", f"</h1>{intruder}"), encoding="utf-8")
    chromium.open(broken, width=1440)
    assert chromium.js("document.title").startswith("table.csv · target · run ")
    assert any("Content Security Policy" in error for error in chromium.errors)


def unfold(chromium: Tab) -> None:
    """Open everything that is folded, and show every panel of the switches."""
    chromium.js(
        "document.querySelectorAll('details').forEach(d => d.open = true);"
        "document.head.insertAdjacentHTML('beforeend', "
        "'<style>.switch > .panels > * { display: block !important }</style>')"
    )
    hidden = "[...document.querySelectorAll('.panels > *')].filter(e => !e.getClientRects().length)"
    assert chromium.js(f"{hidden}.length") == 0


# Wide tables scroll in a box of their own; what else stands out is cut off or covers a neighbour.
OUTSIDE = """
[...document.querySelectorAll('main *')].filter(e => {
  if (e.closest('.wide *, svg *, caption') || !e.getClientRects().length) return false;
  const own = e.getBoundingClientRect(), around = e.parentElement.getBoundingClientRect();
  return own.right > Math.min(innerWidth, around.right) + 1 || own.left < around.left - 1;
}).map(e => e.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows(chromium: Tab, page: Path, width: int) -> None:
    chromium.open(page, width=width)
    unfold(chromium)
    assert chromium.js("innerWidth") == width
    assert chromium.js("document.documentElement.scrollWidth") == width
    assert chromium.js(OUTSIDE) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_boxes_that_scroll_can_be_reached_by_keyboard(
    chromium: Tab, page: Path, width: int
) -> None:
    chromium.open(page, width=width)
    stuck = chromium.js(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).overflowX === 'auto' && e.tabIndex < 0 && !e.closest('bdi'))"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert stuck == []


@pytest.mark.parametrize("width", [360, 1440])
def test_the_first_screen_has_the_verdict_its_interval_and_the_picture(
    chromium: Tab, page: Path, width: int
) -> None:
    chromium.open(page, width=width, height=1000)
    decision = json.loads(page.with_name("decision.json").read_text(encoding="utf-8"))
    shown = chromium.js("document.querySelector('.sentence').textContent")
    assert shown == decision["sentence"]
    for selector in (".sentence", ".facts dd", ".forest .chart"):
        box = chromium.js(
            f"(r => [r.top, r.bottom, r.width])(document.querySelector('{selector}')"
            ".getBoundingClientRect())"
        )
        assert box[0] >= 0
        assert box[1] <= 1000
        assert box[2] > 50
    fact = chromium.js("document.querySelector('.facts dd').textContent")
    gap = decision["difference_to_none"]
    assert f"{gap['low']:+.3f}".replace("-", "−") in fact


def test_the_keyboard_meets_the_skip_link_first(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    chromium.press("Tab", 9)
    assert chromium.js("document.activeElement.className") == "skip"
    assert chromium.js("document.activeElement.getBoundingClientRect().left") >= 0
    chromium.press("Enter", 13)
    assert chromium.js("location.hash") == "#found"


def test_hostile_text_is_shown_as_it_is(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    labels = chromium.js(
        "[...document.querySelector('section[aria-labelledby=classes] tbody').rows]"
        ".map(r => r.cells[0].textContent)"
    )
    assert set(labels) == {"common", *HOSTILE}
    for name in HOSTILE:
        literal = json.dumps(name)
        assert chromium.js(f"document.body.textContent.includes({literal})"), name
    assert chromium.js("document.scripts.length") == 1
    assert chromium.js("[...document.images].every(i => i.src.startsWith('data:image/png;'))")
    assert chromium.js("[...document.links].every(a => a.getAttribute('href')[0] === '#')")


def test_right_to_left_text_does_not_turn_its_neighbours(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    inside = "e.closest('bdi, title, desc, script, style')"
    loose = chromium.js(
        "(() => { const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); "
        "const found = []; while (w.nextNode()) { const t = w.currentNode, e = t.parentElement; "
        f"if (/[\\u202e\\u05d0-\\u05ea]/.test(t.data) && !{inside}) found.push(e.outerHTML); }}"
        "return found; })()"
    )
    assert loose == []


CONTRAST = """
(() => {
  const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parse = color => {
    context.clearRect(0, 0, 1, 1); context.fillStyle = color; context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = (top, below) =>
    [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * below[i]).concat(1);
  const ground = e => {
    const own = parse(getComputedStyle(e).backgroundColor);
    if (own[3] === 1) return own;
    return over(own, e.parentElement ? ground(e.parentElement) : [255, 255, 255, 1]);
  };
  const light = c => c.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const poor = new Set();
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!text || ['SCRIPT', 'STYLE', 'TITLE', 'DESC'].includes(e.tagName.toUpperCase())) continue;
    const below = ground(e.closest('svg') ? e.closest('svg').parentElement : e);
    const style = getComputedStyle(e);
    const ink = over(parse(e.closest('svg') ? style.fill : style.color), below);
    const [a, b] = [light(ink), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.add(`${ratio.toFixed(2)} ${e.outerHTML.slice(0, 90)}`);
  }
  return [...poor];
})()
"""


def test_the_probes_find_what_they_look_for(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=360)
    chromium.js(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', "
        "'<p style=\"width: 500px; color: #999\">too wide and too faint</p>')"
    )
    assert any("too wide" in found for found in chromium.js(OUTSIDE))
    assert any("too faint" in found for found in chromium.js(CONTRAST))
    assert chromium.js("document.documentElement.scrollWidth") == 516


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_the_contrast_of_wcag_aa(chromium: Tab, page: Path, dark: bool) -> None:
    chromium.open(page, width=1440, dark=dark)
    unfold(chromium)
    assert chromium.js(CONTRAST) == []


def test_print_is_light_and_whole(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440, dark=True)
    assert chromium.pdf().startswith(b"%PDF-")
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    chromium.call("Emulation.setEmulatedMedia", media="print", features=[dark])
    assert chromium.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.js("getComputedStyle(document.querySelector('nav')).display") == "none"
    chromium.js("dispatchEvent(new Event('beforeprint'))")
    assert chromium.js("[...document.querySelectorAll('details')].every(d => d.open)")
    a4 = 718  # CSS pixels between the margins
    chromium.call(
        "Emulation.setDeviceMetricsOverride",
        width=a4,
        height=1000,
        deviceScaleFactor=1,
        mobile=False,
    )
    assert chromium.js("document.documentElement.scrollWidth") == a4


def test_the_contents_stay_at_the_top(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    chromium.click("nav a[href='#origins']")
    top = chromium.js("document.querySelector('nav').getBoundingClientRect().top")
    heading = chromium.js("document.querySelector('#origins').getBoundingClientRect().top")
    assert chromium.js("scrollY") > 1000
    assert top == 0
    bottom = chromium.js("document.querySelector('nav').getBoundingClientRect().bottom")
    assert bottom <= heading < 900
