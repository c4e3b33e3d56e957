"""Run an example and write it as a Jupyter notebook: `python to_notebook.py mnist/mnist.py`.

The examples are scripts in the percent format (`# %%` begins a cell) and are the only source. The
notebook beside a script holds its cells and what they printed and drew. `--empty` leaves that out.
Needs `pip install "smrt-lightning[notebooks]"`.
"""

import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient


def notebook(script: Path, *, executed: bool = True) -> Any:
    """Return the notebook of a script; executed in the script's own folder."""
    cells = jupytext.read(script, fmt="py:percent")
    for number, cell in enumerate(cells.cells):
        cell.id = f"cell-{number}"  # random otherwise
    cells.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    if executed:
        client = NotebookClient(cells, timeout=None, startup_timeout=600, record_timing=False)
        client.execute(cwd=str(script.resolve().parent))
        cells.metadata["language_info"] = {"name": "python"}  # not this machine's version
    return cells


def main() -> None:
    """Write a notebook beside each script named."""
    names = [name for name in sys.argv[1:] if name != "--empty"]
    for path in map(Path, names):
        made = notebook(path, executed="--empty" not in sys.argv)
        nbformat.write(made, path.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
