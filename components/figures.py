"""Pictures for the report, as ``data:`` addresses: no file beside the page, no script inside it.

No text of the data is drawn: names stand in the page, where they are escaped and can be read out.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

COLOUR = "#3b6ea8"
GREY = "#767676"
_FIXED: dict[Any, Any] = {
    "svg.hashsalt": "smrt",
    "svg.fonttype": "path",
    "font.size": 8,
    "axes.edgecolor": GREY,
}


def loss_curve(costs: Sequence[float]) -> str:
    """Draw the cost of each pass of a training.

    Parameters
    ----------
    costs : sequence of float
        Mean cost of a row in nats, one for each pass.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_FIXED):
        figure = Figure(figsize=(2.6, 1.5), layout="constrained")
        axes = figure.subplots()
        axes.plot(np.arange(1, len(costs) + 1), costs, color=COLOUR, linewidth=1.2)
        axes.set_xlabel("pass over the rows")
        axes.set_ylabel("cost (nats)")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(color=GREY)
        return _svg(figure)


def dots(values: Sequence[float | None], spreads: Sequence[float | None]) -> str:
    """Draw one value and its spread on each line, to stand beside a column of names.

    Parameters
    ----------
    values : sequence of float or None
        From top to bottom; None leaves the line empty.
    spreads : sequence of float or None
        Half the length of the bar, in the same unit.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_FIXED):
        figure = Figure(figsize=(4.2, 0.45 + 0.28 * len(values)), layout="constrained")
        axes = figure.subplots()
        for line, (value, spread) in enumerate(zip(values, spreads, strict=True)):
            if value is not None:
                axes.errorbar(value, line, xerr=spread or 0.0, color=COLOUR, fmt="o", markersize=4)
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.set_yticks(range(len(values)), [str(line + 1) for line in range(len(values))])
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        return _svg(figure)


def picture(values: NDArray[np.float64], low: float, high: float) -> str:
    """Draw a row of the table as a grey picture.

    Parameters
    ----------
    values : ndarray of shape (height, width)
        ``low`` is white, ``high`` black; missing values are white.
    """
    from matplotlib.image import imsave

    span = (high - low) or 1.0
    grey = 1.0 - np.clip((np.nan_to_num(values, nan=low) - low) / span, 0.0, 1.0)
    buffer = io.BytesIO()
    imsave(buffer, grey, cmap="gray", vmin=0.0, vmax=1.0, format="png")
    return _address("image/png", buffer.getvalue())


def _svg(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _address("image/svg+xml", buffer.getvalue())


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
