"""Rows to score, read from files of several formats: each becomes a row that can be judged, or says why it cannot."""

from tenacious_bench.rows.raw import RowProblem
from tenacious_bench.rows.reading import (
    MAX_EMAIL_CHARS,
    BadRow,
    GoodRow,
    check_text,
    read_rows,
    row_from_value,
    rows_from,
)

__all__ = [
    "MAX_EMAIL_CHARS",
    "BadRow",
    "GoodRow",
    "RowProblem",
    "check_text",
    "read_rows",
    "row_from_value",
    "rows_from",
]
