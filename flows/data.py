"""The input table before a run: present, and the one that data.dvc names."""

from pathlib import Path

from components import demo, versions
from components.params import load_params


def prepare_data(root: Path) -> None:
    """Build the demo table if params.yaml asks for it and it is absent; compare with data.dvc.

    Raises
    ------
    DataChangedError
        The files under data/ are not those that data.dvc names.
    """
    if Path(load_params(root).data.path) == demo.TABLE:
        demo.ensure(root)
    versions.check_data()
