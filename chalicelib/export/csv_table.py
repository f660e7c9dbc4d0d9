"""Tables as CSV by RFC 4180, in which no cell becomes a formula where a spreadsheet opens them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of the computer, and every name with an accent is spoiled."""
CONTENT_TYPE = "text/csv; charset=utf-8; header=present"
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_NOT_SEEN = "\\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff"
_FORMULA = re.compile(f"[{_NOT_SEEN}]*[{_SIGNS}]|[\t\r\n\x00]")
# A spreadsheet set to semicolons, or one that knows no quotes, begins a cell in the middle of ours.
_FORMULA_WITHIN = re.compile(f"([;\t\r\n][{_NOT_SEEN}]*)(?=[{_SIGNS}])")


def csv_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its header: every cell in quotes, lines end in CR LF. Raises ValueError for a row of another
    length."""
    lines = [_line(header)]
    for row in rows:
        if len(row) != len(header):
            raise ValueError("a row has as many cells as the header")
        lines.append(_line(row))
    return BYTE_ORDER_MARK + "".join(lines)


def safe_cell(value: str) -> str:
    """The value as text: an apostrophe before what a spreadsheet would take for a formula. Source: OWASP, CSV
    Injection."""
    within = _FORMULA_WITHIN.sub(r"\1'", value)
    return f"'{within}" if _FORMULA.match(value) else within


def _line(cells: Sequence[str]) -> str:
    return ",".join('"' + safe_cell(cell).replace("\x00", "").replace('"', '""') + '"' for cell in cells) + "\r\n"
