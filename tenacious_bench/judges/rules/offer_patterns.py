"""The word orders in which an email offers people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tenacious_bench.judges.rules.numbers import NUMBER, ORDINAL
from tenacious_bench.judges.rules.patterns import either
from tenacious_bench.playbook import BenchRules

_FILL = (
    r"(?:(?:of|our|more|further|additional|extra|the|free|available|experienced|full-time|dedicated|good|own|other"
    r"|to|such|your|these|those|pairs?|couple|a)\s+){0,4}"
)
_NOT_ROLES = (
    r"(?!\s+(?:roles?|posts?|seats?|positions?|vacanc|openings?|jobs?|adverts?|ads\b|hires?|salar|who (?:left|leave)"
    r"|(?:on|in|at|from) your|of yours|left\b"
    r"|(?:are|is) (?:\w+ )?(?:being )?(?:sought|wanted|missing|lacking|open|advertised|vacant)\b))"
)
_NUMBER = rf"(?<![\w.])(?P<count>{NUMBER}"
_UNNAMED = r"(?P<stack>(?!))?"


@dataclass(frozen=True)
class OfferPatterns:
    """Patterns with the groups ``count``, ``stack`` and ``senior`` (any may be empty), strictest first."""

    orders: tuple[re.Pattern[str], ...]
    bare: re.Pattern[str]
    """A number and a stack without a word for people: only beside a sentence that has one."""
    people: re.Pattern[str]


def offer_patterns(rules: BenchRules) -> OfferPatterns:
    """The patterns of one playbook, compiled once."""
    stacks = tuple(word for words in rules.stacks.values() for word in words)
    return _compiled(stacks, rules.people_words, rules.seniority_words)


@lru_cache(maxsize=16)
def _compiled(stacks: tuple[str, ...], people: tuple[str, ...], seniority: tuple[str, ...]) -> OfferPatterns:
    stack, group = either(stacks), either(people)
    named = rf"(?P<stack>{stack}(?:(?:\s*/\s*|\s+and\s+|\s+or\s+|\s+){stack})*)"
    senior = rf"(?P<senior>{either(seniority)}(?:[- ]level)?\s+)?"
    knows = r"\s*(?:\(|,?\s*(?:both|all)\s+|who (?:write|know|work in)\s+|for\s+)"
    orders = (
        # two senior Python engineers
        rf"{_NUMBER}|{ORDINAL}|an?|both)\s+{_FILL}{senior}{named}[\s-]+(?:{either(seniority)}\s+)?{group}\b{_NOT_ROLES}",
        # Python: two
        rf"(?:^|[,;(\-•*]\s*){named}(?:\s+{group})?\s*[:=]\s*{_NUMBER})\b(?P<senior>(?!))?(?=\s*(?:{group}|[,;.]|from\b|$))",
        # two engineers (Python)
        rf"{_NUMBER})\s+{_FILL}{senior}{group}{knows}{named}\b{_NOT_ROLES}",
        # two of our engineers
        rf"{_NUMBER})\s+of\s+our\s+(?:own\s+)?{senior}{_UNNAMED}{group}\b{_NOT_ROLES}",
    )
    bare = rf"{_NUMBER})\s+(?P<senior>(?!))?{named}(?=\s*(?:[,;.]|and\b|plus\b|from\b|$))"
    return OfferPatterns(
        tuple(re.compile(order, re.IGNORECASE) for order in orders),
        re.compile(bare, re.IGNORECASE),
        re.compile(rf"\b{group}\b", re.IGNORECASE),
    )
