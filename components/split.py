"""Stage 2, split: which rows each split learns from and is tested on.

Reads validated.parquet; writes splits.json: ``split-00`` … and ``release``, which learns from all
rows and is tested on none. Row numbers are positions in validated.parquet.
"""

from __future__ import annotations

import sys

from components.project.console import Progress, run_stage, timed
from components.project.params import Params
from components.project.workspace import Workspace, write_json
from components.table.rows import RELEASE, load_table


def run(workspace: Workspace, params: Params, progress: Progress | None = None) -> None:
    """Draw the splits: stratified, and by group and time where params.yaml says so.

    Raises
    ------
    SplitError
        If a class has too few rows to be on both sides.
    """
    from smrt_lightning.evaluation.splits import auto_repeats, make_splits

    with timed(workspace, "split"):
        table = load_table(workspace, params)
        repeats = params.split.repeats
        splits = make_splits(
            table.y,
            repeats=auto_repeats(*table.X.shape) if repeats == "auto" else repeats,
            test_size=params.split.test_size,
            random_state=params.seed,
            X=table.X,
            groups=table.groups,
            time=table.time,
        )
        entries = [
            {"name": split.name, "train": split.train.tolist(), "test": split.test.tolist()}
            for split in splits
        ]
        entries.append({"name": RELEASE, "train": list(range(len(table.y))), "test": []})
        write_json(workspace.splits, {"splits": entries}, compact=True)
    if progress is not None:
        progress(1, 1, f"{len(splits)} splits of {len(table.y)} rows")


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("split", run)


if __name__ == "__main__":
    sys.exit(main())
