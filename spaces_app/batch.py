"""A file of drafts: every row gets a verdict, or the reason why it has none."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import judging
from views import MODE_WORDS

from tenacious_bench.gate import Decision
from tenacious_bench.judges.base import Progress
from tenacious_bench.rows import GoodRow, read_rows
from tenacious_bench.rows.columns import parse_columns
from tenacious_bench.rows.sources import count_rows
from tenacious_bench.safe_text import csv_cell, terminal
from tenacious_bench.schema import Item, Judgment
from tenacious_bench.scoring import score_file

MAX_ROWS = 1000
BATCH = 8
"""Rows judged at once; a single email that is asked for meanwhile waits for no more than these."""

VERDICT_HEADER = ("line", "id", "verdict", "chance", "failure modes", "words")
PROBLEM_HEADER = ("line", "id", "field", "found", "what to do")
CSV_HEADER = ("line", "id", "verdict", "probability", "failure_modes", "words", "missing", "problem")


@dataclass(frozen=True)
class Judged:
    """A row with its decision."""

    line: int
    decision: Decision

    @property
    def words(self) -> str:
        """What was quoted; for a FAIL without quotes the sentence that costs most."""
        judgment = self.decision.judgment
        if judgment.quotes:
            return " | ".join(dict.fromkeys(quote.text for quote in judgment.quotes))
        lowest = min(judgment.sentences, key=lambda s: s.reward, default=None)
        return lowest.text if lowest and judgment.verdict == "FAIL" else ""


@dataclass(frozen=True)
class Problem:
    """A row without a verdict."""

    line: int
    id: str
    field: str
    found: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of a file."""

    judged: list[Judged]
    problems: list[Problem]


@dataclass
class _Recorder:
    """The gate as a judge that :func:`score_file` can ask; the decisions, which say more, are kept."""

    name: str = "gate"
    decisions: dict[str, Decision] = field(default_factory=dict)

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        decisions = judging.decide(items)
        self.decisions |= {decision.id: decision for decision in decisions}
        return [decision.judgment for decision in decisions]


def parse_mapping(text: str) -> dict[str, str]:
    """``email=Draft, context.company=Account``: which column is what; commas or line breaks between them.

    Raises:
        ValueError: says which entry cannot be read.
    """
    return parse_columns([part.strip() for part in text.replace("\n", ",").split(",") if part.strip()])


def judge_file(source: Path, mapping: str, progress_for: Callable[[int, int], Progress]) -> Outcome:
    """Judge the rows of a file.

    Args:
        source: CSV.
        mapping: see :func:`parse_mapping`.
        progress_for: see :func:`tenacious_bench.scoring.score_file`.

    Raises:
        ValueError: no table can be read, the mapping does not fit, there are too many rows, or there is no judge.
    """
    columns = parse_mapping(mapping)
    if (rows := count_rows(source)) > MAX_ROWS:
        raise ValueError(f"{rows:,} rows: this page takes {MAX_ROWS:,}; `tenacious-bench score` takes any number")
    if not rows:
        raise ValueError("the file holds no rows: give a header and at least one draft")
    judging.load().result()  # what is wrong with the judge is no problem of each row
    recorder = _Recorder()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "judgments.jsonl"
        report = score_file(source, target, recorder, batch_size=BATCH, progress_for=progress_for, columns=columns)
        errors = report.errors_path.read_text(encoding="utf-8").splitlines() if report.errors_path else []
    problems = [_problem(json.loads(line)) for line in errors]
    lines = {row.id: row.line for row in read_rows(source, columns=columns) if isinstance(row, GoodRow)}
    judged = [Judged(lines[name], d) for name, d in recorder.decisions.items() if d.verdict is not None]
    return Outcome(judged, problems)


def _problem(error: dict[str, Any]) -> Problem:
    return Problem(error["line"], str(error["id"]), error["field"], error["found"], error["reason"])


def verdict_rows(outcome: Outcome) -> list[list[Any]]:
    """The table of verdicts for the page."""
    return [
        [row.line, d.id, d.verdict, _percent(d.judgment.probability), _modes(d), terminal(row.words)]
        for row in outcome.judged
        for d in (row.decision,)
    ]


def problem_rows(outcome: Outcome) -> list[list[Any]]:
    """The table of rows without a verdict."""
    return [[p.line, terminal(p.id), p.field, p.found, p.reason] for p in outcome.problems]


def scored_csv(outcome: Outcome) -> str:
    """All rows in the order of the file; text that a spreadsheet would run as a formula is defused."""
    rows: dict[int, list[Any]] = {p.line: [p.line, p.id, *[""] * 5, f"{p.field}: {p.reason}"] for p in outcome.problems}
    for row in outcome.judged:
        d = row.decision
        missing = "; ".join(m.field for m in d.missing)
        modes = "; ".join(d.judgment.failure_modes)
        rows[row.line] = [row.line, d.id, d.verdict, d.judgment.probability, modes, row.words, missing, ""]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for _, cells in sorted(rows.items()):
        writer.writerow([csv_cell(terminal(cell)) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def _percent(probability: float | None) -> str:
    return "" if probability is None else f"{probability:.0%}"


def _modes(decision: Decision) -> str:
    return ", ".join(MODE_WORDS[mode] for mode in decision.judgment.failure_modes)
