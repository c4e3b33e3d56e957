# %% [markdown]
# # One machine: schedule, drift, retraining
#
# A table of customers becomes a project; its first run is published; a batch of new rows arrives,
# first one like the old ones, then one that has drifted. Everything is a command that a person
# would type. Run it in an empty folder: `python deploy.py`, or with `--small`.

# %%
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

SMALL = "--small" in sys.argv
PROJECT = Path("customers")
PROJECT.mkdir(exist_ok=True)


def customers(n: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Draw customers; one in ten leaves. A shift moves what they spend."""
    rng = np.random.default_rng(seed)
    churned = rng.random(n) < 0.1
    return pd.DataFrame(
        {
            "spent": (rng.gamma(2 + churned, 20, n) + shift).round(2),
            "visits": rng.poisson(3 + 2 * churned),
            "country": rng.choice(["DE", "FR", "IT"], n, p=[0.5, 0.3, 0.2]),
            "churned": np.where(churned, "yes", "no"),
        }
    )


def smrt(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Type `smrt …` in the project."""
    print(f"\n$ smrt {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "smrt_lightning", *arguments],
        cwd=PROJECT,
        text=True,
        capture_output=True,
    )
    print(done.stdout[-1500:] + done.stderr[-500:])
    return done


# %% [markdown]
# ## A project and its first version

# %%
customers(400 if SMALL else 3000, seed=0).to_csv("customers.csv", index=False)
smrt("init", str(Path("customers.csv").resolve()), "--target", "churned", "--yes")
if SMALL:
    params = PROJECT / "params.yaml"
    text = params.read_text()
    for key, value in {
        "repeats": "2",
        "min_steps": "30",
        "max_steps": "40",
        "methods": "[none, smote, smrt]",
        "classifiers": "[logistic_regression]",
        "ratios": "[]",
    }.items():
        text = re.sub(rf"^  {key}: [^#\n]*", f"  {key}: {value} ", text, flags=re.MULTILINE)
    params.write_text(text)
smrt("run")
runs = subprocess.run(
    [sys.executable, "-m", "dvc", "exp", "list", "--name-only"],
    cwd=PROJECT,
    text=True,
    capture_output=True,
    check=True,
).stdout.split()
smrt("publish", runs[0])

# %% [markdown]
# ## Two batches: exit code 0 is no drift, 3 is drift

# %%
batches = Path("batches")
batches.mkdir(exist_ok=True)
customers(300, seed=1).to_csv(batches / "may.csv", index=False)
customers(300, seed=2, shift=40).to_csv(batches / "june.csv", index=False)
for month in ("may", "june"):
    code = smrt("drift", str((batches / f"{month}.csv").resolve())).returncode
    print(f"{month}: exit code {code}")

# %% [markdown]
# ## From here on by itself
#
# `smrt up` brings up the server, the schedules of `prefect.yaml` and a worker. Every quarter of an
# hour it compares the files in `incoming/`; one that has drifted starts a retraining, which
# publishes its result unless it is worse. `smrt status` shows it all; `smrt rollback` goes back.
# Move a batch into `incoming/` and start it in a terminal of its own:
#
#     mkdir -p customers/incoming && mv batches/june.csv customers/incoming/
#     smrt --project customers up

# %%
state = json.loads(smrt("status", "--json").stdout)
print("published:", json.dumps(state, indent=1)[:400])
