"""People offered in an email: how many, of which stack, how senior, from when.

Reads "two Python engineers", "three of our Go engineers", "two Python and one data engineer", "Python: two",
"engineers (Go): two", "a fifth data engineer", and a start date in the same sentence or in the next one that says
"start" or "they begin". Numbers of the prospect's own roles, seats and staff are not offers; nor is what is
negated, or quoted as the prospect's wish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from tenacious_bench.judges.rules.dates import Mention, mentions
from tenacious_bench.judges.rules.numbers import NUMBER, ORDINAL, to_int
from tenacious_bench.judges.rules.text import Sentence
from tenacious_bench.playbook import Playbook

_FILL = (
    r"(?:(?:of|our|more|further|additional|extra|the|free|available|experienced|full-time|dedicated|good|own|other|to|such|your|these|those"
    r"|pairs?|couple|a)\s+){0,4}"
)
_NOT_PEOPLE = r"(?!\s+(?:roles?|posts?|seats?|positions?|vacanc|openings?|jobs?|adverts?|ads\b|hires?|salar|who (?:left|leave)|on your|of yours|left\b))"
_PROSPECTS = re.compile(
    r"\b(?:your|you (?:have|need|want|asked|lost|employ|run|seek|sought|list|advertise|mentioned|said|are (?:looking|hiring|seeking|recruiting))"
    r"|hir(?:e|ing)|recruit\w*|vacanc\w+|lost|lists?|advert\w*|seek\w*|sought|asked for|looking for|careers page|employs?)\b[^,;:]*$",
    re.IGNORECASE,
)
_OURS = re.compile(r"[^,;:]{0,12}\b(?:we have|of ours|from us|on our side|we (?:can|could)|available|free)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:no|not|never|cannot|without|rather than|instead of|more than|fewer than|beyond|nor)\b[^,;:]*$|n['’]t\b[^,;:]*$", re.IGNORECASE)
_START = re.compile(r"\b(?:from|start(?:s|ing|ed)?|begin(?:s|ning)?|join(?:s|ing)?|available|free|as of|ready|with you|on board|first (?:day|morning)|repository|first)\b", re.IGNORECASE)
_MEETS = re.compile(r"\b(?:minutes|half an hour|an hour|call|phone|talk|speak|meet(?:ing)?|by (?:the )?end|finish\w*|deadline|due)\b", re.IGNORECASE)
_LABEL = re.compile(r"^\W*(?:starts?|starting|start date|when|date|from|available|both start|all start)\b[^.:\w]*(?:(?:on|from|is|:)\s*)*$", re.IGNORECASE)
_THEY = re.compile(r"\b(?:they|both|all (?:two|three|four|five|of them)|the (?:two|three|four|five|pair|team))\b", re.IGNORECASE)


@dataclass(frozen=True)
class Offer:
    sentence: Sentence
    start: int
    end: int
    count: int
    stacks: tuple[str, ...]
    senior: bool
    ours: bool
    day: Mention | None = None

    @property
    def begins(self) -> date | None:
        """The latest day the date given can mean, so that doubt favours the email."""
        return self.day.last if self.day else None


@lru_cache(maxsize=16)
def _patterns(stacks: tuple[tuple[str, tuple[str, ...]], ...], people: tuple[str, ...], senior: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    def either(words: tuple[str, ...]) -> str:
        return "(?:" + "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)) + ")" if words else "(?!)"

    stack = either(tuple(w for _, words in stacks for w in words))
    seniority = rf"(?P<senior>{either(senior)}(?:[- ]level)?\s+)?"
    number = rf"(?P<count>{NUMBER}|{ORDINAL}|an?|both)"
    named = rf"(?P<stack>{stack}(?:(?:\s*/\s*|\s+and\s+|\s+or\s+|\s+){stack})*)"
    group = either(people)
    return (
        re.compile(rf"(?<![\w.]){number}\s+{_FILL}{seniority}{named}[\s-]+(?P<late>{either(senior)}\s+)?{group}\b{_NOT_PEOPLE}", re.IGNORECASE),
        re.compile(rf"(?<![\w.])(?P<count>{NUMBER})\s+(?P<senior>(?!))?{named}(?P<late>(?!))?(?=\s*(?:[,;.]|and\b|plus\b|from\b|$))", re.IGNORECASE),
        re.compile(rf"(?:^|[,;(\-•*]\s*){named}(?:\s+{group})?\s*[:=]\s*(?P<count>{NUMBER})\b(?P<senior>(?!))?(?P<late>(?!))?", re.IGNORECASE),
        re.compile(rf"(?<![\w.])(?P<count>{NUMBER})\s+{_FILL}{seniority}{group}\s*(?:\(|,?\s*(?:both|all)\s+|who (?:write|know|work in)\s+|for\s+){named}(?P<late>(?!))?\b{_NOT_PEOPLE}", re.IGNORECASE),
        re.compile(rf"(?<![\w.])(?P<count>{NUMBER})\s+(?:of\s+our\s+(?:own\s+)?){seniority}(?P<stack>(?!))?(?P<late>(?!))?{group}\b{_NOT_PEOPLE}", re.IGNORECASE),
        re.compile(rf"\b{group}\b", re.IGNORECASE),
    )


def stack_of(word: str, playbook: Playbook) -> str | None:
    """The stack a word of the email names; the longest listed word wins."""
    folded = " ".join(word.casefold().split())
    return next((name for name, words in playbook.bench.stacks.items() if folded in {w.casefold() for w in words}), None)


def _stacks_in(text: str | None, playbook: Playbook) -> tuple[str, ...]:
    if not text:
        return ()
    whole = stack_of(text, playbook)
    parts = [whole] if whole else [stack_of(p, playbook) for p in re.split(r"\s*/\s*|\s+and\s+|\s+or\s+|\s+", text)]
    return tuple(dict.fromkeys(p for p in parts if p))


def find_offers(said: list[Sentence], as_of: date, playbook: Playbook) -> list[Offer]:
    """All offers of people, with the start date that goes with each."""
    rules = playbook.bench
    patterns = _patterns(tuple(rules.stacks.items()), rules.people_words, rules.seniority_words)
    people = patterns[-1]
    out: list[Offer] = []
    previous: list[Offer] = []
    for index, s in enumerate(said):
        found = _in_sentence(s, patterns[:-1], people, playbook)
        days = [d for d in mentions(s.text, as_of) if d.kind != "month" and d.last >= as_of]
        if found:
            out += (previous := _dated(found, days, s))
            continue
        label = days and (_LABEL.search(s.text[: days[0].start]) or _lone_label(said, index, days[0]))
        if previous and days and (label or (_THEY.search(s.text) and _starts(s, days[0]))):
            waiting = [o for o in out if o.day is None] if label else [o for o in previous if o.day is None]
            out = [replace(o, day=days[0]) if o in waiting else o for o in out]
    return out


def _lone_label(said: list[Sentence], index: int, day: Mention) -> bool:
    return day.start < 3 and index > 0 and len(said[index - 1].text.split()) <= 2 and bool(_LABEL.search(said[index - 1].text))


def _in_sentence(s: Sentence, patterns: tuple[re.Pattern[str], ...], people: re.Pattern[str], playbook: Playbook) -> list[Offer]:
    out: list[Offer] = []
    for pattern in patterns:
        for m in pattern.finditer(s.text):
            if any(m.start() < o.end and o.start < m.end() for o in out):
                continue
            left = s.text[: m.start()]
            if (_PROSPECTS.search(left) and not _OURS.match(s.text, m.end())) or _NEGATED.search(left) or not people.search(s.text) and ":" not in m.group():
                continue
            if re.search(r"\byour\b", m.group(), re.IGNORECASE):
                continue
            stacks = _stacks_in(m["stack"], playbook)
            if stacks or re.search(r"\bour\b", m.group(), re.IGNORECASE):
                senior = bool(m["senior"] or m["late"])
                out.append(Offer(s, m.start(), m.end(), to_int(m["count"]), stacks, senior, bool(re.search(r"\b(?:we|our|us)\b", s.text, re.IGNORECASE))))
    return sorted(out, key=lambda o: o.start)


def _starts(s: Sentence, day: Mention) -> bool:
    return bool(_START.search(s.text)) and not _MEETS.search(s.text) and not re.search(r"\bto\s+$", s.text[: day.start])


def _dated(found: list[Offer], days: list[Mention], s: Sentence) -> list[Offer]:
    usable = [d for d in days if not re.search(r"\b(?:to|until|till|by|before|through)\s+(?:the\s+)?$", s.text[: d.start], re.IGNORECASE)]
    if not usable or _MEETS.search(s.text):
        return found
    if len(usable) == 1:
        led = s.text[: usable[0].start].strip(" -*•0123456789.)") in ("", "From", "from", "On", "Starting")
        near = led or _START.search(s.text) or re.search(r"\b(?:on|from)\s+$", s.text[: usable[0].start], re.IGNORECASE)
        return [replace(o, day=usable[0]) for o in found] if near else found
    after = [next((d for d in usable if d.start >= o.end), None) for o in found]
    ends = [o.start for o in found[1:]] + [len(s.text)]
    return [replace(o, day=d) if d and d.start < end else o for o, d, end in zip(found, after, ends, strict=True)]
