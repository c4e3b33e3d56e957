"""What the report's script and switches do: sort tables, show one classifier, save figures."""

import time
from pathlib import Path

import pytest
from browser import Tab, find_chromium
from projects import SHORT

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on PATH")

HEAD = "table.sortable thead th:nth-child({}) button"


def column(chromium: Tab, number: int) -> list[str]:
    """Return a column of the first sortable table."""
    return list(
        chromium.js(
            "[...document.querySelector('table.sortable').tBodies[0].rows]"
            f".map(r => r.cells[{number - 1}].dataset.value ?? r.cells[{number - 1}].textContent)"
        )
    )


def test_tables_sort_by_click_and_say_so(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    before = column(chromium, 2)
    state = "[...document.querySelector('table.sortable').tHead.rows[0].cells].map(c => c.ariaSort)"
    assert set(chromium.js(state)) == {"none"}
    numbers = sorted((float(value) for value in before), reverse=True)
    chromium.click(HEAD.format(2))  # higher is better: the best come first
    assert [float(value) for value in column(chromium, 2)] == numbers
    assert chromium.js(state)[1] == "descending"
    chromium.click(HEAD.format(2))
    assert [float(value) for value in column(chromium, 2)] == numbers[::-1]
    assert chromium.js(state)[1] == "ascending"
    chromium.click(HEAD.format(1))
    assert column(chromium, 1) == sorted(column(chromium, 1), key=str.lower)
    assert [order for order in chromium.js(state) if order != "none"] == ["ascending"]


def test_tables_sort_by_keyboard(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    chromium.js(f"document.querySelector('{HEAD.format(2)}').focus()")
    chromium.press("Enter", 13)
    numbers = [float(value) for value in column(chromium, 2)]
    assert numbers == sorted(numbers, reverse=True)


def test_a_switch_shows_one_classifier_at_a_time(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    shown = (
        "[...document.querySelectorAll('section[aria-labelledby=found] .panels > *')]"
        ".map(e => e.getClientRects().length > 0)"
    )
    n_panels = len(SHORT["evaluate"]["classifiers"]) + 1
    assert chromium.js(shown) == [True] + [False] * (n_panels - 1)
    chromium.click("section[aria-labelledby=found] label:nth-of-type(2)")
    assert chromium.js(shown) == [False, True] + [False] * (n_panels - 2)


SAVED = """
(() => {
  window.saved = [];
  URL.createObjectURL = blob => { saved.push(blob); return '#'; };
  const figure = document.querySelector('figure[data-name="pr-0"]');
  for (const button of figure.querySelectorAll('.save button')) button.click();
  document.querySelector('table[data-name=metrics] .save button').click();
})()
"""


def test_figures_and_tables_can_be_saved(chromium: Tab, page: Path) -> None:
    chromium.open(page, width=1440)
    chromium.errors.clear()
    chromium.js(SAVED)
    deadline = time.monotonic() + 20
    while chromium.js("saved.length") < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    kinds = chromium.js("saved.map(b => [b.type, b.size])")
    assert [kind for kind, _ in kinds] == ["text/csv", "text/csv", "image/png"]
    assert kinds[2][1] > 5000  # an empty canvas of this size is smaller
    chromium.js("saved[1].text().then(t => { window.told = t; })")
    while chromium.js("typeof told") == "undefined" and time.monotonic() < deadline:
        time.sleep(0.05)
    rows = chromium.js("told").split("\n")
    assert rows[0].startswith("method,average precision")
    assert rows[1].startswith("no resampling,0.")
    assert chromium.errors == []


def test_the_page_is_whole_without_its_script(chromium: Tab, page: Path) -> None:
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(page, width=1440)
        assert chromium.js("document.querySelectorAll('th button').length") == 0
        assert chromium.js("document.querySelectorAll('table.sortable th').length") > 10
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)
