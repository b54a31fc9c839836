"""Reading results: a report on one run, and two runs compared."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from tenacious_bench.cli.common import AsJson, Seed, app, plain_errors, safe


@app.command()
def report(
    results: Annotated[Path, typer.Argument(help="Folder with results.json and rows.jsonl, as bench writes it.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report; by default the same.")] = None,
) -> None:
    """One HTML file that opens without a network, and the same as Markdown, on one run of bench or evaluate."""
    from tenacious_bench.report.write import write_report

    with plain_errors():
        written = write_report(results, out)
    typer.echo(safe(f"written: {written.html}, {written.markdown}"))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="Folder of the first run.", metavar="A")],
    b: Annotated[Path, typer.Argument(help="Folder of the second run, over the same tasks.", metavar="B")],
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the same as compare.html and compare.md.")] = None,
    seed: Seed = 0,
) -> None:
    """Each judge that is in both runs: paired differences A less B, and the emails on which the runs part."""
    from rich.console import Console

    from tenacious_bench.report import comparison_content as content
    from tenacious_bench.report.comparison import SHOWN, compare_runs
    from tenacious_bench.report.run import read_run
    from tenacious_bench.report.terminal import terminal_table
    from tenacious_bench.report.write import write_document

    with plain_errors():
        found = compare_runs(read_run(a), read_run(b), seed)
        written = write_document(content.build_comparison(found, (str(a), str(b))), out, "compare") if out else None
    if as_json:
        typer.echo(json.dumps({"a": str(a), "b": str(b), **found.to_dict()}, ensure_ascii=False, indent=2))
        return
    console = Console(width=None if sys.stdout.isatty() else 190)
    console.print(terminal_table(content.summary(found), content.HEADER, content.difference_rows(found)))
    for name, judge in found.judges.items():
        title = content.discordant_title(name, len(judge.discordant))
        rows = content.discordant_rows(judge.discordant[:SHOWN])
        if rows:
            console.print(terminal_table(title, content.DISCORDANT_HEADER, rows))
    if found.warning:
        typer.echo(f"warning: {safe(found.warning)}", err=True)
    if written:
        typer.echo(safe(f"written: {written.html}, {written.markdown}"))
