"""What a judge said of the emails of each failure mode: a verdict, or the mode it named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tenacious_bench.report.document import Table
from tenacious_bench.report.rows import Row
from tenacious_bench.schema import MODES, Label

PASSED, UNNAMED, NO_VERDICT = "PASS", "FAIL, unnamed", "no verdict"
SHADES = 5


def confusion_table(rows: Sequence[Row], judge: str, label: Label) -> Table | None:
    """Counts of what was said, a row per failure mode probed; None without an email of that label.

    Args:
        rows: all rows of a run.
        judge: whose verdicts.
        label: emails with this label only.
    """
    counts = {mode: Counter(_said(r, judge) for r in rows if r.mode == mode and r.label == label) for mode in MODES}
    counts = {mode: found for mode, found in counts.items() if found}
    if not counts:
        return None
    columns = [c for c in (PASSED, *MODES, UNNAMED, NO_VERDICT) if c in MODES or any(f[c] for f in counts.values())]
    body = [[mode, str(f.total()), *(str(f[c]) if f[c] else "·" for c in columns)] for mode, f in counts.items()]
    sign = {c: 1 if (c == PASSED) == (label == "PASS") and c != NO_VERDICT else -1 for c in columns}
    shades = [[0, 0, *(sign[c] * _shade(f[c], f.total()) for c in columns)] for f in counts.values()]
    right = "under PASS" if label == "PASS" else "elsewhere"
    return Table(
        ["mode probed", "emails", *columns],
        body,
        title=f"Emails labelled {label}: what {judge} said",
        note=f"Here a verdict {right} is right (blue), any other is wrong (orange). A judge that names several modes "
        "is counted under the one probed, if it is among them, or else under the first.",
        source="rows.jsonl",
        shades=shades,
    )


def _said(row: Row, judge: str) -> str:
    said = row.judges[judge]
    if said.verdict is None:
        return NO_VERDICT
    if said.verdict == "PASS":
        return PASSED
    if not said.failure_modes:
        return UNNAMED
    return row.mode if row.mode in said.failure_modes else said.failure_modes[0]


def _shade(count: int, total: int) -> int:
    """0 for none, then in equal steps up to :data:`SHADES` for all."""
    return -(-SHADES * count // total)
