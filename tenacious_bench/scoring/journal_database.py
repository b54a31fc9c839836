"""The SQLite file under a journal: opened exclusively, checked, and told apart from other people's files."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_TABLES = (
    "CREATE TABLE run (header TEXT NOT NULL)",
    "CREATE TABLE rows (number INTEGER PRIMARY KEY, id TEXT UNIQUE, record BLOB, error BLOB, checksum INTEGER)",
)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, 0)
"""Result codes; 0 is the Python module's own: text that is not UTF-8."""


class Damaged(OSError):
    """What is there is no journal, or only part of one."""


def connect(path: Path, header: Mapping[str, str], *, restart: bool = False) -> sqlite3.Connection:
    """Open the journal of a run, or make it, and keep every other process out until it is closed.

    Args:
        path: the database.
        header: what the run is.
        restart: start with an empty one, whatever run its rows are of.

    Raises:
        Damaged: it cannot be continued.
        ValueError: it belongs to another run, or to another program.
        sqlite3.Error: it cannot be opened.
    """
    db = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        tables = _tables(db, path)
        if restart or not tables:
            for statement in (*(f"DROP TABLE {name}" for name in tables), *_TABLES):
                db.execute(statement)
            db.execute("INSERT INTO run VALUES (?)", (json.dumps(header),))
        else:
            _check_rows(db)
            _check_header(db, path, header)
        db.execute("COMMIT")
        return db
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.Error) and _code(error) in _DAMAGED:
            raise Damaged(f"{path}: {error}: give another target") from error
        raise


def delete(path: Path) -> None:
    """Remove a journal that no process has open, and what SQLite keeps beside it after a kill."""
    for suffix in ("-journal", "-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def checksum(row_id: str | None, record: bytes | None, error: bytes | None) -> int:
    """SQLite has none: without it, damage within a record would go into the results."""
    return zlib.crc32(repr((row_id, record, error)).encode("utf-8", "backslashreplace"))


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Errors of the database as those that callers know.

    Raises:
        RuntimeError: another process has it open.
        OSError: anything else.
    """
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise RuntimeError(f"{path} is in use by another run: wait for it, or give another target") from error
        raise OSError(f"{path}: {error}: check its folder and the space there") from error


def _tables(db: sqlite3.Connection, path: Path) -> list[str]:
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    if names not in ([], ["rows", "run"]):
        raise ValueError(f"{path} is a database of something else: move it away, or give another target")
    return names


def _check_rows(db: sqlite3.Connection) -> None:
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(found)
    for count, (number, stored, *row) in enumerate(
        db.execute("SELECT number, checksum, id, record, error FROM rows ORDER BY number"), 1
    ):
        if number != count or stored != checksum(*row):
            raise Damaged(f"row {count}")


def _check_header(db: sqlite3.Connection, path: Path, header: Mapping[str, str]) -> None:
    try:
        (stored,) = [json.loads(text) for (text,) in db.execute("SELECT header FROM run")]
    except ValueError as error:
        raise Damaged("header") from error
    if not isinstance(stored, dict):
        raise Damaged("header")
    if different := sorted(name for name in stored.keys() | header.keys() if stored.get(name) != header.get(name)):
        (rows,) = db.execute("SELECT count(*) FROM rows").fetchone()
        changes = "; ".join(f"{name} was {stored.get(name)!r}, is {header.get(name)!r}" for name in different)
        raise ValueError(
            f"{path} holds {rows} rows of an unfinished run that was another: {changes}. "
            "Run it as it was to go on, or give --restart to throw its work away"
        )


def _code(error: sqlite3.Error) -> int:
    """The primary result code; 0 for an error of the Python module."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
