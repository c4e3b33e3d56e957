# %% [markdown]
# # Handwritten 3s among 8s
#
# The notebook that the original SMRT package was shown with, on this package: an autoencoder's
# reconstructions, a variational autoencoder's own 3s, SMRT beside SMOTE, and a logistic regression
# over twenty balance ratios. Then the same without the leak of the original's split.
#
# Run it in its folder: `python mnist.py`, or `python mnist.py --small` for a quick look. Pictures
# go to `pictures/`. MNIST is read from the file that the variable `SMRT_MNIST` names (an .npz with
# X and y), fetched from OpenML otherwise; without a network scikit-learn's own small digits serve.

# %%
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.datasets import fetch_openml, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from smrt_lightning import AutoEncoder, VariationalAutoEncoder, smote_balance, smrt_balance

SMALL = "--small" in sys.argv
FULL = "--full" in sys.argv  # the original's 1,000 against 100,000 rows: hours on two cores
PICTURES = Path("pictures")
PICTURES.mkdir(exist_ok=True)
SEED = 42

# %% [markdown]
# ## The data: 3s are rare, 8s are common


# %%
def load() -> tuple[np.ndarray, np.ndarray, str]:
    """Return pictures as rows of values in [0, 1], the digits, and where they are from."""
    if file := os.environ.get("SMRT_MNIST"):
        with np.load(file) as data:
            return data["X"] / 255.0, data["y"].astype(int), "MNIST"
    if not SMALL:
        try:
            mnist = fetch_openml("mnist_784", version=1, as_frame=False)
            return mnist.data / 255.0, mnist.target.astype(int), "MNIST"
        except OSError:
            print("No network: scikit-learn's 8×8 digits instead of MNIST.")
    digits = load_digits()
    return digits.data / 16.0, digits.target, "scikit-learn's digits"


X, y, source = load()
side = int(np.sqrt(X.shape[1]))
threes, eights = X[y == 3], X[y == 8]
print(f"{source}: {len(threes)} 3s, {len(eights)} 8s, {side}×{side} pixels")


def rows_of_pictures(rows: list[np.ndarray], names: list[str], file: str) -> None:
    """Save pictures, a named row each."""
    figure = Figure(figsize=(8, 0.95 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    for axes, pictures, name in zip(grid, rows, names, strict=True):
        for ax, picture in zip(axes, pictures, strict=True):
            ax.imshow(picture.reshape(side, side), cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        axes[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.savefig(PICTURES / file, dpi=70)


# %% [markdown]
# ## An autoencoder: real above, reconstructed below


# %%
steps = {"min_steps": 60, "max_steps": 60} if SMALL else {"min_steps": 1500, "max_steps": 1500}
learned = X[:: max(1, len(X) // 3000)]
autoencoder = AutoEncoder(n_hidden=(256, 32), random_state=SEED, **steps).fit(learned)
shown = X[np.random.default_rng(SEED).choice(len(X), 10, replace=False)]
rows_of_pictures([shown, autoencoder.feed_forward(shown)], ["real", "AE"], "autoencoder.png")

figure = Figure(figsize=(5, 2.6), layout="constrained")
ax = figure.subplots()
ax.plot(np.arange(1, len(autoencoder.epoch_costs_) + 1), autoencoder.epoch_costs_)
ax.set(
    xlabel="pass over the rows", ylabel="cost of a row in nats", title="Training the autoencoder"
)
figure.savefig(PICTURES / "autoencoder_cost.png", dpi=70)

# %% [markdown]
# ## A variational autoencoder that has seen 3s only


# %%
vae = VariationalAutoEncoder(n_latent_factors=10, random_state=SEED, **steps).fit(threes[:1000])
rows_of_pictures(
    [threes[:10], vae.feed_forward(threes[:10]), vae.generate(10, random_state=SEED)],
    ["real", "VAE", "drawn"],
    "variational_autoencoder.png",
)

# %% [markdown]
# ## SMRT and SMOTE at a balance ratio of 0.5


# %%
n_rare, n_common = (1000, 100_000) if FULL else (60, 1500) if SMALL else (100, 4000)


def draw(rare: np.ndarray, common: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows with replacement, as the original did."""
    rng = np.random.default_rng(seed)
    rows = np.vstack(
        [
            rare[rng.integers(len(rare), size=n_rare)],
            common[rng.integers(len(common), size=n_common)],
        ]
    )
    return rows, np.repeat([1, 0], [n_rare, n_common])


drawn, labels = draw(threes, eights, SEED)
balanced = {
    "SMOTE": smote_balance(drawn, labels, balance_ratio=0.5, shuffle=False, random_state=SEED),
    "SMRT": smrt_balance(
        drawn, labels, balance_ratio=0.5, shuffle=False, random_state=SEED, **steps
    ),
}
synthetic = {name: result[0][len(drawn) :] for name, result in balanced.items()}
rows_of_pictures(
    [drawn[:10], *(rows[:10] for rows in synthetic.values())],
    ["real", *synthetic],
    "smote_and_smrt.png",
)

# %% [markdown]
# ## Logistic regression over the ratios
#
# *As the original did it*: rows are drawn with replacement first and split afterwards, so that
# copies of one picture lie on both sides. A classifier that knows a test row by heart looks better
# than it is. *Leak-free*: the pictures are split first, then drawn within each side.


# %%
METRICS = {
    "precision": lambda y, p, s: precision_score(y, p, zero_division=0),
    "recall": lambda y, p, s: recall_score(y, p),
    "accuracy": lambda y, p, s: accuracy_score(y, p),
    "AUC": lambda y, p, s: roc_auc_score(y, s),
    "F1": lambda y, p, s: f1_score(y, p),
    "Cohen's kappa": lambda y, p, s: cohen_kappa_score(y, p),
}


def halves(rows: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split rows in two parts, 70 to 30."""
    order = np.random.default_rng(seed).permutation(len(rows))
    return rows[order[: round(0.7 * len(rows))]], rows[order[round(0.7 * len(rows)) :]]


def splits(leaky: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training rows and labels, test rows and labels."""
    if leaky:
        rows, truth = draw(threes, eights, SEED)
        table = np.column_stack([rows, truth])
        train, test = halves(table, SEED)
        return train[:, :-1], train[:, -1], test[:, :-1], test[:, -1]
    (rare, rare_test), (common, common_test) = halves(threes, SEED), halves(eights, SEED)
    return *draw(rare, common, SEED), *draw(rare_test, common_test, SEED + 1)


def scores(leaky: bool, ratios: np.ndarray) -> pd.DataFrame:
    """Score SMOTE and SMRT at every ratio."""
    train, y_train, test, y_test = splits(leaky)
    models: dict[object, VariationalAutoEncoder] | None = None
    found = []
    for ratio in ratios:
        *smrt, models = smrt_balance(
            train,
            y_train,
            balance_ratio=float(ratio),
            prefit_estimators=models or None,
            return_estimators=True,
            random_state=SEED,
            **steps,
        )
        smote = smote_balance(train, y_train, balance_ratio=float(ratio), random_state=SEED)
        for arm, (rows, truth) in {"SMRT": smrt, "SMOTE": smote}.items():
            classifier = LogisticRegression(max_iter=100)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                classifier.fit(rows, truth)
            said, chance = classifier.predict(test), classifier.predict_proba(test)[:, 1]
            values = {name: metric(y_test, said, chance) for name, metric in METRICS.items()}
            found.append({"arm": arm, "ratio": float(ratio), **values})
    return pd.DataFrame(found)


def six_panels(table: pd.DataFrame, title: str, file: str) -> None:
    """Plot every metric over the ratio."""
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    for ax, metric in zip(figure.subplots(2, 3).flat, METRICS, strict=True):
        for arm, rows in table.groupby("arm"):
            ax.plot(rows["ratio"], rows[metric], marker=".", label=arm)
        ax.set(title=metric, xlabel="balance ratio")
    ax.legend()
    figure.suptitle(title)
    figure.savefig(PICTURES / file, dpi=70)


ratios = np.linspace(0.05, 0.5, 3) if SMALL else np.linspace(0.025, 0.5, 20)
ratios = ratios[ratios > n_rare / n_common]  # below its share in the data nothing is added
for leaky, name in ((True, "original split"), (False, "leak-free split")):
    table = scores(leaky, ratios)
    table.to_csv(PICTURES / f"scores_{name.split()[0]}.csv", index=False, float_format="%.4f")
    six_panels(table, f"{source}, 3 against 8, {name}", f"ratios_{name.split()[0]}.png")
    print(f"\n{name}\n{table.groupby('arm')[list(METRICS)].agg(['first', 'last']).round(3).T}")
