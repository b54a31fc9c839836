"""Files of rows, read in a stream: CSV and Parquet by their suffix, anything else as one JSON object a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from tenacious_bench.files import lines, parse_object
from tenacious_bench.rows.columns import Columns, check_columns, renamed
from tenacious_bench.rows.csv_rows import csv_header, csv_rows
from tenacious_bench.rows.parquet_rows import parquet_count, parquet_header, parquet_rows
from tenacious_bench.rows.raw import Load, Raw
from tenacious_bench.rows.table_plan import TablePlan, plan_table


@dataclass(frozen=True)
class Place:
    """Somewhere in a file: what is before it."""

    row: int = 0
    line: int = 0
    """JSONL only, as ``byte``."""
    byte: int = 0


START = Place()


def raw_rows(path: str | os.PathLike[str], columns: Columns | None = None, start: Place = START) -> Iterator[Raw]:
    """The rows of a file in order. Blank lines are no rows.

    Args:
        path: the file.
        columns: our name -> the name it has in the file, where they differ.
        start: where to begin, from :func:`places`.

    Returns:
        For each row where it stands, counted from 1 (JSONL: its line; CSV: the line where its record starts; Parquet:
        its row), and a function that parses it.

    Raises:
        OSError: the file cannot be opened.
        ValueError: no table can be read from it, or the mapping does not fit; and, from the iterator, a Parquet file
            is damaged further on.
    """
    columns, suffix, file = columns or {}, Path(path).suffix.lower(), os.fspath(path)
    if suffix == ".csv":
        plan = plan_table(file, csv_header(path), columns)
        return _table(plan, islice(csv_rows(path), start.row, None))
    if suffix == ".parquet":
        plan = plan_table(file, parquet_header(path), columns)
        return _table(plan, parquet_rows(path, plan.needed, start.row))
    check_columns(columns)
    return _json_rows(path, columns, start)


def places(path: str | os.PathLike[str], every: int) -> Iterator[Place]:
    """Where each batch of ``every`` rows begins, found in one pass; reading from there skips what is before it.

    Only in CSV is what is before it read again: quotes may hold line breaks.

    Raises:
        OSError, ValueError: as :func:`raw_rows`.
    """
    if Path(path).suffix.lower() in (".csv", ".parquet"):
        yield from (Place(row) for row in range(0, count_rows(path), every))
        return
    with open(path, "rb") as handle:
        line = byte = row = 0
        for number, _ in lines(handle):
            if row % every == 0:
                yield Place(row, line, byte)
            row, line, byte = row + 1, number, handle.tell()


def count_rows(path: str | os.PathLike[str]) -> int:
    """How many rows :func:`raw_rows` gives, without parsing them.

    Raises:
        OSError, ValueError: as there.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".parquet":
        return parquet_count(path)
    return sum(1 for _ in (csv_rows(path) if suffix == ".csv" else _json_rows(path, {})))


def _json_rows(path: str | os.PathLike[str], columns: Columns, start: Place = START) -> Iterator[Raw]:
    with open(path, "rb") as handle:
        handle.seek(start.byte)
        for number, raw in lines(handle, start.line):
            yield number, partial(_json_row, raw, columns)


def _json_row(raw: bytes | None, columns: Columns) -> dict[str, Any]:
    row = parse_object(raw)
    return renamed(row, columns) if columns else row


def _table(plan: TablePlan, rows: Iterator[Raw]) -> Iterator[Raw]:
    for number, cells in rows:
        yield number, partial(_table_row, plan, cells)


def _table_row(plan: TablePlan, cells: Load) -> dict[str, Any]:
    return plan.row(cells())
