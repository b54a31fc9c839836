"""One batch of rows judged, whatever the judge does: what becomes of each row, ready to be written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tenacious_bench.files import json_line
from tenacious_bench.judges.base import Judge
from tenacious_bench.rows.reading import BadRow, GoodRow
from tenacious_bench.safe_text import terminal
from tenacious_bench.schema import Judgment
from tenacious_bench.scoring.journal import Entry

KEYS = (
    "id", "verdict", "action", "reward", "probability", "threshold", "failure_modes", "decided_by", "quotes",
    "sentences", "notes", "signature", "error",
)  # fmt: skip
"""What a judgment in a file holds, in this order."""


def judge_batch(batch: Sequence[GoodRow | BadRow], judge: Judge, file: str) -> list[Entry]:
    """Judge the good rows and explain the others; ``file`` names the source in messages."""
    judged = _judge([row for row in batch if isinstance(row, GoodRow)], judge)
    return [
        bad_entry(row) if isinstance(row, BadRow) else _judged(row, judged[row.id], judge.name, file) for row in batch
    ]


def bad_entry(row: BadRow) -> Entry:
    """A row that is not judged."""
    entry = {"file": row.file, "line": row.line, "id": row.id, "field": row.field, "found": row.found}
    return Entry(row.id, None, _line({**entry, "reason": row.remedy}))


def _judged(row: GoodRow, outcome: Judgment | str, judge: str, file: str) -> Entry:
    record = _line(_record(outcome)) if isinstance(outcome, Judgment) else None
    reason = _why_unscored(outcome)
    if reason is None:
        return Entry(row.id, record, None)
    remedy = f"judge {judge} gave no verdict: {terminal(reason)[:500]}"
    return Entry(row.id, record, bad_entry(BadRow(file, row.line, row.id, "judge", "an error", remedy)).error)


def _line(obj: dict[str, Any]) -> bytes:
    return json_line(obj).encode("utf-8", "backslashreplace")


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
