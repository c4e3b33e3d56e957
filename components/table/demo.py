"""The demo table: scikit-learn's handwritten digits, made long-tailed in a fixed way.

1,797 real 8×8 images of digits, integer pixels 0–16 (Alpaydin & Kaynak, 1998, UCI "Optical
Recognition of Handwritten Digits"). The largest class stays whole; the others, in the order of
their digit, keep their first rows so that the sizes fall geometrically to ``SMALLEST_CLASS``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from components.project.console import one_line
from components.project.workspace import replacing
from smrt_lightning.errors import SmrtError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

TABLE = Path("data/table.csv")
SMALLEST_CLASS = 20


def demo_table() -> pd.DataFrame:
    """Return the table: integer columns ``pixel_<row>_<column>`` and a text column ``target``."""
    import numpy as np
    import pandas as pd
    from sklearn.datasets import load_digits

    digits = load_digits()
    labels: np.ndarray = digits.target
    largest, *others = sorted(range(10), key=lambda k: (-np.count_nonzero(labels == k), k))
    largest_size = np.count_nonzero(labels == largest)
    ratio = (SMALLEST_CLASS / largest_size) ** (1 / len(others))

    kept = [np.flatnonzero(labels == largest)]
    for step, digit in enumerate(sorted(others), start=1):
        kept.append(np.flatnonzero(labels == digit)[: round(largest_size * ratio**step)])
    rows = np.sort(np.concatenate(kept))

    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    table = pd.DataFrame(digits.data[rows].astype(np.int64), columns=names)
    table["target"] = labels[rows].astype(str)
    return table


def build(root: Path) -> Path:
    """Write the demo table under ``root`` and return its path; the same bytes every time."""
    path = root / TABLE
    table = demo_table()
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
    return path


def ensure(root: Path) -> bool:
    """Build the demo table unless a table is there; return whether it was built."""
    if (root / TABLE).exists():
        return False
    build(root)
    return True


def main() -> int:
    """Build the demo table in the current directory."""
    try:
        build(Path.cwd())
    except SmrtError as error:
        sys.stderr.write(f"demo: {one_line(str(error))}\n")
        return 2
    sys.stderr.write(f"demo: wrote {TABLE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
