# %% [markdown]
# # SMRT in a pipeline under a grid search
#
# Resampling happens inside each training fold, never in the fold that is scored: that is what
# imbalanced-learn's `Pipeline` is for. The grid asks whether SMRT's acceptance, or no resampling,
# does better.
#
# Run it anywhere: `python pipeline.py`, or with `--small`.

# %%
import sys

import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from smrt_lightning import SMRT, VariationalAutoEncoder

SMALL = "--small" in sys.argv
short = {"min_steps": 30, "max_steps": 30} if SMALL else {}

X, y = make_classification(
    n_samples=400 if SMALL else 2000,
    n_features=12,
    n_informative=6,
    weights=[0.93],
    class_sep=0.8,
    random_state=0,
)

# %%
pipeline = Pipeline(
    [
        ("scale", StandardScaler()),
        ("balance", SMRT(estimator=VariationalAutoEncoder(**short), random_state=0)),
        ("classify", LogisticRegression()),
    ]
)
search = GridSearchCV(
    pipeline,
    [{"balance__acceptance": [1.0, 3.0], "classify__C": [0.1, 1.0]}, {"balance": ["passthrough"]}],
    scoring=["average_precision", "f1"],
    refit="average_precision",
    cv=StratifiedKFold(3, shuffle=True, random_state=0),
).fit(X, y)

# %%
results = pd.DataFrame(search.cv_results_)
shown = results[["params", "mean_test_average_precision", "mean_test_f1"]].round(3)
print(shown.to_string(index=False, max_colwidth=90))
print(f"\nbest: {search.best_params_}")
