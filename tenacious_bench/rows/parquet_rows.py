"""Parquet, a few rows at a time: cells as plain JSON values."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from tenacious_bench.rows.raw import Raw, RowProblem
from tenacious_bench.safe_text import terminal

_ROWS = 64
_READ_BYTES = 2**20
_UNREADABLE = (pa.ArrowException, OSError, ValueError, LookupError, ArithmeticError)


@contextmanager
def _damage(path: str | os.PathLike[str], where: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        found = terminal(str(error)).split("\n")[0][:200]
        message = f"{os.fspath(path)}: {where} is no Parquet that can be read ({found}): export it again"
        raise ValueError(message) from error


@contextmanager
def _open(path: str | os.PathLike[str]) -> Iterator[pq.ParquetFile]:
    """The file, read through a small buffer: without one, whole columns of a row group are held."""
    with open(path, "rb") as handle:
        with _damage(path, "this"):
            file = pq.ParquetFile(handle, pre_buffer=False, buffer_size=_READ_BYTES, page_checksum_verification=True)
        yield file


def parquet_header(path: str | os.PathLike[str]) -> list[str]:
    """The names of the columns.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is not Parquet.
    """
    with _open(path) as file, _damage(path, "its header"):
        return list(file.schema_arrow.names)


def parquet_count(path: str | os.PathLike[str]) -> int:
    """Rows, as the file says."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


def parquet_rows(path: str | os.PathLike[str], needed: frozenset[str], start: int = 0) -> Iterator[Raw]:
    """Numbers from 1, and how to get the cells of the needed columns; the first ``start`` rows are left out.

    Raises:
        ValueError: the file is damaged from here on.
    """
    with _open(path) as file:
        number, groups = _groups_from(file, start)
        batches = file.iter_batches(batch_size=_ROWS, row_groups=groups, use_threads=False)
        while True:
            with _damage(path, f"what follows row {number}"):
                batch = next(batches, None)
            if batch is None:
                break
            for index in range(batch.num_rows):
                number += 1
                if number > start:
                    yield number, partial(_cells, batch, index, needed)
        if number != (announced := file.metadata.num_rows):
            raise ValueError(f"{os.fspath(path)}: {number} rows where {announced} are announced: export it again")


def _groups_from(file: pq.ParquetFile, start: int) -> tuple[int, list[int]]:
    """Rows before the row group that holds row ``start``, and the numbers of it and those after it."""
    before, groups = 0, list(range(file.metadata.num_row_groups))
    while groups and before + (rows := file.metadata.row_group(groups[0]).num_rows) <= start:
        before += rows
        del groups[0]
    return before, groups


def _cells(batch: pa.RecordBatch, index: int, needed: frozenset[str]) -> dict[str, Any]:
    cells = {}
    for position, name in enumerate(batch.schema.names):
        if name in needed:
            try:
                value = batch.column(position)[index].as_py(maps_as_pydicts="strict")
            except _UNREADABLE as error:
                found = f"a value that cannot be read ({terminal(str(error))[:80]})"
                raise RowProblem(terminal(name)[:200], found, "write it as text") from error
            value = _plain(value, terminal(name)[:200])
            cells[name] = None if isinstance(value, str) and not value.strip() else value
    return cells


def _plain(value: Any, where: str) -> Any:
    """A value as JSON has it: days and times in ISO form, decimals as numbers, NaN and empty members left out.

    Raises:
        RowProblem: bytes, infinities and what else JSON cannot hold.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        members = ((str(key), _plain(member, where)) for key, member in value.items())
        return {key: member for key, member in members if member is not None}
    if isinstance(value, list | tuple):
        return [_plain(member, where) for member in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isinf(value):
        return None if math.isnan(value) else value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID):
        return str(value)
    found = f"{len(value)} bytes" if isinstance(value, bytes) else terminal(repr(value))[:80]
    raise RowProblem(where, found, "no JSON value: write the column as text, or leave it out")
