"""Reads one brief and one email from files, ours or anybody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tenacious_bench.files import JsonError, parse_object
from tenacious_bench.rows import RowProblem, check_text, row_from_value
from tenacious_bench.schema import Item


def read_single(brief: Path, email: Path | None = None) -> Item:
    """An item from a brief file and an email file, or from one file that holds both.

    Args:
        brief: JSON: a brief in this package's schema, any other object (read as a foreign context), or, without
            ``email``, a row with ``brief`` or ``context`` and ``email``.
        email: plain text (``Subject: ...``, blank line, body), or JSON with ``subject`` and ``body``.

    Raises:
        ValueError: names the file, the field, what was found and what to do.
        OSError: a file cannot be read.
    """
    row = _object(brief)
    if email is not None:
        native = {"as_of", "prospect"} <= row.keys()
        row = {"brief" if native else "context": row, "email": _draft(email)}
    try:
        check_text(row)
        return row_from_value(row, 1, brief.stem).item
    except RowProblem as problem:
        raise ValueError(f"{brief}: {problem}") from problem


def _object(path: Path) -> dict[str, Any]:
    try:
        return parse_object(path.read_bytes())
    except JsonError as error:
        raise ValueError(f"{path}: found {error.found}: {error.remedy}") from error


def _draft(path: Path) -> Any:
    raw = path.read_bytes()
    if raw.lstrip().startswith(b"{"):
        return _object(path)
    try:
        return raw.decode("utf-8").strip().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 at byte {error.start}: save it as UTF-8") from error
