"""Charts of matplotlib as SVG that stands inside the page and takes its colours.

matplotlib draws in stand-in colours; here they become the page's CSS variables, so that one chart
serves light, dark and print. No text of the data is drawn: names stand in the page, where they are
escaped, wrap, and can be read out. What a chart shows is said in its title and description, and its
numbers go with it as CSV. Why no chart library in JavaScript: see docs/report.md.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010101"
FAINT = "#010102"
LINE = "#010103"
BAND = "#010104"
PAPER = "#010105"
SERIES = tuple(f"#0201{number:02x}" for number in range(10))
"""Stand-in colours; the page gives them their values, as ``--s0`` … ``--s9`` for the series."""

_VARIABLES = {
    INK: "currentColor",
    FAINT: "var(--faint)",
    LINE: "var(--line)",
    BAND: "var(--band)",
    PAPER: "var(--paper)",
    **{colour: f"var(--s{number})" for number, colour in enumerate(SERIES)},
}
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "smrt",
    "svg.fonttype": "none",
    "path.simplify_threshold": 0.5,
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans"],
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
}
_NUMBERS = re.compile(r"-?\d+\.\d+")
_NUMERIC = ("d", "x", "y", "points", "transform")
_REFERENCES = ("href", "clip-path")


@dataclass(frozen=True)
class Chart:
    """A chart of the page.

    Attributes
    ----------
    name : str
        Of the files that it is saved as.
    svg : Markup
    csv : str
        The numbers that it shows.
    """

    name: str
    svg: Markup
    csv: str = ""

    def __html__(self) -> str:
        """Return the chart for a template."""
        return self.svg


def table_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write rows as CSV: floats with six digits, None and NaN as an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value


class Drawing:
    """A chart under way.

    Attributes
    ----------
    figure : Figure
    axes : Axes
    svg : Markup
        The chart for the page; there after the ``with`` block of :func:`drawing`.
    """

    def __init__(self, figure: Figure, axes: Axes) -> None:
        self.figure = figure
        self.axes = axes
        self.svg = Markup("")


@contextmanager
def drawing(
    name: str, title: str, *, size: tuple[float, float], description: str = "", bare: bool = False
) -> Iterator[Drawing]:
    """Draw a chart on one pair of axes.

    Parameters
    ----------
    name : str
        Letters, digits and hyphens, one of a kind on the page: the start of every id in the chart.
    title, description : str
        What a screen reader says; escaped here. A chart without a title is an ornament of the
        numbers beside it and is passed over.
    size : (float, float)
        Width and height in inches at most; the page may scale it down.
    bare : bool
        Axes that fill the chart, without frame and labels.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"{name!r} is no name for a chart")
    with rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout=None if bare else "constrained")
        if bare:
            axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
            axes.set_axis_off()
        else:
            axes = figure.subplots()
        chart = Drawing(figure, axes)
        yield chart
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    chart.svg = _for_page(buffer.getvalue(), name, title, description)


def _for_page(text: str, name: str, title: str, description: str) -> Markup:
    """Strip what only a file needs, and write colours, ids and numbers as the page wants them."""
    root = ElementTree.fromstring(text)  # noqa: S314 (matplotlib's, not data)
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(key): value for key, value in element.attrib.items()}
        element.text, element.tail = _or_none(element.text), None
        _adapt(element.attrib, name, keep_id=element.tag != "g")
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    shown = {
        "class": "chart",
        "viewBox": f"0 0 {width:g} {height:g}",
        "width": f"{width * 4 / 3:.0f}",
    }
    if title:
        texts = {"title": title, "desc": description} if description else {"title": title}
        for place, (tag, words) in enumerate(texts.items()):
            told = ElementTree.Element(tag, id=f"{name}-{tag}")
            told.text = words
            root.insert(place, told)
        shown |= {"role": "img", "aria-labelledby": " ".join(f"{name}-{tag}" for tag in texts)}
    else:
        shown |= {"aria-hidden": "true", "focusable": "false"}
    root.attrib = shown
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 (escaped there)


def _local(name: str) -> str:
    """Return a name without its namespace, which HTML does not want."""
    return name.rpartition("}")[2]


def _or_none(text: str | None) -> str | None:
    return text if text and text.strip() else None


def _adapt(attributes: dict[str, str], name: str, *, keep_id: bool) -> None:
    """Put the page's colours, ids of the chart's own and short numbers into attributes."""
    if "id" in attributes:
        attributes["id"] = f"{name}-{attributes['id']}"
        if not keep_id:
            del attributes["id"]
    for key in _REFERENCES:
        if key in attributes:
            attributes[key] = attributes[key].replace("#", f"#{name}-")
    if "style" in attributes:
        for colour, variable in _VARIABLES.items():
            attributes["style"] = attributes["style"].replace(colour, variable)
    for key in _NUMERIC:
        if key in attributes:
            attributes[key] = _NUMBERS.sub(_shorter, attributes[key])


def _shorter(match: re.Match[str]) -> str:
    """Round to a tenth of a point, which no eye sees; scales of marks keep their place."""
    return f"{float(match[0]):.1f}".removesuffix(".0") or "0"
