"""SMRT: an imbalanced-learn sampler that draws rare classes from variational autoencoders."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from smrt_lightning.errors import NotFoundError
from smrt_lightning.model.generator import Drawer, RowGenerator
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.sampling.models import fit_models
from smrt_lightning.sampling.notebook_view import NotebookView
from smrt_lightning.sampling.one_class import work_on_class
from smrt_lightning.sampling.pool import PARTS
from smrt_lightning.sampling.progress import each_class
from smrt_lightning.sampling.report import ClassReport
from smrt_lightning.seeds import resolve_seed
from smrt_lightning.table.constraints import Constraint
from smrt_lightning.table.containers import Container
from smrt_lightning.table.frames import as_frame
from smrt_lightning.table.kinds import asked_kinds, require_same_columns
from smrt_lightning.table.labels import Target
from smrt_lightning.table.rules import TableRules

_log = logging.getLogger(__name__)


class SMRT(NotebookView, BaseOverSampler):
    """Synthetic Minority Reconstruction Technique.

    For every class that ``sampling_strategy`` asks rows for, a variational autoencoder learns
    the class's own rows; candidates are drawn near resampled real rows, return to the support of
    the columns, and those that stand clear of the other classes are kept, as many of each sub-group
    of the class as ``coverage`` asks.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As for every imbalanced-learn over-sampler.
    random_state : int, RandomState or None
        The common seed; each class derives its own from it and its label.
    estimator : VariationalAutoEncoder or RowGenerator, optional
        The model of a class, cloned for each; any object with ``fit`` and ``draw``.
    draw : {"auto", "mixed", "anchored", "free", "prior", "prior_correlated", "prior_mean", \
"interpolation"}
        How candidates are drawn, see :mod:`smrt_lightning.model.draws`; "auto" chooses for each
        class inside the training data, see :mod:`smrt_lightning.sampling.choice`.
    acceptance : float
        Candidates per row kept, at least 1; 1 accepts every candidate.
    coverage : float
        What every sub-group of the class keeps of its share, in [0, 1]: of the clusters of its
        real rows, and of every level that at least a tenth of it has. 0 keeps the clearest
        candidates of all, whatever they leave out; 1 keeps every share as far as acceptance can.
    k_neighbors : int
        Real neighbours on either side that acceptance measures the distance to.
    min_rows : int
        A class with fewer rows gets no autoencoder but neighbours' interpolation; one with a
        single row is repeated. ``report_`` says so.
    prefit_estimators : mapping of label to VariationalAutoEncoder, optional
        Fitted models to use; a class that is missing here is fitted.
    constraints : "auto", None or sequence of Constraint
        What every synthetic row keeps between its columns: "auto" finds what holds in every row of
        X, None keeps nothing; see :mod:`smrt_lightning.table.constraints`.
    column_kinds : mapping of column name to {"numeric", "continuous", "categorical"}, optional
        Columns that are not what they look like; of an array, by their number. What is not named
        here is as the estimator has it.
    categorical_features : array-like, "auto" or None
        Names, positions or a mask of the categorical columns, as SMOTENC takes them; "auto" and
        None tell them by their dtypes and values.
    n_jobs : int, optional
        Processes, a class each; None is one, -1 one a core. The result does not depend on it.
    verbose : int
        1 or more shows a progress bar over the classes on the standard error.

    Attributes
    ----------
    models_ : dict
        Label to fitted VariationalAutoEncoder (None where a class was too small).
    synthetic_mask_ : ndarray of bool, shape (n_rows_out,)
        True for the synthetic rows of the last result.
    anchor_indices_ : ndarray of int, shape (n_synthetic,)
        The row of X that each synthetic row was drawn from; -1 when not from one row alone.
    rules_ : TableRules
        What was recognised of the whole table, for every class to keep.
    report_ : dict
        Label to :class:`~smrt_lightning.sampling.report.ClassReport`.

    Notes
    -----
    Progress is also logged, a line for each class, to ``logging.getLogger("smrt_lightning")``.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(n_samples=120, weights=[0.8], random_state=0)
    >>> X_resampled, y_resampled = SMRT(random_state=0).fit_resample(X, y)
    >>> int((y_resampled == 0).sum()) == int((y_resampled == 1).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOverSampler._parameter_constraints,
        "estimator": [VariationalAutoEncoder, HasMethods(["fit", "draw"]), None],
        "draw": [StrOptions({"auto", *PARTS} - {"generator", "repetition"})],
        "acceptance": [Interval(Real, 1, None, closed="left")],
        "coverage": [Interval(Real, 0, 1, closed="both")],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "min_rows": [Interval(Integral, 2, None, closed="left")],
        "prefit_estimators": [Mapping, None],
        "constraints": [StrOptions({"auto"}), list, tuple, None],
        "column_kinds": [Mapping, None],
        "categorical_features": ["array-like", StrOptions({"auto"}), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        sampling_strategy: float | str | Mapping[Any, int] | Callable[..., Any] = "auto",
        *,
        random_state: int | np.random.RandomState | None = None,
        estimator: VariationalAutoEncoder | RowGenerator | None = None,
        draw: str = "auto",
        acceptance: float = 3.0,
        coverage: float = 0.5,
        k_neighbors: int = 5,
        min_rows: int = 8,
        prefit_estimators: Mapping[Any, Any] | None = None,
        constraints: str | Sequence[Constraint] | None = "auto",
        column_kinds: Mapping[Any, str] | None = None,
        categorical_features: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.estimator = estimator
        self.draw = draw
        self.acceptance = acceptance
        self.coverage = coverage
        self.k_neighbors = k_neighbors
        self.min_rows = min_rows
        self.prefit_estimators = prefit_estimators
        self.constraints = constraints
        self.column_kinds = column_kinds
        self.categorical_features = categorical_features
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Return the rows that are given and, behind them, synthetic ones.

        Parameters
        ----------
        X : DataFrame, array-like, tensor or sparse matrix of shape (n_rows, n_columns)
            Columns of any kind, missing values allowed; frames of other libraries too.
        y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
            Labels, or a one-hot matrix, whose classes are 0, 1, ….
        **params
            Ignored; for metadata routing.

        Returns
        -------
        X_resampled, y_resampled : as X and y
            The very rows that were given, then the synthetic ones.

        Raises
        ------
        TableError, UnsupportedValueError
            If the table cannot be used, before anything is trained.
        """
        container, plain = Container.of(X)
        target = Target(y)
        # The base class sees a frame or an array; what it returns are the synthetic rows alone.
        rows, labels = super().fit_resample(plain, target.values, **params)
        self._container = container
        return container.extended(X, rows), target.extended(labels)

    def _check_X_y(  # noqa: N802 (imbalanced-learn's name)
        self, X: Any, y: Any, accept_sparse: Any = None
    ) -> tuple[Any, Any, bool]:
        labels = column_or_1d(check_target_type(Target(y).values))
        frame = as_frame(self, X, reset=True)
        check_consistent_length(frame, labels)
        return frame, np.asarray(labels), False

    def _fit_resample(self, X: pd.DataFrame, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        classes = self._learn(X, y)
        parts, labels, anchors = [X.iloc[:0]], [y[:0]], []
        drawn = each_class(partial(work_on_class, self), classes, self.n_jobs, self.verbose)
        for (label, n, _, own, _), (rows, chosen, report) in zip(classes, drawn, strict=True):
            self.report_[label] = report
            if report.method != "vae":
                self._filled[label] = rows[list(X.columns)]
            parts.append(rows[list(X.columns)])
            labels.append(np.full(n, label, dtype=y.dtype))
            anchors.append(np.where(chosen >= 0, own[chosen], -1))
            _log.info(
                "class %r: %d rows, %d drawn (%s) in %.1f s",
                label,
                len(own),
                n,
                report.draw,
                report.seconds,
            )
        self.anchor_indices_ = np.concatenate([np.empty(0, dtype=np.int64), *anchors])
        self.synthetic_mask_ = np.arange(len(X) + sum(map(len, parts))) >= len(X)
        made = pd.concat(parts[1:], ignore_index=True) if len(parts) > 2 else parts[-1]
        return made, np.concatenate(labels)

    def _learn(self, X: pd.DataFrame, y: NDArray[Any]) -> list[tuple[Any, ...]]:
        """Learn the table and its classes; return what the work on each class begins with."""
        self.seed_ = resolve_seed(self.random_state)
        self._given = (X, y)  # for plot_samples; in no file
        self._filled: dict[Any, pd.DataFrame] = {}  # likewise: rows of classes without a model
        self.report_: dict[Any, ClassReport] = {}
        self._prepare(X)
        self.rules_ = TableRules.learn(X, self.kinds_, self.constraints)
        wanted = {label: int(n) for label, n in self.sampling_strategy_.items() if n}
        own_rows = {label: np.flatnonzero(y == label) for label in wanted}
        given = self.prefit_estimators
        tables = {label: X.iloc[own] for label, own in own_rows.items()}
        fitted = fit_models(tables, self.rules_, self.model_, given, self.seed_, self.min_rows)
        self.models_: dict[Any, Any] = fitted.models
        self._drawers: dict[Any, Drawer] = fitted.foreign
        return [(label, n, X, own_rows[label], fitted.of(label)) for label, n in wanted.items()]

    def _prepare(self, X: pd.DataFrame) -> None:
        """Check what the parameters say of columns, before anything is trained."""
        own = getattr(self.estimator, "column_kinds", None) or {}
        asked = asked_kinds(X, self.column_kinds, self.categorical_features)
        self.kinds_: dict[Any, str] = {**own, **asked}
        self.model_ = self.estimator
        if asked and isinstance(self.estimator, VariationalAutoEncoder | None):
            told = clone(self.estimator or VariationalAutoEncoder())
            self.model_ = told.set_params(column_kinds=self.kinds_)
        for label, model in (self.prefit_estimators or {}).items():
            codec = getattr(model, "codec_", None)
            if label in self.sampling_strategy_ and codec is not None:
                require_same_columns(X, list(codec.dtypes), f"prefit_estimators[{label!r}]")

    def generate(
        self, label: Any, n: int = 1, random_state: int | np.random.RandomState | None = None
    ) -> Any:
        """Draw n rows of one class from its model, without acceptance.

        Parameters
        ----------
        label : Any
            A class with a model in ``models_``.
        n : int
            Rows to draw.
        random_state : int, RandomState or None
            Seed of this draw.

        Returns
        -------
        as X, of shape (n, n_columns)
            In the container of the fit.

        Raises
        ------
        NotFoundError
            If no model was fitted for the label.
        """
        check_is_fitted(self, "models_")
        model = self.models_.get(label)
        if model is None:
            known = [k for k, v in self.models_.items() if v]
            raise NotFoundError(
                f"there is no model of class {label!r}; the classes with one are {known!r}. A "
                "class without missing rows is not fitted, and one with fewer rows than min_rows "
                "falls back."
            )
        if isinstance(model, VariationalAutoEncoder):
            rows = model.generate(n, random_state)
        else:
            rows = self._drawers[label].generate(n, random_state)
        return self._container.rows(rows) if isinstance(rows, pd.DataFrame) else rows

    def save(self, directory: str | Path) -> None:
        """Write every class's model below a directory; see :mod:`smrt_lightning.model.storage`."""
        from smrt_lightning.model.storage import save_sampler

        save_sampler(self, Path(directory))

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """Read a sampler that :meth:`save` wrote, ready to :meth:`generate`."""
        from smrt_lightning.model.storage import load_sampler

        sampler: Self = load_sampler(cls, VariationalAutoEncoder, Path(directory))
        return sampler

    def _more_tags(self) -> dict[str, Any]:
        return {"X_types": ["2darray", "string", "sparse", "dataframe"], "allow_nan": True}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags
