"""The first sheet of an Excel workbook, as the text that a CSV file of it would hold."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

from components.project.errors import listing
from smrt_lightning.errors import TableError


def workbook_text(content: bytes, path: Path) -> tuple[str, str]:
    """Return the first sheet that is not empty, comma-delimited, and a remark on other sheets.

    Raises
    ------
    TableError
        If openpyxl is not installed, or the workbook cannot be read.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise TableError(
            f"{path} is an Excel workbook: pip install 'smrt-lightning[excel]', or save it as CSV"
        ) from None
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {
            str(sheet.title): [[_text(cell) for cell in row] for row in sheet.values]
            for sheet in book.worksheets
        }
    except Exception as error:  # openpyxl answers a damaged workbook with whatever it meets
        raise TableError(f"{path} cannot be read as a workbook: {error}") from error
    filled = [name for name, rows in sheets.items() if any(map(any, rows))]
    if not filled:
        return "", ""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(row for row in sheets[filled[0]] if any(row))
    others = f"sheet {filled[0]!r} was read, not {listing(filled[1:])}" if filled[1:] else ""
    return out.getvalue(), others


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)
