"""What an email states about the prospect, number by number, against what the brief holds.

One function per kind of value. Each yields the place and the reason when the stated value stands nowhere the
licence allows, and stays silent when the wording is not clearly about the prospect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tenacious_bench.judges.rules.numbers import NUMBER, money, numbers, percents, rounds, to_int
from tenacious_bench.judges.rules.patterns import any_of

Span = tuple[int, int, str]

_ROLE = r"(?:roles?|vacanc(?:y|ies)|openings?|positions?|posts?|adverts?|job ads?|postings?|jobs?|seats?|chairs?)"
_ROLE_KIND = r"(?:open|unfilled|vacant|current|advertised|engineering|engineer|software|developer|technical|of your)"
_ROLE_COUNT = re.compile(rf"(?<![\w.$€£])(?P<n>{NUMBER})\s+(?:{_ROLE_KIND}\s+){{0,3}}{_ROLE}\b", re.IGNORECASE)
_OPEN = any_of(
    r"open|openings?|unfilled|vacan\w+|advertis\w+|adverts?|hiring|recruit\w*|careers page|job ads?|postings?",
    "to fill|listed|lists?|listings",
)
_HIRING = any_of(
    r"vacan\w+|openings?|hiring|recruit\w*|open (?:engineering )?(?:roles?|positions?|posts?|seats?)|careers page",
    "job (?:ads?|adverts?|list)|listings|adverts?|advertised?|search for engineers|trying to fill|seeks?",
    r"engineers? (?:you are|are being) (?:looking for|sought)|looking for (?:\w+ )?engineers",
    r"(?:positions?|seats?|chairs?|posts?|roles?) (?:\w+ ){0,3}(?:to fill|filled|vacant|open)",
)
_CUT = any_of(
    r"lay-?offs?|laid off|cuts?|reduc\w+|redundanc\w+|workforce|staff|jobs? (?:go|went|losses)|headcount",
    "fewer (?:colleagues|people|staff)",
)
_PEOPLE = re.compile(
    rf"\b(?:your|a (?:company|team|firm|staff) of|(?:company|firm) with)\s+(?P<n>{NUMBER})\s+"
    r"(?:people|staff|employees)\b"
    rf"|\b(?P<m>{NUMBER})[- ](?:person|people) (?:company|firm|team)\b",
    re.IGNORECASE,
)
_THAN = re.compile(r"\b(?:than|like)\s+(?:the\s+)?$", re.IGNORECASE)
"""Before a number that measures something else: "less than three open seats would draw"."""
_LARGE_SUM = 100_000
_TEAM = 12
"""A number of people up to this may count a part of the staff."""


def role_counts(text: str, licensed: str, unlicensed: str) -> Iterator[Span]:
    """Numbers of open roles that no usable source gives, or that only an unusable one gives.

    A sum or a difference of two usable numbers is usable too ("the other three").
    """
    usable = {int(f.value) for f in numbers(licensed)}
    stated = [m for m in _ROLE_COUNT.finditer(text) if to_int(m["n"]) not in usable]
    if stated and _OPEN.search(text):
        few = {n for n in usable if n < 100} | {1}
        derived = {a + sign * b for a in few for b in few for sign in (1, -1)}
        for m in stated:
            if to_int(m["n"]) not in derived and not _THAN.search(text, max(0, m.start() - 12), m.start()):
                yield m.start(), m.end(), "a number of open roles that the brief does not give"
    loose = {int(f.value) for f in numbers(unlicensed)} - usable - {1}
    if loose and not stated and _HIRING.search(text):
        for f in numbers(text):
            if int(f.value) in loose:
                yield f.start, f.end, "a number of roles from a signal that may not be asserted"


def sums(text: str, known: str) -> Iterator[Span]:
    """Large sums of money and rounds of funding that stand nowhere in the brief."""
    for f in money(text):
        if f.value >= _LARGE_SUM and f.value not in {k.value for k in money(known)}:
            yield f.start, f.end, "a sum that the brief does not give"
    stages = {stage for _, _, stage in rounds(known)}
    for start, end, stage in rounds(text):
        if stage not in stages and not (stage.endswith("seed") and re.search(r"\bseed\b", known, re.IGNORECASE)):
            yield start, end, "a round that the brief does not give"


def shares(text: str, known: str) -> Iterator[Span]:
    """Percentages of staff that stand nowhere in the brief."""
    if _CUT.search(text):
        given = {f.value for f in percents(known)}
        yield from (
            (f.start, f.end, "a percentage the brief does not give") for f in percents(text) if f.value not in given
        )


def headcounts(text: str, known: str) -> Iterator[Span]:
    """A headcount that stands nowhere in the brief."""
    given = {int(f.value) for f in numbers(known)}
    for m in _PEOPLE.finditer(text):
        count = to_int(m["n"] or m["m"])
        if count not in given and count > _TEAM:
            yield m.start(), m.end(), "a headcount that the brief does not give"
