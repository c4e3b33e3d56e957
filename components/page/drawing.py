"""Charts of matplotlib as SVG that stands inside the page and takes its colours.

matplotlib draws in stand-in colours; here they become the page's CSS variables, so that one chart
serves light, dark and print. No text of the data is drawn: names stand in the page, where they are
escaped, wrap, and can be read out. What a chart shows is said in its title and description.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

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
_POINTS = re.compile(r"-?\d+\.\d+")


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
    start = re.search(r"<svg [^>]*?viewBox=\"([\d. ]+)\"[^>]*>", text)
    if start is None:
        raise ValueError("matplotlib wrote no SVG")
    body = text[start.end() :]
    body = re.sub(r"\s*<style type=\"text/css\">.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"<g id=\"[^\"]*\"", "<g", body)
    body = re.sub(r"(\bid=\"|url\(#|href=\"#)", rf"\1{name}-", body)
    body = body.replace("xlink:href", "href")
    body = re.sub(r"(font: [\d.]+px) [^;\"]*", r"\1 sans-serif", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    body = re.sub(
        r"(?<=[ \"])(d|x|y|points|transform)=\"([^\"]*)\"",
        lambda match: f'{match[1]}="{_POINTS.sub(_shorter, match[2])}"',
        body,
    )
    body = re.sub(r"\s*\n\s*", "\n", body)
    width, height = (float(number) for number in start[1].split()[2:])
    shown = f'class="chart" viewBox="0 0 {width:g} {height:g}" width="{width * 4 / 3:.0f}"'
    if not title:
        return Markup(f'<svg {shown} aria-hidden="true" focusable="false">{body.strip()}')  # noqa: S704
    label = f'<title id="{name}-title">{escape(title)}</title>'
    names = f"{name}-title"
    if description:
        label += f'<desc id="{name}-desc">{escape(description)}</desc>'
        names += f" {name}-desc"
    return Markup(f'<svg {shown} role="img" aria-labelledby="{names}">{label}{body.strip()}')  # noqa: S704


def _shorter(match: re.Match[str]) -> str:
    """Round to a tenth of a point, which no eye sees; scales of marks keep their place."""
    return f"{float(match[0]):.1f}".removesuffix(".0") or "0"
