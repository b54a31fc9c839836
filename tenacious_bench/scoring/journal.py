"""The work of an unfinished run, in an SQLite database beside its target: what is in it need not be done again.

A batch of rows is one transaction, so a kill leaves whole batches. One run at a time holds the database. Ids already
seen are looked up in it, so that memory does not grow with the rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from tenacious_bench.scoring.journal_database import Damaged, checksum, connect, delete, plain_errors

FORMAT = "1"
"""Of the tables; a journal in another format is not continued."""


class Entry(NamedTuple):
    """What became of one row: a line of the target, a line of the file of errors, or both."""

    id: str
    record: bytes | None
    error: bytes | None


class Journal:
    """An open journal. Use :func:`open_journal`."""

    def __init__(self, path: Path, db: sqlite3.Connection, note: str | None) -> None:
        self._path, self._db = path, db
        self._pending: set[str] = set()
        self.note = note
        """What a reader should know of how it was opened."""
        self.resumed, _ = self.counts()
        """Rows that an earlier run has done."""

    def counts(self) -> tuple[int, int]:
        """Rows done, and how many of them have an error."""
        with plain_errors(self._path):
            rows, errors = self._db.execute("SELECT count(*), count(error) FROM rows").fetchone()
        return int(rows), int(errors)

    def is_new(self, row_id: str) -> bool:
        """Whether no row had the id before; the next batch that is added must hold the row."""
        with plain_errors(self._path):
            if row_id in self._pending or self._db.execute("SELECT 1 FROM rows WHERE id = ?", (row_id,)).fetchone():
                return False
        self._pending.add(row_id)
        return True

    def add(self, batch: Sequence[Entry]) -> None:
        """Write the next rows, durably and all at once."""
        values = []
        for row_id, record, error in batch:
            # a duplicate, or a row whose id could not be read, takes no id: the first row that gives it does
            own = row_id if row_id in self._pending else None
            self._pending.discard(row_id)
            values.append((own, record, error, checksum(own, record, error)))
        with plain_errors(self._path):
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO rows (id, record, error, checksum) VALUES (?, ?, ?, ?)", values)
            self._db.execute("COMMIT")

    def records(self) -> Iterator[bytes]:
        """Lines of the target, in order of the rows."""
        return self._column("record")

    def errors(self) -> Iterator[bytes]:
        """Lines of the file of errors, in order of the rows."""
        return self._column("error")

    def remove(self) -> None:
        """Close it and delete it: its content stands elsewhere."""
        self._db.close()
        delete(self._path)

    def _column(self, name: str) -> Iterator[bytes]:
        with plain_errors(self._path):
            for (line,) in self._db.execute(f"SELECT {name} FROM rows WHERE {name} IS NOT NULL ORDER BY number"):
                yield line


@contextmanager
def open_journal(path: Path, header: Mapping[str, str], *, restart: bool = False) -> Iterator[Journal]:
    """The journal of a run, new or as the same run left it; closed at the end, deleted only by :meth:`Journal.remove`.

    Args:
        path: the database. A damaged one is deleted, and ``note`` says so.
        header: what the run is. Work under another header is not continued.
        restart: delete the work there is.

    Raises:
        ValueError: the work there is belongs to another run (says what differs), or the file to another program.
        RuntimeError: another run is using it.
        OSError: it cannot be read or written.
    """
    header, note = {"format": FORMAT, **header}, None
    with plain_errors(path):
        try:
            db = connect(path, header, restart=restart)
        except Damaged:
            note = f"{path} was damaged and is thrown away: the run starts anew"
            delete(path)
            db = connect(path, header)
    with closing(db):
        yield Journal(path, db, note)
