"""Turn an example into a Jupyter notebook: `python to_notebook.py mnist/mnist.py`.

The examples are scripts in the percent format (`# %%` begins a cell), which Jupytext, VS Code and
PyCharm open as notebooks too; the scripts are the only source.
"""

import json
import re
import sys
from pathlib import Path

MARK = re.compile(r"^# %%(?: \[(?P<kind>markdown)\])?\n", re.MULTILINE)


def notebook(script: str) -> dict[str, object]:
    """Return the content of an .ipynb file (format 4.5)."""
    starts = list(MARK.finditer(script))
    ends = [*(match.start() for match in starts[1:]), len(script)]
    cells = []
    for number, (match, end) in enumerate(zip(starts, ends, strict=True)):
        text = script[match.end() : end].strip("\n")
        cell: dict[str, object] = {"id": f"cell-{number}", "metadata": {}}
        if match["kind"]:
            text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
            cell |= {"cell_type": "markdown", "source": text.splitlines(keepends=True)}
        else:
            source = text.splitlines(keepends=True)
            cell |= {"cell_type": "code", "execution_count": None, "outputs": [], "source": source}
        cells.append(cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def main() -> None:
    """Write a notebook beside each script named."""
    for name in sys.argv[1:]:
        path = Path(name)
        content = json.dumps(notebook(path.read_text(encoding="utf-8")), indent=1)
        path.with_suffix(".ipynb").write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
