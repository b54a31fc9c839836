"""Scoring a file: rows in, one judgment per line out, rows that cannot be judged in a file beside it.

Finished batches stand in a journal (:mod:`tenacious_bench.scoring.journal`) until all rows are done; only then do the
files appear. A run that was killed goes on where it stopped and ends with the same bytes as one that was not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Protocol

from tenacious_bench.files import atomic_writer
from tenacious_bench.judges.base import Judge, Progress
from tenacious_bench.rows.columns import Columns
from tenacious_bench.rows.reading import BadRow, GoodRow, IsNew, rows_from
from tenacious_bench.rows.sources import count_rows, raw_rows
from tenacious_bench.scoring.batches import judge_batch
from tenacious_bench.scoring.journal import Entry, open_journal
from tenacious_bench.scoring.judgment_files import write_judgments
from tenacious_bench.weights import file_sha256

ProgressFor = Callable[[int, int], Progress]
"""From the number of rows, and how many of them an earlier run has done, to what is told of the rest."""


@dataclass(frozen=True)
class ScoreReport:
    """How a run over a file ended: ``rows == scored + bad``.

    Attributes:
        rows: rows read.
        scored: rows that got a verdict.
        bad: rows that got none, each explained in the file at ``errors_path``.
        errors_path: None when there are none.
        resumed: rows taken over from a run that did not end.
        note: what to know of that run's work, such as that it was damaged and is done again.
    """

    rows: int
    scored: int
    bad: int
    errors_path: Path | None
    resumed: int = 0
    note: str | None = None


@dataclass(frozen=True)
class Todo:
    """What an engine is to judge.

    Attributes:
        file: of the rows.
        columns: our name -> the name it has there.
        as_of: the day of foreign records that name none.
        batch_size: rows judged at once.
        limit: rows of the file, None for all.
        done: rows done before, all in whole batches.
    """

    file: str
    columns: Columns
    as_of: date | None
    batch_size: int
    limit: int | None
    done: int


class Engine(Protocol):
    """Judges the rows of a file, somewhere."""

    @property
    def name(self) -> str:
        """Of the judge."""
        ...

    def run(self, todo: Todo, is_new: IsNew) -> Iterator[list[Entry]]:
        """What became of each row, batch by batch, in order; ``is_new`` is to be asked about each id in that order."""
        ...


@dataclass(frozen=True)
class Here:
    """The engine that judges in this process."""

    judge: Judge

    @property
    def name(self) -> str:
        """Of the judge."""
        return self.judge.name

    def run(self, todo: Todo, is_new: IsNew) -> Iterator[list[Entry]]:
        """See :class:`Engine`."""
        raw = islice(raw_rows(todo.file, todo.columns), todo.done, todo.limit)
        for batch in _batches(rows_from(raw, todo.file, todo.as_of, is_new), todo.batch_size):
            yield judge_batch(batch, self.judge, todo.file)


def score_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    engine: Judge | Engine,
    *,
    limit: int | None = None,
    batch_size: int = 64,
    progress_for: ProgressFor | None = None,
    as_of: date | None = None,
    columns: Columns | None = None,
    run_key: str = "",
    restart: bool = False,
) -> ScoreReport:
    """Judge the rows of a file; the suffixes say what source and target are.

    ``target`` gets one judgment per row, in order: an object with the names in ``KEYS``, a line of CSV, or a row of
    Parquet. It appears whole at the end or not at all. A row that cannot be read, or on which the judge raises, stands
    in ``<target>.errors.jsonl`` instead; a row whose judgment carries an ``error`` and no verdict stands in both.
    Memory holds one batch; the rest waits in ``<target>.partial``, from which the same call goes on after a kill.

    Args:
        source: see :mod:`tenacious_bench.rows.sources`.
        target: where the judgments go; an existing file is replaced.
        engine: a judge, to run in this process, or an engine that runs one elsewhere.
        limit: read at most this many rows.
        batch_size: rows given to the judge at once, and lost at most by a kill.
        progress_for: gives what is called with the number of rows finished since the last call.
        as_of: the day of foreign records that name none.
        columns: our name -> the name it has in the source, see :mod:`tenacious_bench.rows.columns`.
        run_key: all settings of the judge that its judgments depend on: unfinished work under another key is refused.
        restart: throw unfinished work away.

    Raises:
        OSError: a file cannot be read or written.
        RuntimeError: another run is writing this target.
        ValueError: limit or batch_size make no sense, a result would overwrite the source, the source is no table that
            can be read, or there is unfinished work of another run.
    """
    if batch_size < 1 or (limit is not None and limit < 0):
        raise ValueError(f"batch_size {batch_size}, limit {limit}: give at least 1 and at least 0")
    target, file = Path(target), os.fspath(source)
    errors_path = target.with_name(f"{target.name}.errors.jsonl")
    journal_path = target.with_name(f"{target.name}.partial")
    _check_paths(file, target, (target, errors_path, journal_path))
    engine = Here(engine) if isinstance(engine, Judge) else engine
    raw_rows(source, columns)  # says now what is wrong with the table
    total = count_rows(source)
    total = total if limit is None else min(total, limit)
    header = {
        "source size": str(os.path.getsize(source)),
        "source sha256": file_sha256(Path(source)),
        "judge": engine.name,
        "settings": run_key,
        "columns": json.dumps(dict(columns or {}), sort_keys=True),
        "limit": str(limit),
        "as of": str(as_of),
        "batch size": str(batch_size),
    }
    with open_journal(journal_path, header, restart=restart) as journal:
        progress = progress_for(total, journal.resumed) if progress_for else None
        todo = Todo(file, columns or {}, as_of, batch_size, limit, journal.resumed)
        for entries in engine.run(todo, journal.is_new):
            journal.add(entries)
            if progress is not None:
                progress(len(entries))
        rows, bad = journal.counts()
        # the errors are in place before the judgments that they belong to, and the journal outlives both
        _write_errors(errors_path, journal.errors() if bad else None)
        write_judgments(target, journal.records())
        journal.remove()
    return ScoreReport(rows, rows - bad, bad, errors_path if bad else None, journal.resumed, journal.note)


def _batches(rows: Iterator[GoodRow | BadRow], size: int) -> Iterator[list[GoodRow | BadRow]]:
    while batch := list(islice(rows, size)):
        yield batch


def _check_paths(source: str, target: Path, written: tuple[Path, ...]) -> None:
    """Refuse what could only fail, or destroy something, after hours."""
    if os.path.realpath(source) in [os.path.realpath(path) for path in written]:
        raise ValueError(f"{target}: would overwrite the rows being read: give another target")
    if os.path.exists(source) and not os.path.isfile(source):
        raise ValueError(f"{source}: is no regular file, and rows are read more than once: save them to a file first")
    if target.is_dir():
        raise IsADirectoryError(f"{target}: is a folder; give a file name")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"{target}: there is no such folder: create it, or give another target")


def _write_errors(path: Path, lines: Iterable[bytes] | None) -> None:
    """The file of bad rows, absent when there are none."""
    if lines is None:
        path.unlink(missing_ok=True)
        return
    with atomic_writer(path) as handle:
        handle.writelines(line.decode("utf-8") for line in lines)
