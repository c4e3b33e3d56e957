"""A table is read from an ordinary file: what might never end is refused at once."""

import os
from pathlib import Path

import pytest

from components.table.files import read_table
from components.table.unpack import content, is_packed
from smrt_lightning.errors import TableError


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t"])
@pytest.mark.parametrize("read", [read_table, content, is_packed])
def test_pipes_and_devices_are_refused(tmp_path: Path, read: object, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / f"zero_{name}").symlink_to("/dev/zero")
    for path in (tmp_path / name, tmp_path / f"zero_{name}"):
        with pytest.raises(TableError, match="a pipe, a socket or a device"):
            read(path)  # type: ignore[operator]
