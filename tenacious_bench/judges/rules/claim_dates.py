"""What an email dates: the prospect's round, layoff, new leader and deadlines, against the dates of the brief."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tenacious_bench.judges.rules.claims import Span
from tenacious_bench.judges.rules.dates import Mention, mentions
from tenacious_bench.judges.rules.patterns import any_of

KINDS: dict[str, re.Pattern[str]] = {
    "funding": any_of(
        "series [a-g]|seed (?:round|funding|money)|funding|financing|equity",
        r"raised (?:money|capital|a (?:seed|series))|raised(?= [$€£\d])",
        r"round\b[^.]{0,20}\bclosed|closed\b[^.]{0,20}\bround",
    ),
    "layoff": any_of(
        r"lay-?offs?|laid off|redundanc\w+|job cuts?",
        r"(?:staff|workforce|headcount)\b[^.]{0,30}\b(?:cut|reduc\w+|leave|go)",
        r"(?:cut|reduc\w+)\b[^.]{0,30}\b(?:staff|workforce|headcount|people|jobs|posts|roles)",
    ),
    "leadership": any_of(
        "you (?:have )?(?:started|joined|began|arrived) (?:in|on|as|at|with|the role|your role|this|last)",
        "your (?:first day|appointment|start)|you (?:took (?:up|over)|were (?:appointed|named|handed))",
        "(?:in|into) (?:the|your) (?:role|post|job|seat)",
        r"(?:led|leading|headed|heading|in charge|responsible)\b[^.]{0,40}\bsince",
    ),
}
"""How an email speaks of an event that has a date of its own."""
_DUE = any_of(
    "has to be|have to be|must be|is due|are due|falls? due|deadline|is to be complete|due then|has (?:to|until)",
    "have until|committed (?:itself|yourselves) to|is expected of (?:you|your)|goes? live|was announced",
    r"(?:you|company) (?:announced|launch\w*|open\w*|clos\w+|sign\w*)",
)
_OWN_PLANS = any_of("we|our|us|engineers?|would|could|shall|minutes|call|meet|talk|send|start|begin|profiles?|hour|lot")
_CLAUSE = re.compile(r";|,\s+(?:and|while|but)\s+|\s+(?:and|while|but)\s+(?=(?:in|on|by|since)\s)", re.IGNORECASE)


def deadlines(text: str, as_of: date, given: frozenset[tuple[int, int]]) -> Iterator[Span]:
    """A day on which the prospect must or did do something, when no date of the brief is that day.

    ``given`` holds the (month, day) of every date of the brief. Sentences about our own plans are left alone.
    """
    if not _DUE.search(text) or _OWN_PLANS.search(text):
        return
    for d in mentions(text, as_of):
        if d.kind == "day" and (d.first.month, d.first.day) not in given and d.first != as_of:
            yield d.start, d.end, "a date that the brief does not give"


def event_dates(text: str, as_of: date, sources: dict[str, str]) -> Iterator[Span]:
    """A month or day given to an event of one kind that no source of that kind gives.

    A clause that speaks of several kinds, or holds several dates, is left alone.
    """
    for start, end in _clauses(text):
        clause = text[start:end]
        kinds = [kind for kind, pattern in KINDS.items() if pattern.search(clause)]
        source = sources.get(kinds[0], "") if len(kinds) == 1 else ""
        given = mentions(source, as_of)
        stated = [d for d in mentions(clause, as_of) if d.kind != "relative" or clause[d.start : d.end].endswith("ago")]
        if given and len(stated) == 1 and not any(_can_be_one(stated[0], d) for d in given):
            yield start + stated[0].start, start + stated[0].end, f"not when the brief dates the {kinds[0]}"


def _can_be_one(one: Mention, other: Mention) -> bool:
    """Whether two mentions can be the same day; a year that was not said is not held against them."""
    kinds = (one.kind, other.kind)
    if "relative" in kinds:
        return one.first <= other.last and other.first <= one.last
    return one.first.month == other.first.month and ("month" in kinds or one.first.day == other.first.day)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for m in _CLAUSE.finditer(text):
        yield start, m.start()
        start = m.end()
    yield start, len(text)
