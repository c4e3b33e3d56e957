# %% [markdown]
# # A run on several machines
#
# The fits of `smrt run`, one for each split and rare class, on a Dask cluster. Every machine has
# the package with the extra `dask` and sees the project folder under the same path. First, and in
# this order:
#
# ```sh
# prefect server start --host 0.0.0.0                   # on one machine
# export PREFECT_API_URL=http://server:4200/api         # on all of them, before what follows
# eval "$(python -m smrt_lightning.kernels)"            # so that all sum in the same way
# dask scheduler                                        # on one machine
# dask worker tcp://scheduler:8786 --nthreads 1 --nworkers 4    # on each
# ```
#
# Then, in the project folder: `python on_dask.py tcp://scheduler:8786`. What it leaves is what
# `smrt run` leaves, to the byte; a worker that dies is replaced by another.

# %%
import os
import sys

import smrt_lightning

smrt_lightning.portable()  # before numpy is loaded, which Prefect does

from prefect_dask import DaskTaskRunner  # noqa: E402

try:
    from smrt_lightning.pipeline.flows.balance import balance
except ModuleNotFoundError:  # in a clone
    from flows.balance import balance

if "PREFECT_API_URL" not in os.environ:
    sys.exit("Set PREFECT_API_URL: the workers report to a server that all of them can reach.")
(address,) = sys.argv[1:]
ran = balance.with_options(task_runner=DaskTaskRunner(address=address))()
print("ran:", ", ".join(ran) or "nothing, all is up to date")
