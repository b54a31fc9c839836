"""How a sentence says what it says: asserted, asked, hedged, conditional or denied."""

from __future__ import annotations

import re

from tenacious_bench.judges.rules.patterns import any_of
from tenacious_bench.judges.rules.text import Sentence

_HEDGE = any_of(
    "whether|might|perhaps|maybe|possibly|probably|presumably|apparently|seems?|appears?|reportedly|allegedly",
    r"rumou?r\w*|hearsay|(?:is|are|was|were|be) said|unconfirmed|unverified|somewhere|correct me|unsure",
    r"not (?:sure|certain)|(?:cannot|can.t|could not|couldn.t) (?:tell|judge|see|say|know|confirm|verify)",
    r"(?:do not|don.t|did not) know|assum\w+|I suppose|supposedly|I guess|(?:my|only a|just a) guess|guessing",
    r"wonder\w*|suspect|speculat\w+|second-hand|hints?|suggests?",
)
_MAY = re.compile(r"(?<![A-Za-z])(?<![Yy]ou )may\b")
_IF = re.compile(r"\bif\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:()]\s|\s-\s")
_ASKS_IF_SO = any_of(r"(?:is|are|was) (?:that|this|it|either|any of)", r"(?:true|right|correct|accurate|so)(?=\s*\?)")
_CANNOT_TELL = re.compile(r"(?:I|We) (?:cannot|can.t|could not|do not know|don.t know)\b")
_NO = r"no|not|none|never|nobody|nothing|without|cannot|neither|nor|rather than|instead of|less than|fewer than"
_NEGATION = re.compile(rf"\b(?:{_NO})\b|n['’]t\b", re.IGNORECASE)
_NOT_JUST_BEFORE = re.compile(
    r"(?:\b(?:no|not|nothing|never|nobody|without|hardly|rather than|instead of)\b|n['’]t\b)(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_WINDOW = 60


def clause(text: str, at: int) -> str:
    """The clause of a sentence in which position ``at`` lies."""
    start = 0
    for m in _CLAUSE.finditer(text):
        if m.start() >= at:
            return text[start : m.start()]
        start = m.end()
    return text[start:]


def is_negated(text: str) -> bool:
    """Whether a clause denies something."""
    return bool(_NEGATION.search(text))


def is_denied(text: str, at: int) -> bool:
    """Whether a negation stands at most three words before position ``at``."""
    return bool(_NOT_JUST_BEFORE.search(text, max(0, at - _WINDOW), at))


def is_asked(near: list[Sentence], index: int) -> bool:
    """Whether sentence ``index`` asks or hedges, or the next one takes it back or asks if it is so."""
    here = near[index]
    if here.is_question or _HEDGE.search(here.text) or _MAY.search(here.text):
        return True
    if index + 1 == len(near) or near[index + 1].field != here.field:
        return False
    following = near[index + 1]
    asks_back = following.is_question and _ASKS_IF_SO.search(following.text)
    return bool(asks_back or _CANNOT_TELL.match(following.text))


def is_asserted(sentence: Sentence, at: int) -> bool:
    """Whether the clause at position ``at`` neither denies nor only supposes what it says."""
    near = clause(sentence.text, at)
    return not is_negated(near) and not _IF.search(near)
