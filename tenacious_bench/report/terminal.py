"""The main tables of a run for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from tenacious_bench.report.tables import (
    COMPARISON_HEADER,
    JUDGE_HEADER,
    Results,
    comparison_rows,
    headline,
    judge_rows,
)
from tenacious_bench.safe_text import terminal


def terminal_table(title: str, header: Sequence[str], body: Sequence[Sequence[str]]) -> Table:
    """A table whose first column stands left; control sequences and markup in its cells show as text."""
    table = Table(title=Text(terminal(title)), title_justify="left", title_style="")
    for i, name in enumerate(header):
        table.add_column(Text(terminal(name)), justify="left" if i == 0 else "right", overflow="fold")
    for row in body:
        table.add_row(*(Text(terminal(cell)) for cell in row))
    return table


def terminal_tables(results: Results) -> list[Table]:
    """The main table and the comparisons."""
    return [
        terminal_table(title, header, body)
        for title, header, body in (
            (headline(results), JUDGE_HEADER, judge_rows(results)),
            ("Paired comparisons (first minus second)", COMPARISON_HEADER, comparison_rows(results)),
        )
        if body
    ]
