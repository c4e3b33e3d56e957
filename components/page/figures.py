"""The charts of the report."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from components.page.drawing import BAND, FAINT, INK, SERIES, Chart, drawing, table_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KNOWN = ("none", "smote", "smrt", "gaussian", "class_weight", "threshold", "random")
_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (2, 2), (6, 2, 2, 2), (10, 3))
_DASH_OF = {"none": 2, "smrt": 0, "smote": 1, "gaussian": 3, "class_weight": 4, "threshold": 2}


@dataclass(frozen=True)
class Style:
    """The look of a series all over the page: colour and dashes, so that neither is alone.

    Attributes
    ----------
    number : int
        Of the colour: ``--s0`` … ``--s9`` of the page, ``SERIES`` here.
    dashes : tuple of float
        Lengths of strokes and gaps in points; empty for a solid line.
    width : float
        Of the line, in points.
    """

    number: int
    dashes: tuple[float, ...]
    width: float

    @property
    def line(self) -> dict[str, Any]:
        """Arguments of matplotlib's ``plot``."""
        dashes: Any = (0, self.dashes) if self.dashes else "solid"
        return {"color": SERIES[self.number], "linestyle": dashes, "linewidth": self.width}


def method_styles(methods: Sequence[str]) -> dict[str, Style]:
    """Give each method its style: the built-in methods always the same."""
    others = [method for method in methods if method not in _KNOWN]
    styles = {}
    for method in methods:
        number = _KNOWN.index(method) if method in _KNOWN else 7 + others.index(method) % 3
        dash = _DASH_OF.get(method, number % len(_DASHES))
        styles[method] = Style(number, _DASHES[dash], 2.2 if method == "smrt" else 1.4)
    return styles


def intervals(
    rows: Sequence[tuple[float | None, float | None, float | None]], smallest: float
) -> tuple[list[Markup], Markup]:
    """Draw a mean and its interval for each row of a table, and the axis that they share.

    Parameters
    ----------
    rows : sequence of (mean, low, high)
        None is left out.
    smallest : float
        The smallest difference worth having: up to it, on both sides of 0, the ground is shaded.
    """
    known = [value for row in rows for value in row if value is not None]
    reach = max([smallest, *map(abs, known)]) * 1.08 or 1.0
    low = -reach if min(known, default=0.0) < -0.3 * reach else -0.3 * reach
    high = reach if max(known, default=0.0) > 0.3 * reach else 0.3 * reach
    low, high = min(low, -1.1 * smallest), max(high, 1.1 * smallest)
    size = (3.0, 0.34)
    drawn = []
    for number, (mean, start, end) in enumerate(rows):
        with drawing(f"interval-{number}", "", size=size, bare=True) as chart:
            axes = chart.axes
            axes.axvspan(-smallest, smallest, color=BAND, linewidth=0)
            axes.axvline(0.0, color=FAINT, linewidth=1.0)
            if start is not None and end is not None:
                axes.plot([start, end], [0, 0], color=SERIES[2], linewidth=2.2)
                axes.plot([start, end], [0, 0], "|", color=SERIES[2], markersize=7)
            if mean is not None:
                axes.plot([mean], [0], "o", color=SERIES[2], markersize=6.5)
            axes.set_xlim(low, high)
            axes.set_ylim(-1, 1)
        drawn.append(chart.svg)
    with drawing("interval-axis", "", size=(3.0, 0.3), bare=True) as chart:
        axes = chart.axes
        axes.set_axis_on()
        axes.patch.set_visible(False)
        axes.set_position((0.0, 0.97, 1.0, 0.02))
        axes.spines[["left", "right", "top"]].set_visible(False)
        axes.set_yticks([])
        axes.set_xlim(low, high)
        axes.locator_params(axis="x", nbins=4)
        ticks = [
            tick for tick in axes.get_xticks() if low + 0.1 * reach < tick < high - 0.1 * reach
        ]
        axes.set_xticks(ticks, [f"{tick:+g}" if tick else "0" for tick in ticks])
    return drawn, chart.svg


def by_ratio(
    name: str,
    title: str,
    lines: Mapping[str, tuple[Sequence[float], Sequence[float | None]]],
    styles: Mapping[str, Style],
    level: float | None,
) -> Chart:
    """Draw a metric against the balance ratio, a line for each method.

    Parameters
    ----------
    name, title : str
        See :func:`~components.page.drawing.drawing`.
    lines : mapping
        method → (ratios, values).
    styles : mapping
        method → its style.
    level : float or None
        The metric without resampling, as a horizontal line.
    """
    with drawing(name, title, size=(3.6, 2.5)) as chart:
        axes = chart.axes
        if level is not None:
            axes.axhline(level, **styles["none"].line)
        for method, (ratios, values) in lines.items():
            axes.plot(ratios, _floats(values), marker="o", markersize=3, **styles[method].line)
        axes.set_xlabel("balance ratio")
        axes.grid(axis="y")
    rows = [(method, *pair) for method, line in lines.items() for pair in zip(*line, strict=True)]
    text = table_text(["method", "ratio", "value"], [("none", None, level), *rows])
    return Chart(name, chart.svg, text)


def precision_recall(
    name: str,
    title: str,
    lines: Mapping[str, Mapping[str, Any]],
    styles: Mapping[str, Style],
    *,
    prevalence: float,
    banded: Sequence[str],
) -> Chart:
    """Draw precision against recall, a line for each method, on the unit square.

    Parameters
    ----------
    name, title : str
        See :func:`~components.page.drawing.drawing`.
    lines : mapping
        method → its curve: ``recall``, ``precision`` and ``precision_std``.
    styles : mapping
        method → its style.
    prevalence : float
        Precision of guessing, drawn as a horizontal line.
    banded : sequence of str
        Methods with a band of one standard deviation over the splits.
    """
    with drawing(name, title, size=(4.2, 3.2)) as chart:
        axes = chart.axes
        axes.axhline(prevalence, color=FAINT, linewidth=0.9, linestyle=(0, (1, 2)))
        for method in banded:
            if method in lines:
                curve = lines[method]
                middle, spread = _floats(curve["precision"]), _floats(curve["precision_std"])
                colour = SERIES[styles[method].number]
                ends = np.clip([middle - spread, middle + spread], 0.0, 1.0)
                axes.fill_between(curve["recall"], *ends, color=colour, alpha=0.16, linewidth=0)
        for method, curve in lines.items():
            axes.plot(curve["recall"], _floats(curve["precision"]), **styles[method].line)
        _unit_square(axes, "recall", "precision")
    rows = [
        (method, *values)
        for method, curve in lines.items()
        for values in zip(
            *(curve[key] for key in ("recall", "precision", "precision_std")), strict=True
        )
    ]
    header = ["method", "recall", "precision", "standard deviation over splits"]
    return Chart(name, chart.svg, table_text(header, rows))


def reliability(
    name: str, title: str, lines: Mapping[str, Mapping[str, Any]], styles: Mapping[str, Style]
) -> Chart:
    """Draw the observed share against the predicted probability; perfect is the diagonal."""
    with drawing(name, title, size=(4.2, 3.2)) as chart:
        chart.axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8)
        for method, curve in lines.items():
            style = {**styles[method].line, "marker": "o", "markersize": 2.5}
            chart.axes.plot(curve["predicted"], curve["observed"], **style)
        _unit_square(chart.axes, "predicted probability", "observed share")
    rows = [
        (method, *values)
        for method, curve in lines.items()
        for values in zip(*(curve[key] for key in ("predicted", "observed", "rows")), strict=True)
    ]
    header = ["method", "predicted probability", "observed share", "rows"]
    return Chart(name, chart.svg, table_text(header, rows))


def loss_curve(name: str, title: str, costs: Sequence[float]) -> Chart:
    """Draw the loss of each epoch of a training, in nats a row."""
    epochs = np.arange(1, len(costs) + 1)
    with drawing(name, title, size=(2.6, 1.7)) as chart:
        chart.axes.plot(epochs, costs, color=SERIES[2], linewidth=1.4)
        chart.axes.set_xlabel("epoch")
        chart.axes.set_ylabel("loss (nats)")
    text = table_text(["epoch", "nats a row"], list(zip(epochs.tolist(), costs, strict=True)))
    return Chart(name, chart.svg, text)


def projection(
    name: str,
    title: str,
    ground: NDArray[np.float64],
    points: NDArray[np.float64],
    limits: tuple[float, float, float, float],
    colour: int,
    explained: Sequence[float],
) -> Chart:
    """Draw the points of a class over the real rows of the other classes.

    Parameters
    ----------
    name, title : str
        See :func:`~components.page.drawing.drawing`.
    ground, points : ndarray of shape (n, 2)
    limits : tuple of float
        Left, right, bottom, top.
    colour : int
        Number of the series.
    explained : sequence of float
        Share of the variance along each axis.
    """
    with drawing(name, title, size=(4.2, 3.5)) as chart:
        axes = chart.axes
        axes.plot(*ground.T, "x", color=FAINT, markersize=3.2, markeredgewidth=0.7, alpha=0.55)
        axes.plot(*points.T, "o", color=SERIES[colour], markersize=4.2, alpha=0.75, mew=0)
        axes.set_xlim(limits[0], limits[1])
        axes.set_ylim(limits[2], limits[3])
        shares = [f"{100 * share:.0f} % of the variance" for share in explained]
        axes.set_xlabel(f"first component ({shares[0]})")
        axes.set_ylabel(f"second component ({shares[1]})" if len(shares) > 1 else "")
        axes.grid()
    rows = [
        (kind, *point.tolist())
        for kind, cloud in (("class", points), ("other classes", ground))
        for point in cloud
    ]
    header = ["rows", "first component", "second component"]
    return Chart(name, chart.svg, table_text(header, rows))


MARGINAL_NAMES = {0: "real", 1: "SMOTE", 2: "SMRT"}


def marginal(
    name: str,
    title: str,
    shares: Mapping[int, NDArray[np.float64]],
    edges: NDArray[np.float64],
    names: Mapping[int, str] = MARGINAL_NAMES,
) -> Chart:
    """Draw the shares of a column's values in bins, a line for each series number."""
    places, unit = _within_reach(edges)
    with drawing(name, title, size=(3.2, 1.9)) as chart:
        axes = chart.axes
        for number, heights in shares.items():
            if number == 0:
                axes.stairs(heights, places, color=BAND, fill=True, linewidth=0)
            line = {0: ("solid", 1.0), 1: ((0, (6, 2)), 1.4), 2: ("solid", 1.8)}[number]
            colour = INK if number == 0 else SERIES[number]
            axes.stairs(heights, places, color=colour, linestyle=line[0], linewidth=line[1])
        axes.set_xlabel(unit)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.locator_params(axis="x", nbins=5)
    columns = [
        edges[:-1].tolist(),
        edges[1:].tolist(),
        *(part.tolist() for part in shares.values()),
    ]
    header = ["from", "to", *(names[number] for number in shares)]
    return Chart(name, chart.svg, table_text(header, zip(*columns, strict=True)))


def _within_reach(edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Return edges that matplotlib can place on an axis, and their unit in words."""
    reach = float(np.abs(edges).max())
    if reach == 0.0 or 1e-300 < reach < 1e300:
        return edges, ""
    exponent = int(np.floor(np.log10(reach)))
    return edges / float(f"1e{exponent}"), f"× 1e{exponent}"


def picture(values: NDArray[np.float64], low: float, high: float) -> str:
    """Draw a row of the table as a grey picture, as a ``data:`` address.

    Parameters
    ----------
    values : ndarray of shape (height, width)
        ``low`` is white, ``high`` black; missing values are white.
    """
    from matplotlib.image import imsave

    span = (high - low) or 1.0
    grey = 1.0 - np.clip((np.nan_to_num(values, nan=low) - low) / span, 0.0, 1.0)
    buffer = io.BytesIO()
    nothing: Any = {"Software": None}
    imsave(buffer, grey, cmap="gray", vmin=0.0, vmax=1.0, format="png", metadata=nothing)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _unit_square(axes: Any, across: str, up: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid()


def _floats(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
