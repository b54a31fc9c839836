"""People offered in an email: how many, of which stack, how senior, from when.

Reads "two Python engineers", "three of our Go engineers", "two Python and one data engineer", "Python: two",
"two engineers (Go)", "a fifth data engineer", and a start date in the same sentence or in a later one that says
"start" or "they begin". Numbers of the prospect's own roles, seats and staff are not offers; nor is what is
negated, or quoted as the prospect's wish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from tenacious_bench.judges.rules.dates import Mention, mentions
from tenacious_bench.judges.rules.numbers import to_int
from tenacious_bench.judges.rules.offer_patterns import OfferPatterns, offer_patterns
from tenacious_bench.judges.rules.patterns import any_of
from tenacious_bench.judges.rules.text import Sentence
from tenacious_bench.playbook import Playbook, word_pattern

_REACH = 200
"""How far left of an offer its clause is read, in characters."""
_PROSPECTS = re.compile(
    r"\b(?:your|you (?:have|need|want|asked|lost|employ|run|seek|sought|list|advertise|mentioned|said)"
    r"|you are (?:looking|hiring|seeking|recruiting)|hir(?:e|ing)|finding"
    r"|recruit\w*|vacanc\w+|lost|lists?|advert\w*|seek\w*"
    r"|sought|asked for|looking for|careers page|employs?)\b[^,;:]*$",
    re.IGNORECASE,
)
_FROM_US = re.compile(
    r"[^,;:]{0,12}\b(?:we have|of ours|from us|on our side|we (?:can|could)|available|free)\b", re.IGNORECASE
)
_NEGATED = re.compile(
    r"(?:\b(?:no|not|never|cannot|without|rather than|instead of|more than|fewer than|beyond|nor)\b|n['’]t\b)[^,;:]*$",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(?:half|quarter|minutes?) (?:past|to)\s+$", re.IGNORECASE)
_STARTS = any_of(
    "from|start(?:s|ing|ed)?|begin(?:s|ning)?|join(?:s|ing)?|available|free|as of|ready|with you|on board",
    "first|repository",
)
_NOT_A_START = any_of(
    "minutes|half an hour|an hour|call|phone|talk|speak|meet (?:you|on|at|for|in)|meeting|by (?:the )?end",
    r"finish\w*|deadline|due|profiles?|CVs?|names|outline|send",
)
_LABEL = re.compile(
    r"^\W*(?:(?:both |all )?starts?|starting|start date|when|date|from|available)\b[^.:\w]*(?:(?:on|from|is|:)\s*)*$",
    re.IGNORECASE,
)
_BOUND = re.compile(r"\b(?:to|until|till|by|before|through)\s+(?:the\s+)?$", re.IGNORECASE)
_AT_ONCE = re.compile(r"\b(?:free|available|ready|start\w*|begin\w*|from|as of|join\w*|on board)\s+$", re.IGNORECASE)
"""Before "today" or "tomorrow": otherwise "the team that runs it today" would be a start."""
_ON = re.compile(r"\b(?:on|from)\s+$", re.IGNORECASE)
_YOU = any_of("you|yours?")
_US = any_of("we|our|us")
_THEY = any_of("they|both|all (?:two|three|four|five|of them)|the (?:two|three|four|five|pair|team)")


@dataclass(frozen=True)
class Offer:
    sentence: Sentence
    start: int
    end: int
    count: int
    stacks: tuple[str, ...]
    """Names of the inventory; none when the email names no stack."""
    senior: bool
    ours: bool
    day: Mention | None = None
    day_elsewhere: bool = False
    """The date stands in another sentence."""

    @property
    def begins(self) -> date | None:
        """The latest day the date given can mean, so that doubt favours the email."""
        return self.day.last if self.day else None


def find_offers(said: list[Sentence], as_of: date, playbook: Playbook) -> list[Offer]:
    """All offers of people, with the start date that goes with each."""
    patterns = offer_patterns(playbook.bench)
    out: list[Offer] = []
    previous: list[Offer] = []
    for index, s in enumerate(said):
        days = [d for d in mentions(s.text, as_of) if d.kind != "month" and d.last >= as_of and _may_start(s.text, d)]
        if found := _in_sentence(s, patterns, playbook):
            out += (previous := _dated(found, days, s))
        elif previous and days:
            label = _labelled(said, index, days[0])
            if label or (_THEY.search(s.text) and _STARTS.search(s.text) and not _NOT_A_START.search(s.text)):
                waiting = [o for o in (out if label else previous) if o.day is None]
                out = [replace(o, day=days[0], day_elsewhere=True) if o in waiting else o for o in out]
    return out


def _may_start(text: str, day: Mention) -> bool:
    spoken = text[day.start : day.end].casefold() in ("today", "tomorrow")
    return not spoken or bool(_AT_ONCE.search(text, max(0, day.start - 20), day.start))


def _labelled(said: list[Sentence], index: int, day: Mention) -> bool:
    """Whether a sentence is a start date by itself: "Start: Monday 4 May", or "Start." and then the date."""
    s = said[index]
    if _YOU.search(s.text) and s.text.casefold().startswith("from"):
        return False
    alone = day.start < 3 and index > 0 and len(said[index - 1].text.split()) <= 2
    return bool(_LABEL.search(s.text[: day.start]) or (alone and _LABEL.search(said[index - 1].text.rstrip(".: "))))


def _in_sentence(s: Sentence, patterns: OfferPatterns, playbook: Playbook) -> list[Offer]:
    people = bool(patterns.people.search(s.text))
    ours = bool(_US.search(s.text))
    out: list[Offer] = []
    for pattern in (*patterns.orders, patterns.bare):
        for m in pattern.finditer(s.text):
            count, left = to_int(m["count"]), s.text[max(0, m.start() - _REACH) : m.start()]
            vague = m["count"].casefold() in ("a", "an") and (not ours or left.rstrip().endswith(" as"))
            if (
                any(m.start() < o.end and o.start < m.end() for o in out)
                or (_PROSPECTS.search(left) and not _FROM_US.match(s.text, m.end()))
                or _NEGATED.search(left)
                or _CLOCK.search(left)
                or vague
                or (pattern is patterns.bare and (count == 1 or not people))
                or re.search(r"\byour\b", m.group(), re.IGNORECASE)
            ):
                continue
            stacks = tuple(dict.fromkeys(_stacks(m["stack"] or "", playbook)))
            if stacks or re.search(r"\bour\b", m.group(), re.IGNORECASE):
                out.append(Offer(s, m.start(), m.end(), count, stacks, bool(m["senior"]), ours))
    return sorted(out, key=lambda o: o.start)


def _stacks(text: str, playbook: Playbook) -> Iterator[str]:
    """The stacks that some words name; "full stack" is one, "Python and data" are two."""
    for part in (text, *re.split(r"\s*/\s*|\s+and\s+|\s+or\s+|\s+", text)):
        folded = " ".join(part.casefold().split())
        for name, listed in playbook.bench.stacks.items():
            if folded in {w.casefold() for w in listed}:
                yield name
                if part == text:
                    return


def stacks_named(text: str, playbook: Playbook) -> set[str]:
    """The stacks of the inventory that any word of a text names."""
    return {
        name for name, listed in playbook.bench.stacks.items() if listed and word_pattern(tuple(listed)).search(text)
    }


def _dated(found: list[Offer], days: list[Mention], s: Sentence) -> list[Offer]:
    """The offers of a sentence with their start dates: one date is everybody's, several go to the offer before."""
    usable = [d for d in days if not _BOUND.search(s.text, max(0, d.start - 20), d.start)]
    if not usable or _NOT_A_START.search(s.text):
        return found
    if len(usable) > 1:
        after = [next((d for d in usable if d.start >= o.end), None) for o in found]
        limits = [*(o.start for o in found[1:]), len(s.text)]
        return [
            replace(o, day=d) if d and d.start < limit else o for o, d, limit in zip(found, after, limits, strict=True)
        ]
    day = usable[0]
    leads = s.text[: day.start].strip(" -*•0123456789.)").casefold() in ("", "from", "on", "starting")
    if not (leads or _STARTS.search(s.text) or _ON.search(s.text, max(0, day.start - 8), day.start)):
        return found
    return [o if day.end <= o.start and _YOU.search(s.text[day.end : o.start]) else replace(o, day=day) for o in found]
