"""Signal overclaiming: a fact about the prospect beyond its evidence, age or confidence.

Fires on counts, sums, rounds, percentages and dates that no source of the brief gives; on the content of a signal
that may only be asked or not be used, stated without hedge or question; on hiring called aggressive without
the licence; and on a round called recent that is stale. Questions, hedged sentences, and statements that the rule
cannot tie to a signal are left alone.
"""

from __future__ import annotations

import re
from datetime import date

from tenacious_bench.judges.rules import claim_dates, claims, unlicensed
from tenacious_bench.judges.rules.dates import mentions
from tenacious_bench.judges.rules.facts import Texts, leaves, texts
from tenacious_bench.judges.rules.hedges import is_asked, is_asserted, is_negated
from tenacious_bench.judges.rules.numbers import numbers
from tenacious_bench.judges.rules.text import Sentence, quote, sentences
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, word_pattern
from tenacious_bench.schema import Brief, Confidence, Email, Mode, Quote

MODE: Mode = "signal_overclaiming"
_RANK: dict[Confidence, int] = {"low": 0, "medium": 1, "high": 2}
_RECENT = re.compile(
    r"\b(?:recent(?:ly)?|fresh(?:ly)?|just (?:closed|raised|announced)|new(?:ly)?|latest)\b[^.?!]{0,40}"
    r"\b(?:round|funding|raise|financing|series [a-g])\b",
    re.IGNORECASE,
)


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """Everything stated that the licence does not carry."""
    if brief.extra and not brief.signals:  # a foreign brief may hold its signals under another name
        return []
    known = texts(brief, playbook)
    said = sentences(email)
    return [
        *_values(said, brief, licence, known),
        *unlicensed.find(said, brief, licence, known),
        *_aggressive(said, licence, playbook),
        *_called_recent(said, licence),
    ]


def _values(said: list[Sentence], brief: Brief, licence: Licence, known: Texts) -> list[Quote]:
    everything = "\n".join((known.genuine, *known.private))
    talk = "\n".join((*known.ours, *known.theirs, *leaves(brief.extra)))
    usable = "\n".join([*(s.signal.claim for s in licence.signals if s.use == "assert"), talk])
    loose = "\n".join(s.signal.claim for s in licence.signals if s.use != "assert" and s.signal.kind == "hiring")
    other = "\n".join(s.signal.claim for s in licence.signals if s.use != "assert" and s.signal.kind != "hiring")
    given = _given_days(brief, everything)
    sources = _dated_sources(brief, licence, talk)
    out = []
    for i, s in enumerate(said):
        if is_asked(said, i):
            continue
        spans = [
            *(claims.role_counts(s.text, f"{usable}\n{other}", loose) if brief.signals else ()),
            *claims.sums(s.text, everything),
            *claims.shares(s.text, everything),
            *claims.headcounts(s.text, everything),
            *claim_dates.deadlines(s.text, brief.as_of, given),
            *claim_dates.event_dates(s.text, brief.as_of, sources),
        ]
        out += [quote(s, start, end, MODE, reason) for start, end, reason in spans if is_asserted(s, start)]
    return out


def _given_days(brief: Brief, everything: str) -> frozenset[tuple[int, int]]:
    days: list[date] = [d.first for d in mentions(everything, brief.as_of)]
    days += [s.observed_on for s in brief.signals if s.observed_on]
    return frozenset((d.month, d.day) for d in days)


def _dated_sources(brief: Brief, licence: Licence, talk: str) -> dict[str, str]:
    """Per kind of event, all claims of that kind and the thread; only kinds whose every claim holds a date."""
    out = {}
    for kind in claim_dates.KINDS:
        found = [s.signal.claim for s in licence.signals if s.signal.kind == kind]
        if found and all(mentions(claim, brief.as_of) for claim in found):
            out[kind] = "\n".join((*found, talk))
    return out


def _aggressive(said: list[Sentence], licence: Licence, playbook: Playbook) -> list[Quote]:
    rule = playbook.aggressive_hiring
    for s in licence.signals:
        sure = s.signal.kind == "hiring" and _RANK[s.signal.confidence] >= _RANK[rule.confidence]
        roles = max((f.value for f in numbers(s.signal.claim)), default=0)
        if sure and s.use != "avoid" and roles >= rule.open_roles:
            return []
    reason = f"needs {rule.open_roles} open roles at {rule.confidence} confidence"
    context = word_pattern(rule.context)
    out = []
    for i, sentence in enumerate(said):
        m = word_pattern(rule.words).search(sentence.text)
        if m and not is_asked(said, i) and not is_negated(sentence.text):
            about_hiring = " " in m.group() or not rule.context or context.search(sentence.text)
            out += [quote(sentence, m.start(), m.end(), MODE, reason)] if about_hiring else []
    return out


def _called_recent(said: list[Sentence], licence: Licence) -> list[Quote]:
    rounds = [s for s in licence.signals if s.signal.kind == "funding"]
    if not rounds or any(s.use != "avoid" for s in rounds):
        return []
    reason = f"the round was {rounds[0].reason}"
    found = ((s, _RECENT.search(s.text)) for s in said)
    return [quote(s, m.start(), m.end(), MODE, reason) for s, m in found if m and not is_negated(s.text)]
