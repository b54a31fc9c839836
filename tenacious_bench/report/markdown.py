"""A report as Markdown, its figures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tenacious_bench.report.details import details
from tenacious_bench.report.document import Block, Code, Document, Example, Figure, Section, Table, Text, Tiles
from tenacious_bench.report.tables import Results, slice_rows
from tenacious_bench.safe_text import markdown_cell, terminal

_HARMLESS = re.compile(r"(?!.*(?:\]\(|://|www\.))[<>]?[\w .,:;%+()/\[\]-]*")
MARKS = {
    "evidence": "marked as the reason",
    "quote": "quoted by a rule",
    "lowest": "lowest sentence",
    "why": "why this label",
}
"""What a highlight means, by its name in :class:`~tenacious_bench.report.document.Piece`."""


def markdown_table(header: list[str], body: list[list[str]]) -> str:
    """A pipe table; cells hold only our own words and numbers."""
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join([" --- ", *[" ---: "] * (len(header) - 1)]) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def cell(text: str) -> str:
    """Text from outside on one line without markup; what can hold none, such as a number, stays as it is."""
    return text if _HARMLESS.fullmatch(text) else markdown_cell(text)


def fenced(text: str) -> str:
    """Text from outside as a code block that nothing in it can close."""
    shown = terminal(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def detail_sections(results: Results) -> list[str]:
    """Headings, tables and their explanations for the model card."""
    parts = [part for section in details(results) for part in _section(section, "###")]
    header, body = slice_rows(results)
    if body:
        what = "; ".join(f"`{way}`: {found['what']}" for way, found in results["by_slice"].items())
        parts += [
            "### By slice: balanced accuracy",
            markdown_table(header, body),
            f"A dash: too few emails or one label only. {what}.",
        ]
    return parts


def markdown(document: Document) -> str:
    """The report as Markdown."""
    parts = [f"# {cell(document.title)}", document.subtitle]
    for section in document.sections:
        parts += _section(section, "##")
    return "\n\n".join(parts) + "\n"


def _section(section: Section, level: str) -> list[str]:
    return [f"{level} {section.title}", *(part for block in section.blocks for part in _block(block))]


def _block(block: Block) -> list[str]:
    match block:
        case Text():
            return [block.text]
        case Code():
            return [fenced("\n".join(block.lines))]
        case Figure():
            return [f"![{cell(block.alt)}]({block.name}.svg)", cell(block.caption)]
        case Tiles():
            body = [[cell(tile.label), cell(tile.value), cell(tile.meaning)] for tile in block.tiles]
            return [markdown_table(["measure", "value", "meaning"], body)]
        case Table():
            return _table(block)
        case Example():
            return _example(block)


def _table(table: Table) -> list[str]:
    title = [f"**{cell(table.title)}**"] if table.title else []
    body = markdown_table([cell(c) for c in table.header], [[cell(c) for c in row] for row in table.body])
    return [*title, body, *([table.note] if table.note else [])]


def _example(example: Example) -> list[str]:
    subject = "".join(piece.text for piece in example.subject)
    body = "".join(piece.text for piece in example.body)
    remarks = [(MARKS[mark], text) for mark, text in example.remarks]
    return [
        f"### {cell(example.title)}",
        _list([("said", example.said), ("is", example.label), *example.facts]),
        "Brief:",
        _list(example.brief),
        "Email:",
        fenced(f"Subject: {subject}\n\n{body}" if subject else body),
        _list(remarks),
    ]


def _list(pairs: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"- {cell(name)}: {cell(text)}" for name, text in pairs)
