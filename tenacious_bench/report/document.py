"""What a report is made of, before it is written as HTML or Markdown: both render the same records.

``Text`` and every ``note`` hold our own words and numbers, with code in backticks. Every other string may hold text
from outside: the renderers escape it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Source = Literal["results.json", "rows.jsonl"]


@dataclass(frozen=True)
class Text:
    """A paragraph of our own words."""

    kind: ClassVar[str] = "text"
    half: ClassVar[bool] = False
    text: str


@dataclass(frozen=True)
class Tile:
    """One key figure."""

    label: str
    value: str
    """A number with its interval."""
    meaning: str
    """What it says, and what a judge that knows nothing reaches."""


@dataclass(frozen=True)
class Tiles:
    """The key figures."""

    kind: ClassVar[str] = "tiles"
    half: ClassVar[bool] = False
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Table:
    """A table whose first column names the row."""

    kind: ClassVar[str] = "table"
    header: list[str]
    body: list[list[str]]
    title: str = ""
    note: str = ""
    source: Source = "results.json"
    """The file that every number of it is read or counted from."""
    strong: str = ""
    """The row to emphasise."""
    shades: list[list[int]] = field(default_factory=list)
    """For each cell 0 (no shade) to 5 (darkest), below 0 where it counts wrong verdicts; empty: no shades."""
    half: bool = False
    """Whether it stands beside its neighbour."""


@dataclass(frozen=True)
class Figure:
    """A drawing."""

    kind: ClassVar[str] = "figure"
    name: str
    """Its file name beside the Markdown, without ``.svg``."""
    svg: str
    alt: str
    caption: str
    half: bool = False


@dataclass(frozen=True)
class Code:
    """Lines to copy, such as commands and signatures."""

    kind: ClassVar[str] = "code"
    half: ClassVar[bool] = False
    lines: list[str]


@dataclass(frozen=True)
class Piece:
    """A stretch of an email and why it is highlighted: any of ``evidence``, ``quote`` and ``lowest``, or nothing."""

    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """An email that was judged wrongly, with what is known of it."""

    kind: ClassVar[str] = "example"
    half: ClassVar[bool] = False
    title: str
    said: str
    label: str
    facts: list[tuple[str, str]]
    brief: list[tuple[str, str]]
    subject: list[Piece]
    body: list[Piece]
    remarks: list[tuple[str, str]]
    """What is behind the highlights: a mark of :class:`Piece` (or ``why``), and the words."""


Block = Text | Tiles | Table | Figure | Code | Example


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: list[Block]

    @property
    def anchor(self) -> str:
        """What a link within the page points at."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())


@dataclass(frozen=True)
class Document:
    """The whole report."""

    title: str
    subtitle: str
    sections: list[Section]

    @property
    def figures(self) -> list[Figure]:
        """All drawings, in order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Figure)]
