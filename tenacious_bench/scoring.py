"""Scoring a file: rows in, one judgment per line out, rows that cannot be judged in a file beside it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from tenacious_bench.files import atomic_writer, json_line
from tenacious_bench.judges.base import Judge, Progress
from tenacious_bench.rows import BadRow, GoodRow, read_rows
from tenacious_bench.safe_text import terminal
from tenacious_bench.schema import Judgment

KEYS = (
    "id", "verdict", "action", "reward", "probability", "threshold", "failure_modes", "decided_by", "quotes",
    "sentences", "notes", "signature", "error",
)  # fmt: skip
"""What each line of the target holds, in this order."""


@dataclass(frozen=True)
class ScoreReport:
    """How a run over a file ended: ``rows == scored + bad``.

    Attributes:
        rows: non-empty lines read.
        scored: rows that got a verdict.
        bad: rows that got none, each explained in the file at ``errors_path``.
        errors_path: None when there are none.
    """

    rows: int
    scored: int
    bad: int
    errors_path: Path | None


class _Errors:
    """The file of bad rows: opened by the first, absent when there is none."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path, self.count = path, 0
        self._stack = stack
        self._handle: TextIO | None = None

    def add(self, row: BadRow) -> None:
        if self._handle is None:
            self._handle = self._stack.enter_context(atomic_writer(self.path))
        self.count += 1
        entry = {"file": row.file, "line": row.line, "id": row.id, "field": row.field, "found": row.found}
        self._handle.write(json_line({**entry, "reason": row.remedy}))


def score_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    judge: Judge,
    *,
    limit: int | None = None,
    batch_size: int = 32,
    progress: Progress | None = None,
    as_of: date | None = None,
) -> ScoreReport:
    """Judge the rows of a JSONL file.

    ``target`` gets one object per judgment, in the order of the rows, with the names in ``KEYS``; it appears whole at
    the end or not at all. A row that cannot be read, or on which the judge raises, stands in ``<target>.errors.jsonl``
    instead; a row whose judgment carries an ``error`` and no verdict stands in both. Rows are held one batch at a time.

    Args:
        source: see :mod:`tenacious_bench.rows`.
        target: where the judgments go; an existing file is replaced.
        judge: any judge.
        limit: read at most this many rows.
        batch_size: rows given to the judge at once.
        progress: called with the number of rows finished since the last call.
        as_of: the day of foreign records that name none.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: limit or batch_size make no sense, or a result would overwrite the source.
    """
    if batch_size < 1 or (limit is not None and limit < 0):
        raise ValueError(f"batch_size {batch_size}, limit {limit}: give at least 1 and at least 0")
    target = Path(target)
    errors_path = target.with_name(f"{target.name}.errors.jsonl")
    if os.path.realpath(source) in (os.path.realpath(target), os.path.realpath(errors_path)):
        raise ValueError(f"{target}: would overwrite the rows being read: give another target")
    rows = scored = 0
    # contexts close in reverse: the errors are in place before the judgments that they belong to
    with atomic_writer(target) as output, ExitStack() as stack:
        errors = _Errors(errors_path, stack)
        for batch in _batches(islice(read_rows(source, as_of), limit), batch_size):
            judged = _judge([row for row in batch if isinstance(row, GoodRow)], judge)
            for row in batch:
                if isinstance(row, BadRow):
                    errors.add(row)
                    continue
                outcome = judged[row.id]
                if isinstance(outcome, Judgment):
                    output.write(json_line(_record(outcome)))
                    scored += outcome.verdict is not None
                if reason := _why_unscored(outcome):
                    remedy = f"judge {judge.name} gave no verdict: {terminal(reason)[:500]}"
                    errors.add(BadRow(os.fspath(source), row.line, row.id, "judge", "an error", remedy))
            rows += len(batch)
            if progress is not None:
                progress(len(batch))
        if not errors.count:
            errors_path.unlink(missing_ok=True)
    return ScoreReport(rows, scored, errors.count, errors_path if errors.count else None)


def _batches(rows: Iterator[GoodRow | BadRow], size: int) -> Iterator[list[GoodRow | BadRow]]:
    while batch := list(islice(rows, size)):
        yield batch


def _why_unscored(outcome: Judgment | str) -> str | None:
    if isinstance(outcome, str):
        return outcome
    return None if outcome.verdict is not None else outcome.error or "no reason given"


def _checked(rows: Sequence[GoodRow], judge: Judge) -> list[Judgment]:
    """The judge's answer, if it is one judgment per row, in order, with finite numbers."""
    judgments = judge.judge([row.item for row in rows])
    if [j.id for j in judgments] != [row.id for row in rows]:
        raise ValueError(f"{len(judgments)} judgments for {len(rows)} items, or in another order")
    for judgment in judgments:
        for name in ("reward", "probability", "threshold"):
            value: float | None = getattr(judgment, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} of {judgment.id} is {value}")
    return judgments


def _judge(rows: Sequence[GoodRow], judge: Judge) -> dict[str, Judgment | str]:
    """A judgment or an error for every row: of a batch that fails, each row is judged alone."""
    if not rows:
        return {}
    try:
        return {judgment.id: judgment for judgment in _checked(rows, judge)}
    except Exception as error:
        if len(rows) == 1:
            return {rows[0].id: f"{type(error).__name__}: {error}"}
    outcomes: dict[str, Judgment | str] = {}
    for row in rows:
        outcomes |= _judge([row], judge)
    return outcomes


def _record(judgment: Judgment) -> dict[str, Any]:
    record = judgment.model_dump(mode="json")
    return {key: record[key] for key in KEYS}
