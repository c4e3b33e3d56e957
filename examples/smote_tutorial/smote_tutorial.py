# %% [markdown]
# # Two Gaussians: when SMOTE helps, and when it does not
#
# A tutorial's setting: 5,000 rows of one class against 50 of another to learn from, as many of
# each to test on. `SMOTE` is the tutorial's, on arrays of shape (features, samples), then
# SMRT, and its two questions answered by experiment: when is SMOTE wrong, when not to rebalance?
#
# Run it in its folder: `python smote_tutorial.py`, or with `--small`. Pictures go to `pictures/`.

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, average_precision_score, brier_score_loss, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from smrt_lightning import SMOTE, SMRT, VariationalAutoEncoder

SMALL = "--small" in sys.argv
PICTURES = Path("pictures")
PICTURES.mkdir(exist_ok=True)
N_COMMON, N_RARE = (500, 25) if SMALL else (5000, 50)
SHORT = {"min_steps": 60, "max_steps": 60} if SMALL else {}


# %%
def smrt(X: np.ndarray, others: np.ndarray, num_samples: int) -> np.ndarray:
    """Draw as many with SMRT; it looks at the other class, too. Shapes as for `SMOTE`."""
    rows = np.vstack([others.T, X.T])
    labels = np.repeat([0, 1], [others.shape[1], X.shape[1]])
    sampler = SMRT(
        {1: X.shape[1] + num_samples}, estimator=VariationalAutoEncoder(**SHORT), random_state=0
    )
    balanced, _ = sampler.fit_resample(rows, labels)
    return balanced[sampler.synthetic_mask_].T


def gaussians(n_common: int, n_rare: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw both classes, (features, samples) each: means 0 and (2, 2), the rare one rounder."""
    rng = np.random.default_rng(seed)
    common = rng.multivariate_normal([0, 0], [[2, 1], [1, 2]], n_common).T
    rare = rng.multivariate_normal([2, 2], [[1, 0], [0, 1]], n_rare).T
    return common, rare


# %% [markdown]
# ## Before and after


# %%
def fit_and_score(classifier, common, rare, added, test_common, test_rare) -> dict[str, float]:
    """Train on both classes and the added rows, score on a test that is half and half."""
    X = np.hstack([common, rare, added]).T
    y = np.repeat([0, 1, 1], [common.shape[1], rare.shape[1], added.shape[1]])
    test = np.hstack([test_common, test_rare]).T
    truth = np.repeat([0, 1], [test_common.shape[1], test_rare.shape[1]])
    chance = classifier.fit(X, y).predict_proba(test)[:, 1]
    return {
        "accuracy": accuracy_score(truth, chance > 0.5),
        "AUROC": roc_auc_score(truth, chance),
        "average precision": average_precision_score(truth, chance),
        "Brier": brier_score_loss(truth, chance),
    }


def three_ways(common: np.ndarray, rare: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each way adds to the rare class."""
    missing = common.shape[1] - rare.shape[1]
    return {
        "nothing": rare[:, :0],
        "SMOTE": SMOTE(rare, k=5, a=1.0, num_samples=missing, random_state=0),
        "SMRT": smrt(rare, common, missing),
    }


common, rare = gaussians(N_COMMON, N_RARE, seed=0)
test_common, test_rare = gaussians(N_COMMON, N_COMMON, seed=1)
ways = three_ways(common, rare)
table = pd.DataFrame(
    {
        way: fit_and_score(LogisticRegression(), common, rare, added, test_common, test_rare)
        for way, added in ways.items()
    }
).T
print(f"{N_COMMON} against {N_RARE} rows, logistic regression, test 1:1\n{table.round(3)}\n")

figure, panels = plt.subplots(
    1, 3, figsize=(12, 4.2), sharex=True, sharey=True, layout="constrained"
)
for ax, (way, added) in zip(panels, ways.items(), strict=True):
    ax.scatter(*common, s=3, alpha=0.3, label="common")
    ax.scatter(*added[:, :1000], s=3, alpha=0.5, label="synthetic")
    ax.scatter(*rare, s=12, color="black", label="rare")
    ax.set_title(f"{way} added")
ax.legend(markerscale=2)
figure.savefig(PICTURES / "gaussians.png", dpi=110)
table.round(4).to_csv(PICTURES / "before_and_after.csv")

# %% [markdown]
# ## When is SMOTE wrong?
#
# When the segment between two rare rows runs through the other class: rare islands with the common
# class between them. With more neighbours than an island has rows, SMOTE builds bridges across.


# %%
def islands(n_common: int, n_rare: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a common class in the middle and the rare one in small islands around it."""
    rng = np.random.default_rng(seed)
    angle = np.arange(n_rare) % 3 * 2 * np.pi / 3
    centers = 4 * np.vstack([np.cos(angle), np.sin(angle)])
    return rng.normal(0, 1.2, (2, n_common)), centers + rng.normal(0, 0.25, (2, n_rare))


common, rare = islands(N_COMMON, 12, seed=0)
test_common, test_rare = islands(N_COMMON, N_COMMON, seed=1)
ways = three_ways(common, rare)
table = pd.DataFrame(
    {
        way: fit_and_score(KNeighborsClassifier(15), common, rare, added, test_common, test_rare)
        for way, added in ways.items()
    }
).T
print("Three islands of four rows around the common class, 15 nearest neighbours, test 1:1")
print(table.round(3))
for way, added in ways.items():
    if added.size:
        share = np.mean(np.linalg.norm(added, axis=0) < 3)
        print(f"  {way}: {share:.0%} of its rows lie among the common ones, off the islands")
table.round(4).to_csv(PICTURES / "islands.csv")

# %% [markdown]
# ## When not to rebalance?
#
# When the test is as unbalanced as the training and what counts is the ranking or the probability:
# a logistic regression that fits the data ranks as well without a single added row, and the added
# rows make its probabilities wrong.


# %%
common, rare = gaussians(N_COMMON, N_RARE, seed=0)
test_common, test_rare = gaussians(10 * N_COMMON, 10 * N_RARE, seed=2)
table = pd.DataFrame(
    {
        way: fit_and_score(LogisticRegression(), common, rare, added, test_common, test_rare)
        for way, added in three_ways(common, rare).items()
    }
).T
print(f"\nThe same classes, test as unbalanced as the training\n{table.round(3)}")
table.round(4).to_csv(PICTURES / "unbalanced_test.csv")
