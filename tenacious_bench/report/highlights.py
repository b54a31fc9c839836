"""An email cut into pieces, each with the reasons why it is highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tenacious_bench.report.document import Piece
from tenacious_bench.report.rows import Said
from tenacious_bench.schema import Task

LOWEST = 2
"""Sentences that are shown as the lowest of an email."""
Mark = tuple[int, int, str]
"""Start, end, and a mark of :class:`~tenacious_bench.report.document.Piece`."""


def pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """Cut a text where a mark begins or ends; the pieces add up to the text.

    Args:
        text: the email's subject or body.
        marks: may overlap, and may reach beyond the text.
    """
    cuts = sorted({0, len(text), *(min(max(0, at), len(text)) for start, end, _ in marks for at in (start, end))})
    return [
        Piece(text[a:b], tuple(dict.fromkeys(kind for start, end, kind in marks if start <= a and b <= end)))
        for a, b in pairwise(cuts)
    ]


def marks_of(task: Task, said: Said, field: str) -> list[Mark]:
    """What is highlighted in the subject or body: annotated evidence, the judge's quotes, its lowest sentences."""
    text: str = getattr(task.email, field)
    found = [(at, at + len(quote), "evidence") for quote in task.evidence if (at := text.find(quote)) >= 0]
    found += [(q.start, q.end, "quote") for q in said.quotes if q.field == field]
    return found + [(start, end, "lowest") for where, start, end, _ in lowest(said) if where == field]


def lowest(said: Said) -> list[tuple[str, int, int, float]]:
    """Field, start, end and reward of the sentences that cost the email most; none that adds to the reward."""
    ranked = sorted(said.sentences, key=lambda s: s.reward)[:LOWEST]
    return [(s.field, s.start, s.end, s.reward) for s in ranked if s.reward < 0]


def remarks_of(task: Task, said: Said) -> list[tuple[str, str]]:
    """The words behind the highlights, each under the name of its mark, and why the email has its label."""
    found = [("why", task.rationale)] if task.rationale else []
    found += [("evidence", quote) for quote in task.evidence]
    for quote in said.quotes:
        text = getattr(task.email, quote.field)[quote.start : quote.end]
        found.append(("quote", f"{text} ({quote.mode}: {quote.reason})"))
    for field, start, end, reward in lowest(said):
        found.append(("lowest", f"{getattr(task.email, field)[start:end]} ({reward:+.2f})"))
    return found
