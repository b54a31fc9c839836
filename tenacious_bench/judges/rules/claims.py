"""What an email states about the prospect, fact by fact, against what the brief holds.

One function per kind of fact. Each returns the place and the reason when the stated value stands nowhere the
licence allows; silence when the brief is silent or the wording is not clearly about the prospect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tenacious_bench.judges.rules.dates import Mention, mentions
from tenacious_bench.judges.rules.numbers import NUMBER, money, numbers, percents, rounds, to_int

Span = tuple[int, int, str]

_ROLE = r"(?:roles?|vacanc(?:y|ies)|openings?|positions?|posts?|adverts?|job ads?|postings?|jobs?|seats?|chairs?)"
_ROLE_COUNT = re.compile(
    rf"(?<![\w.$€£])(?P<n>{NUMBER})\s+(?:(?:open|unfilled|vacant|current|advertised|engineering|engineer|software|developer|technical|of your)\s+){{0,3}}{_ROLE}\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:open|openings?|unfilled|vacan\w+|advertis\w+|adverts?|hiring|recruit\w*|careers page|job ads?|postings?|to fill|trying to fill|listed|lists?|listings)\b", re.IGNORECASE)
_HIRING = re.compile(
    r"\b(?:vacan\w+|openings?|hiring|recruit\w*|open (?:engineering )?(?:roles?|positions?|posts?|seats?)|careers page|job (?:ads?|adverts?|list)"
    r"|listings|adverts?|engineers? (?:you are|are being) (?:looking for|sought)|search for engineers|(?:positions?|seats?|chairs?|posts?|roles?) (?:\w+ ){0,3}(?:to fill|filled|vacant|open)"
    r"|trying to fill|looking for (?:\w+ )?engineers|advertised?|seeks?|wants? to fill)\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"\b(?:lay-?offs?|laid off|cuts?|reduc\w+|redundanc\w+|workforce|staff|jobs? (?:go|went|losses)|headcount|fewer (?:colleagues|people|staff))\b", re.IGNORECASE)
_PEOPLE = re.compile(
    rf"\b(?:your|a (?:company|team|firm|staff) of|company with|firm with)\s+(?P<n>\d[\d,]*|{NUMBER})\s+(?:people|staff|employees)\b|\b(?P<m>\d[\d,]*)[- ](?:person|people) (?:company|firm|team)\b",
    re.IGNORECASE,
)
_BIG = 100_000
KINDS: dict[str, re.Pattern[str]] = {
    "funding": re.compile(r"\b(?:round|rais(?:ed?|ing)|funding|financing|series [a-g]|seed|equity|investors?|invested)\b", re.IGNORECASE),
    "layoff": re.compile(r"\b(?:lay-?offs?|laid off|redundanc\w+|job cuts?|(?:staff|workforce|headcount)\b[^.]{0,30}\b(?:cut|reduc\w+|leave|go)|(?:cut|reduc\w+)\b[^.]{0,30}\b(?:staff|workforce|headcount|people|jobs))\b", re.IGNORECASE),
    "leadership": re.compile(r"\byou(?:r)?\b[^.]{0,40}\b(?:started|joined|appoint\w+|first day|took (?:up|over|on)|in (?:the|your) (?:role|post|job|seat)|began|arriv\w+)\b|\b(?:started|joined|appointed|took over)\b[^.]{0,30}\bas\b|\b(?:led|leading|headed|heading|in charge|responsible)\b[^.]{0,40}\bsince\b", re.IGNORECASE),
}
_DUE = re.compile(
    r"\b(?:has to be|have to be|must be|is due|are due|falls? due|deadline|is to be complete|due then|has (?:to|until)|have until"
    r"|goes? live|was announced|(?:you|company) (?:announced|launch\w*|open\w*|clos\w+|sign\w*))\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(r"\b(?:we|our|us|engineers?|would|could|shall|minutes|call|meet|talk|send|start|begin|profiles?|hour|lot|team)\b", re.IGNORECASE)
_CLAUSE = re.compile(r";|,\s+(?:and|while|but)\s+|\s+(?:and|while|but)\s+(?=(?:in|on|by|since)\s)", re.IGNORECASE)


def role_counts(text: str, licensed: str, unlicensed: str) -> Iterator[Span]:
    """Numbers of open roles that no usable source gives, or that only an unusable one gives."""
    usable = {int(f.value) for f in numbers(licensed)}
    loose = {int(f.value) for f in numbers(unlicensed)} - usable - {1}
    few = {n for n in usable if n < 100}
    total = {a - b for a in few for b in few} | {a + b for a in few for b in few}
    taken = []
    for m in _ROLE_COUNT.finditer(text):
        if to_int(m["n"]) not in usable | total and _OPEN.search(text) and not _followed_by_of(text, m.end()):
            taken.append(m.start())
            yield m.start(), m.end(), "a number of open roles that the brief does not give"
    if loose and not taken and _HIRING.search(text):
        for f in numbers(text):
            if int(f.value) in loose:
                yield f.start, f.end, "a number of roles from a signal that may not be asserted"


def _followed_by_of(text: str, end: int) -> bool:
    return bool(re.match(r"\s+(?:filled|closed)", text[end:]))


def sums(text: str, known: str, all_known: str) -> Iterator[Span]:
    """Large sums of money and rounds of funding that stand nowhere in the brief."""
    sums_known = {f.value for f in money(all_known)}
    for f in money(text):
        if f.value >= _BIG and f.value not in sums_known:
            yield f.start, f.end, "a sum that the brief does not give"
    stages = {stage for _, _, stage in rounds(all_known)}
    if re.search(r"\bpre-?seed\b", all_known, re.IGNORECASE):
        stages.add("preseed")
    if re.search(r"\bseed\b", all_known, re.IGNORECASE):
        stages.add("seed")
    for start, end, stage in rounds(text):
        if stage not in stages:
            yield start, end, "a round that the brief does not give"


def shares(text: str, all_known: str) -> Iterator[Span]:
    """Percentages of staff that stand nowhere in the brief."""
    if _CUT.search(text):
        known = {f.value for f in percents(all_known)}
        for f in percents(text):
            if f.value not in known:
                yield f.start, f.end, "a percentage that the brief does not give"


def people(text: str, all_known: str) -> Iterator[Span]:
    """A headcount that stands nowhere in the brief."""
    known = {int(f.value) for f in numbers(all_known)}
    for m in _PEOPLE.finditer(text):
        if to_int(m["n"] or m["m"]) not in known and to_int(m["n"] or m["m"]) > 12:
            yield m.start(), m.end(), "a headcount that the brief does not give"


def deadlines(text: str, as_of: date, dates: frozenset[date]) -> Iterator[Span]:
    """A day by which the prospect must or will do something, when no date of the brief is that day."""
    if not _DUE.search(text) or _OFFERS.search(text):
        return
    for d in mentions(text, as_of):
        if d.kind == "day" and d.first not in dates and d.first != as_of:
            yield d.start, d.end, "a date that the brief does not give"


def months(text: str, as_of: date, claims: dict[str, str]) -> Iterator[Span]:
    """A month or day given to a funding round, a layoff or a new leader that the claims of that kind do not give.

    ``claims`` holds the text of all sources per kind. A clause that fits several kinds is left alone.
    """
    for start, end in _clauses(text):
        clause = text[start:end]
        kinds = [kind for kind, pattern in KINDS.items() if pattern.search(clause)]
        if len(kinds) != 1 or not (source := claims.get(kinds[0])):
            continue
        dated = mentions(source, as_of)
        stated = [d for d in mentions(clause, as_of) if d.kind != "relative" or "ago" in clause[d.start : d.end]]
        if dated and len(stated) == 1 and not any(_meet(stated[0], d) for d in dated):
            yield start + stated[0].start, start + stated[0].end, f"not when the brief dates the {kinds[0]}"


def _meet(one: Mention, other: Mention) -> bool:
    return one.first <= other.last and other.first <= one.last


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for m in _CLAUSE.finditer(text):
        yield start, m.start()
        start = m.end()
    yield start, len(text)
