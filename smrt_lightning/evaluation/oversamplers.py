"""The methods that resample: each takes the training part and returns the real rows first."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.seeds import derive_seed, numpy_generator
from smrt_lightning.table.space import Space

_Part = tuple[int, pd.DataFrame, NDArray[np.intp] | None]


@dataclass(frozen=True, eq=False)
class Resampled:
    """A training part after resampling.

    Attributes
    ----------
    X : DataFrame, shape (n, d)
    codes : int array, shape (n,)
    n_real : int
        The first ``n_real`` rows are real, the others synthetic.
    anchors : int array, shape (n − n_real,)
        Position in the training part of the row each synthetic row was drawn from; −1 when it was
        not drawn from one row.
    """

    X: pd.DataFrame
    codes: NDArray[np.intp]
    n_real: int
    anchors: NDArray[np.intp]

    @classmethod
    def unchanged(cls, X: pd.DataFrame, codes: NDArray[np.intp]) -> "Resampled":
        """Return the training part as it is."""
        return cls(X, codes, len(X), np.empty(0, dtype=np.intp))

    @classmethod
    def appended(
        cls,
        X: pd.DataFrame,
        codes: NDArray[np.intp],
        new: Sequence[_Part],
    ) -> "Resampled":
        """Append synthetic rows, given per class as (code, rows, anchors)."""
        new = [part for part in new if len(part[1])]
        if not new:
            return cls.unchanged(X, codes)
        rows = pd.concat([X, *(part[1] for part in new)], ignore_index=True)
        added = [np.full(len(frame), code, dtype=np.intp) for code, frame, _ in new]
        anchors = [
            np.full(len(frame), -1, dtype=np.intp) if drawn_from is None else drawn_from
            for _, frame, drawn_from in new
        ]
        return cls(rows, np.concatenate([codes, *added]), len(X), np.concatenate(anchors))

    def up_to(self, targets: Mapping[int, int]) -> "Resampled":
        """Keep of each class's synthetic rows as many as reach a smaller target.

        They are taken in one shuffled order a class, since a sampler may put its rows in an order
        of its own; what a smaller target keeps, a larger one keeps too.
        """
        keep = np.ones(len(self.codes), dtype=bool)
        for code in np.unique(self.codes[self.n_real :]):
            real = int((self.codes[: self.n_real] == code).sum())
            made = self.n_real + np.flatnonzero(self.codes[self.n_real :] == code)
            rng = numpy_generator(len(made), "order of synthetic rows", str(code))
            order = rng.permutation(len(made))
            keep[made[order[max(targets.get(int(code), real) - real, 0) :]]] = False
        if keep.all():
            return self
        X = self.X[keep].reset_index(drop=True)
        return Resampled(X, self.codes[keep], self.n_real, self.anchors[keep[self.n_real :]])


def random_rows(
    X: pd.DataFrame, codes: NDArray[np.intp], targets: Mapping[int, int], random_state: int
) -> Resampled:
    """Repeat real rows of each class."""
    new: list[_Part] = []
    for code, members, missing, seed in _orders(codes, targets, random_state):
        drawn = members[numpy_generator(seed, "rows").integers(0, len(members), missing)]
        new.append((code, X.iloc[drawn], drawn))
    return Resampled.appended(X, codes, new)


def smote_rows(
    X: pd.DataFrame, codes: NDArray[np.intp], targets: Mapping[int, int], random_state: int
) -> Resampled:
    """SMOTE, SMOTENC on mixed columns, SMOTEN on levels alone, over standardised columns.

    A class with fewer than six rows uses the neighbours that it has; a class of one row repeats it.

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16, 2002.
    """
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    space = Space(X)
    levels = space.codes(X)
    points = np.hstack([space.numbers(X), levels])
    width = len(space.number_names)
    categorical = list(range(width, points.shape[1]))
    new: list[_Part] = []
    for code, members, missing, seed in _orders(codes, targets, random_state):
        if len(members) == 1:
            once = np.repeat(members, missing)
            new.append((code, X.iloc[once], once))
            continue
        settings: dict[str, Any] = {
            "sampling_strategy": {1: len(members) + missing},
            "k_neighbors": min(5, len(members) - 1),
            "random_state": seed,
        }
        if not categorical:
            sampler = SMOTE(**settings)
        elif width == 0:
            sampler = SMOTEN(**settings)
        else:
            sampler = SMOTENC(categorical_features=categorical, **settings)
        with warnings.catch_warnings():
            # One-vs-rest labels make imbalanced-learn warn when "the rest" is the smaller part.
            warnings.simplefilter("ignore", UserWarning)
            out, _ = sampler.fit_resample(points, (codes == code).astype(int))
        made = np.asarray(out, dtype=np.float64)[len(X) :]
        rows = space.assemble(made[:, :width], made[:, width:].astype(np.intp))
        new.append((code, rows, None))
    return Resampled.appended(X, codes, new)


def gaussian_rows(
    X: pd.DataFrame, codes: NDArray[np.intp], targets: Mapping[int, int], random_state: int
) -> Resampled:
    """One Gaussian a class with Ledoit–Wolf shrinkage, held inside the class's ranges.

    Levels come from a real row drawn at random; the numbers then follow the Gaussian given them.

    References
    ----------
    O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance
    matrices", J. Multivariate Analysis 88(2), 2004.
    """
    from sklearn.covariance import LedoitWolf

    space = Space(X)
    numbers, levels = space.numbers(X), space.codes(X)
    width = numbers.shape[1]
    new: list[_Part] = []
    for code, members, missing, seed in _orders(codes, targets, random_state):
        rng = numpy_generator(seed, "rows")
        drawn = members[rng.integers(0, len(members), missing)]
        if len(members) < 3 or width == 0:
            new.append((code, X.iloc[drawn], drawn))
            continue
        own = np.hstack([numbers[members], space.corners(levels[members])])
        model = LedoitWolf().fit(own)
        cov = model.covariance_
        # A tiny ridge keeps the inverse finite where one level is all there is.
        given = cov[width:, width:] + 1e-6 * np.eye(own.shape[1] - width)
        slope = np.linalg.solve(given, cov[width:, :width])
        rest = cov[:width, :width] - cov[:width, width:] @ slope
        shift = (space.corners(levels[drawn]) - model.location_[width:]) @ slope
        noise = rng.multivariate_normal(np.zeros(width), rest, missing, method="eigh")
        values = model.location_[:width] + shift + noise
        values = np.clip(values, numbers[members].min(axis=0), numbers[members].max(axis=0))
        new.append((code, space.assemble(values, levels[drawn]), None))
    return Resampled.appended(X, codes, new)


def smrt_rows(
    X: pd.DataFrame,
    codes: NDArray[np.intp],
    labels: Sequence[Any],
    targets: Mapping[int, int],
    random_state: int,
    sampler: Any = None,
) -> Resampled:
    """Rows of :class:`smrt_lightning.SMRT`, over the columns as they are."""
    from sklearn.base import clone

    if sampler is None:
        from smrt_lightning.sampling.sampler import SMRT

        sampler = SMRT()
    counts = np.bincount(codes)
    wanted = {labels[code]: n for code, n in targets.items() if n > counts[code]}
    if not wanted:
        return Resampled.unchanged(X, codes)
    smrt = clone(sampler).set_params(sampling_strategy=wanted, random_state=random_state)
    y = pd.Series([labels[code] for code in codes])
    rows, out = smrt.fit_resample(X, y)
    position = {label: code for code, label in enumerate(labels)}
    added = np.array([position[label] for label in list(out)[len(X) :]], dtype=np.intp)
    anchors = np.asarray(smrt.anchor_indices_, dtype=np.intp)
    rows = rows.reset_index(drop=True)
    return Resampled(rows, np.concatenate([codes, added]), len(X), anchors)


def sampled_by(
    sampler: Any,
    X: pd.DataFrame,
    codes: NDArray[np.intp],
    targets: Mapping[int, int],
    random_state: int,
) -> Resampled:
    """Run any imbalanced-learn sampler on standardised, one-hot columns.

    Real rows that come back from it are handed on exactly as they were; what it made is brought
    back to original units. An over-sampler without a ``sampling_strategy`` of its own gets the
    targets of the comparison.
    """
    from sklearn.base import clone

    copy = clone(sampler)
    has = copy.get_params(deep=False)
    if "random_state" in has and has["random_state"] is None:
        copy.set_params(random_state=random_state)
    over = getattr(copy, "_sampling_type", "") == "over-sampling"
    if over and has.get("sampling_strategy") == "auto":
        counts = np.bincount(codes)
        copy.set_params(sampling_strategy={c: n for c, n in targets.items() if n > counts[c]})
    space = Space(X)
    points = space.transform(X)
    out, new_codes = copy.fit_resample(points, codes)
    out = np.ascontiguousarray(out, dtype=np.float64)
    new_codes = np.asarray(new_codes, dtype=np.intp)
    place = {row.tobytes(): i for i, row in enumerate(points)}
    source = np.array([place.get(row.tobytes(), -1) for row in out], dtype=np.intp)
    real = source >= 0
    if np.array_equal(out[: len(X)], points):
        source[: len(X)] = np.arange(len(X))
        real = np.arange(len(out)) < len(X)
    order = np.concatenate([np.flatnonzero(real), np.flatnonzero(~real)])
    rows = space.inverse(out[order])
    source, new_codes = source[order], new_codes[order]
    # Rows that are real, copies included, are handed on as they were before the embedding.
    both = pd.concat([X, rows], ignore_index=True)
    kept = both.iloc[np.where(source >= 0, source, len(X) + np.arange(len(source)))]
    n_real = int(real.sum())
    return Resampled(kept.reset_index(drop=True), new_codes, n_real, source[n_real:])


def _orders(
    codes: NDArray[np.intp], targets: Mapping[int, int], random_state: int
) -> list[tuple[int, NDArray[np.intp], int, int]]:
    """List per class its rows, how many are missing, and a seed of its own."""
    found = []
    for code in sorted(targets):
        members = np.flatnonzero(codes == code)
        missing = targets[code] - len(members)
        if missing > 0 and len(members):
            found.append((code, members, missing, derive_seed(random_state, "class", str(code))))
    return found
