"""One email, two briefs: what each verdict is and which words changed their worth."""

from __future__ import annotations

from views import MODE_WORDS

from tenacious_bench.gate import Decision
from tenacious_bench.schema import Quote

HEADER = ("words", "first brief", "second brief")
LEAST = 0.1
"""Changes of a sentence's reward below it are noise to a reader."""


def changes(first: Decision, second: Decision) -> list[list[str]]:
    """Rows of words whose rule or reward differs between two decisions on one email, the largest change first."""
    rows = []
    quotes = [{_place(quote): quote for quote in decision.judgment.quotes} for decision in (first, second)]
    for place in {**quotes[0], **quotes[1]}:
        found = [side.get(place) for side in quotes]
        if not all(found):
            text = next(quote.text for quote in found if quote)
            rows.append([text, *(MODE_WORDS[quote.mode] if quote else "no rule broken" for quote in found)])
    pairs = zip(first.judgment.sentences, second.judgment.sentences, strict=False)
    moved = sorted(pairs, key=lambda pair: -abs(pair[0].reward - pair[1].reward))
    rows += [[a.text, f"{a.reward:+.2f}", f"{b.reward:+.2f}"] for a, b in moved if abs(a.reward - b.reward) >= LEAST]
    return rows


def _place(quote: Quote) -> tuple[str, int, int, str]:
    return quote.field, quote.start, quote.end, quote.mode
