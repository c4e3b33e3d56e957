"""SMRT in a notebook: its report as HTML, its loss curves, its rows beside real ones."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils._repr_html.estimator import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.errors import NotFoundError, ParameterError
from smrt_lightning.table.frames import as_frame
from smrt_lightning.table.space import Space

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from smrt_lightning.sampling.report import ClassReport

_HEADINGS = (
    "class",
    "real rows",
    "synthetic",
    "drawn",
    "draw",
    "copies",
    "worst-served sub-group keeps",
    "last cost",
    "remark",
)


def report_html(report: dict[Any, ClassReport]) -> str:
    """Return the per-class report as an HTML table; every text of the data is escaped."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    body = []
    for entry in report.values():
        cost = f"{entry.loss_history[-1]:.3f}" if entry.loss_history else "–"
        values = (entry.n_rows, entry.n_synthetic, entry.n_candidates, entry.draw, entry.n_copies)
        worst = "–" if entry.coverage.worst is None else f"{entry.coverage.worst:.0%}"
        remarks = [entry.reason, *(f"left out: {words}" for words in entry.coverage.words())]
        remark = "; ".join(filter(None, remarks))
        cells = "".join(f"<td>{escape(str(v))}</td>" for v in (*values, worst, cost, remark))
        body.append(f'<tr><th scope="row">{escape(str(entry.label))}</th>{cells}</tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


class NotebookView(BaseEstimator):
    """The views that :class:`~smrt_lightning.sampling.sampler.SMRT` shows in a notebook."""

    report_: dict[Any, ClassReport]

    def _html_repr(self) -> str:
        diagram: str = estimator_html_repr(self)
        report = getattr(self, "report_", None)
        return diagram + report_html(report) if report else diagram

    def plot_loss(self, ax: Axes | None = None) -> Axes:
        """Plot the mean cost of a row of each epoch of each class's training.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        Axes
            With one line for each class that has a model.
        """
        check_is_fitted(self, "report_")
        ax = _axes(ax)
        for entry in self.report_.values():
            if entry.loss_history:
                epochs = np.arange(1, len(entry.loss_history) + 1)
                ax.plot(epochs, entry.loss_history, label=_plain(entry.label))
        ax.set_xlabel("epoch")
        ax.set_ylabel("cost of a row in nats")
        if ax.has_data():
            ax.legend(title="class")
        return ax

    def plot_samples(
        self,
        X: Any = None,
        y: Any = None,
        label: Any = None,
        *,
        n: int = 10,
        image_shape: Sequence[int] | None = None,
        random_state: int = 0,
    ) -> Figure:
        """Show synthetic rows of a class beside real ones.

        Parameters
        ----------
        X, y : DataFrame or array-like, array-like, optional
            Real rows; without them those that the sampler was given last.
        label : Any, optional
            A class; without it the one of fewest rows that was filled. Of a class that has no
            model in ``models_`` the rows of the last resampling are shown.
        n : int
            Pictures in a row.
        image_shape : (int, int), optional
            Rows are pictures of so many pixels: real ones above, synthetic ones below. Without
            it the rows are points in the plane of the real rows' first two principal components.
        random_state : int
            Seed of the draw.

        Returns
        -------
        Figure
            Closed for pyplot, so that nothing piles up.

        Raises
        ------
        NotFoundError
            If y has no row of the class, or the sampler no model of it.
        ParameterError
            If a row does not fill a picture of that shape, or no rows are given and the sampler
            has none, since it was loaded.
        """
        import matplotlib.figure

        check_is_fitted(self, "report_")
        X, y = self._real_rows(X, y)
        if label is None:
            label = self._rarest()
        own = np.asarray(y) == label
        if not own.any():
            known = list(pd.unique(np.asarray(y)))
            raise NotFoundError(f"no row has the label {label!r}; the labels are {known!r}")
        real = X[own] if not isinstance(X, pd.DataFrame) else X.loc[own]
        count = n if image_shape is not None else int(own.sum())
        filled = getattr(self, "_filled", {}) if self.models_.get(label) is None else {}
        drawn = (
            filled[label][:count] if label in filled else self.generate(label, count, random_state)
        )
        figure = matplotlib.figure.Figure(layout="constrained")
        if image_shape is not None:
            _pictures(figure, np.asarray(real)[:n], np.asarray(drawn), tuple(image_shape))
        else:
            _plane(figure, pd.DataFrame(real), pd.DataFrame(drawn))
        figure.suptitle(_plain(f"class {label}"))
        return figure

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the rows that were given: they are in no file."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("_given", "_filled")}

    def _real_rows(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return the real rows to show: those given, or those of the fit."""
        if X is None or y is None:
            if not hasattr(self, "_given"):
                raise ParameterError(
                    "a sampler that was loaded holds no real rows: give some, plot_samples(X, y)"
                )
            given: tuple[Any, Any] = self._given
            return given
        mask = self.synthetic_mask_
        if len(y) == len(mask) and mask.any():
            warnings.warn(
                "this is the balanced table: its synthetic rows are left out of the real ones. "
                "plot_samples() needs no rows",
                stacklevel=3,
            )
            n_real = int((~mask).sum())
            return X[:n_real], y[:n_real]
        return X, y

    def _rarest(self) -> Any:
        """Return the class of fewest rows that can be shown."""
        shown = getattr(self, "_filled", {})
        rows = {
            label: r.n_rows
            for label, r in self.report_.items()
            if label in shown or (self.models_.get(label) is not None and r.method != "generator")
        }
        if not rows:
            raise NotFoundError("no class has a model, and the rows of the last fit are not kept")
        return min(rows, key=rows.__getitem__)


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.figure

    return matplotlib.figure.Figure(layout="constrained").subplots()


def _plain(text: Any) -> str:
    """Return a label that matplotlib neither hides (a leading _) nor reads as mathematics."""
    return "\u200b" + str(text).replace("$", r"\$")


def _pictures(figure: Figure, real: Any, drawn: Any, shape: tuple[int, ...]) -> None:
    if real.shape[1] != int(np.prod(shape)):
        raise ParameterError(
            f"image_shape {' × '.join(map(str, shape))} does not hold the {real.shape[1]} columns "
            f"of a row: give height and width whose product is {real.shape[1]}, or leave "
            "image_shape out."
        )
    figure.set_size_inches(max(len(real), len(drawn)) * 0.8, 2.4)
    grid = figure.subplots(2, max(len(real), len(drawn)), squeeze=False)
    for ax in grid.flat:
        ax.set_axis_off()
    for row, pictures in enumerate((real, drawn)):
        for column, picture in enumerate(pictures):
            values = np.asarray(picture, dtype=np.float64).reshape(shape)
            grid[row, column].imshow(values, cmap="gray_r")


def _plane(figure: Figure, real: pd.DataFrame, drawn: pd.DataFrame) -> None:
    """Project both on the principal components of the real rows, standardised."""
    drawn.columns = real.columns
    both = as_frame(None, pd.concat([real, drawn], ignore_index=True))
    points = Space(both.iloc[: len(real)]).transform(both)
    points -= points[: len(real)].mean(axis=0)
    _, _, axes = np.linalg.svd(points[: len(real)], full_matrices=False)
    plane = points @ axes[:2].T
    ax = figure.subplots()
    second = plane[:, 1] if plane.shape[1] > 1 else np.zeros(len(plane))
    ax.scatter(plane[: len(real), 0], second[: len(real)], s=12, label="real")
    ax.scatter(plane[len(real) :, 0], second[len(real) :], s=12, marker="x", label="synthetic")
    ax.set_xlabel("first principal component")
    ax.set_ylabel("second")
    ax.legend()
