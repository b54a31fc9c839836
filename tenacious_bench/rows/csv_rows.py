"""CSV, record by record: a broken record costs its own line and no other."""

from __future__ import annotations

import csv
import os
import re
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import TextIO

from tenacious_bench.files import MAX_LINE_BYTES
from tenacious_bench.rows.raw import Raw, RowProblem
from tenacious_bench.safe_text import terminal

_UNDECODABLE = re.compile("[\ud800-\udfff]")
_REMEDY = 'not CSV: put cells with commas, quotes or line breaks in quotes, and write a quote in them as ""'


class _TooLong(Exception):
    pass


class _Lines:
    """The physical lines of a file, as ``csv.reader`` takes them; those of a broken record can be given out again."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self._characters = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self._record.append(line)
        self._characters += len(line)
        if self._characters > MAX_LINE_BYTES:
            raise _TooLong
        return line

    def _read(self) -> str:
        line = rest = self._handle.readline(MAX_LINE_BYTES + 1)
        while len(line) > MAX_LINE_BYTES and rest and rest[-1] not in "\r\n":
            rest = self._handle.readline(2**16)
        return line

    def start_record(self) -> None:
        self._record, self._characters = [], 0

    def take_back(self) -> None:
        """Give out all lines of this record but the first again: a quote that is never closed loses one line."""
        self._again.extendleft(reversed(self._record[1:]))
        self.number -= len(self._record) - 1


def _records(handle: TextIO) -> Iterator[tuple[int, list[str] | RowProblem]]:
    """The line where each record starts and its cells; blank lines are no records."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))  # of the process; _Lines bounds whole records
    lines = _Lines(handle)
    reader = csv.reader(lines, strict=True)
    while True:
        lines.start_record()
        number = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.take_back()
            yield number, RowProblem("row", terminal(str(error)), _REMEDY)
        except _TooLong:
            lines.take_back()
            yield number, RowProblem("row", f"a record above {MAX_LINE_BYTES:,} characters", "close its quotes")
        else:
            if len(cells) > 1 or "".join(cells).strip():
                yield number, cells


def _open(path: str | os.PathLike[str]) -> TextIO:
    # bytes that are not UTF-8 become lone surrogates, so that they spoil one record only
    return open(path, encoding="utf-8-sig", errors="surrogateescape", newline="")


def csv_header(path: str | os.PathLike[str]) -> list[str]:
    """The names in the first record, without white space around them.

    Raises:
        OSError: the file cannot be opened.
        ValueError: there is no readable header.
    """
    with _open(path) as handle:
        number, record = next(_records(handle), (1, list[str]()))
    if isinstance(record, list) and (hit := _UNDECODABLE.search("".join(record))):
        record = RowProblem("header", _byte(hit[0]), "not UTF-8: save the file as UTF-8")
    if isinstance(record, RowProblem):
        raise ValueError(f"{os.fspath(path)} line {number}: {record}")
    return [name.strip() for name in record]


def csv_rows(path: str | os.PathLike[str]) -> Iterator[Raw]:
    """The records after the header: the physical line where each starts, and how to get its cells by column."""
    with _open(path) as handle:
        records = _records(handle)
        _, header = next(records, (1, list[str]()))
        names = [name.strip() for name in header] if isinstance(header, list) else []
        for number, record in records:
            yield number, partial(_cells, names, record)


def _cells(names: list[str], record: list[str] | RowProblem) -> dict[str, str | None]:
    if isinstance(record, RowProblem):
        raise record
    for position, cell in enumerate(record):
        if hit := _UNDECODABLE.search(cell):
            name = names[position] if position < len(names) else f"column {position + 1}"
            raise RowProblem(terminal(name)[:200], _byte(hit[0]), "not UTF-8: save the file as UTF-8")
    if len(record) != len(names):
        raise RowProblem("row", f"{len(record)} cells for {len(names)} columns", _REMEDY)
    # line ends inside cells are those of the file, not of the text
    return {n: cell.replace("\r\n", "\n") if cell.strip() else None for n, cell in zip(names, record, strict=True)}


def _byte(surrogate: str) -> str:
    return f"byte 0x{ord(surrogate) - 0xDC00:02x}"
