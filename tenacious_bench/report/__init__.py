"""Renders ``results.json`` and ``rows.jsonl`` for people: terminal tables, Markdown, one HTML file.

``run`` reads a folder, ``content`` says what a report holds (as the records of ``document``), ``html`` and ``markdown``
render the same records, and ``write`` puts both into a folder. Nothing is computed that :mod:`tenacious_bench.stats`
does not compute.
"""

from tenacious_bench.report.markdown import detail_sections, markdown_table
from tenacious_bench.report.tables import (
    COMPARISON_HEADER,
    JUDGE_HEADER,
    comparison_rows,
    headline,
    judge_rows,
    mode_rows,
    number,
)
from tenacious_bench.report.terminal import terminal_tables
from tenacious_bench.report.write import write_report

__all__ = [
    "COMPARISON_HEADER",
    "JUDGE_HEADER",
    "comparison_rows",
    "detail_sections",
    "headline",
    "judge_rows",
    "markdown_table",
    "mode_rows",
    "number",
    "terminal_tables",
    "write_report",
]
