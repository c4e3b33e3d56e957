"""The inputs before a run: the table that data.dvc names, and the code that is installed."""

from pathlib import Path

from components.project import code
from components.project.params import load_params
from components.table import demo
from components.versions import dvc


def prepare_data(root: Path) -> None:
    """Build the demo table if params.yaml asks for it and it is absent; note the installed code.

    Raises
    ------
    DataChangedError
        There is no table, or data.dvc does not name a version of it.
    """
    if Path(load_params(root).data.path) == demo.TABLE:
        demo.ensure(root)
    code.record(root)
    dvc.require_data(root=root)
