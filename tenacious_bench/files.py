"""JSON files: read strictly and line by line, written so that a reader sees the old content or the new, never half."""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

from tenacious_bench.safe_text import terminal

MAX_LINE_BYTES = 8 * 2**20
"""A longer line is skipped without being loaded."""


class JsonError(ValueError):
    """A line that is no JSON object: what was found and what to do."""

    field = "row"

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"found {found}: {remedy}")
        self.found, self.remedy = found, remedy


def show(value: Any) -> str:
    """A value as a short, printable piece of a message."""
    text = repr(value[:80]) if isinstance(value, str) else type(value).__name__
    if value is None or (isinstance(value, bool | int | float) and abs(value) < 1e15):
        text = repr(value)
    return terminal(text)


def lines(handle: BinaryIO, number: int = 0) -> Iterator[tuple[int, bytes | None]]:
    """Numbers and contents of the lines that hold more than white space; None for a line over the limit.

    Args:
        handle: at the start of a line.
        number: lines before it.
    """
    while raw := handle.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            while (rest := handle.readline(2**16)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            stripped = (raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw).strip()
            if stripped:
                yield number, stripped


def _no_constant(word: str) -> NoReturn:
    raise JsonError(word, "JSON has no such number: leave the field out or give null")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _no_constant(text[:40])
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise JsonError(f"the name {show(key)} twice in one object", "keep one of the two")
        result[key] = value
    return result


def parse_object(raw: bytes | None) -> dict[str, Any]:
    """One line from :func:`lines` as an object.

    Raises:
        JsonError: the line is too long, not UTF-8, not JSON (NaN, infinities and repeated names are not), too deeply
            nested, or something other than an object.
    """
    if raw is None:
        raise JsonError(f"a line above {MAX_LINE_BYTES:,} bytes", "split it or leave out what judges do not need")
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at byte {error.start}"
        raise JsonError(found, "not UTF-8: save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg} at column {error.colno}", "not JSON: put one JSON object on each line") from error
    except RecursionError as error:
        raise JsonError("nesting without end", "not an object that can be read: flatten it") from error
    except JsonError:
        raise
    except ValueError as error:
        raise JsonError(terminal(str(error))[:80], "not JSON this reader takes: shorten the number") from error
    if not isinstance(value, dict):
        raise JsonError(show(value), 'give an object such as {"email": ..., "context": ...}')
    return value


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """A text handle (UTF-8, ``\\n``) whose content becomes ``path`` when the block ends without an error.

    Until then it is a hidden temporary file in the same folder; after an error that file is gone and ``path`` is as
    it was. A link is followed: its target is replaced.

    Raises:
        OSError: the folder does not exist or cannot be written.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{target}: is a folder; give a file name")
    temporary = target.parent / f".tmp-{secrets.token_hex(8)}"
    try:
        # "x" and the default mode: never an existing file, and the permissions the user's umask gives
        with open(temporary, "x", encoding="utf-8", errors="backslashreplace", newline="\n") as handle:
            if target.exists():
                os.chmod(temporary, target.stat().st_mode & 0o777)
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system allows it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def json_line(obj: Any) -> str:
    """``obj`` as one line of JSON with its line break.

    Raises:
        ValueError: ``obj`` holds NaN or an infinity, which JSON has no word for.
    """
    return json.dumps(obj, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: str | os.PathLike[str], obj: Any, *, sort_keys: bool = False) -> None:
    """Write ``obj`` as indented JSON with a trailing line break, atomically. NaN is a ValueError."""
    with atomic_writer(path) as handle:
        handle.write(json.dumps(obj, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=sort_keys) + "\n")


def write_jsonl(path: str | os.PathLike[str], rows: Iterable[Any]) -> int:
    """Write one JSON object per line, atomically and without holding them all; gives the number written."""
    count = 0
    with atomic_writer(path) as handle:
        for row in rows:
            handle.write(json_line(row))
            count += 1
    return count
