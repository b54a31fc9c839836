"""Writes a report into a folder: one HTML file, and the same as Markdown with its figures beside it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tenacious_bench.files import atomic_writer
from tenacious_bench.report.content import build_report
from tenacious_bench.report.document import Document
from tenacious_bench.report.html import html
from tenacious_bench.report.markdown import markdown
from tenacious_bench.report.run import read_run


class Written(NamedTuple):
    """The files of a report."""

    html: Path
    markdown: Path


def write_report(results: Path, out: Path | None = None) -> Written:
    """``report.html``, and ``report.md`` with its figures.

    Args:
        results: folder of ``results.json`` and ``rows.jsonl``.
        out: where the report goes; by default into the same folder. Made if it is not there.

    Raises:
        RunError: the folder cannot be read.
        OSError: ``out`` cannot be written.
    """
    return write_document(build_report(read_run(results)), out or results, "report")


def write_document(document: Document, out: Path, name: str) -> Written:
    """``NAME.html``, ``NAME.md`` and an SVG file for each figure."""
    out.mkdir(parents=True, exist_ok=True)
    files = {f"{figure.name}.svg": figure.svg for figure in document.figures}
    files |= {f"{name}.html": html(document), f"{name}.md": markdown(document)}
    for file, text in files.items():
        with atomic_writer(out / file) as handle:
            handle.write(text)
    return Written(out / f"{name}.html", out / f"{name}.md")
