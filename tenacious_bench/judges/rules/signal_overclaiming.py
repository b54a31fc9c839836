"""Signal overclaiming: a fact about the prospect beyond its evidence, age or confidence.

Fires on counts, sums, rounds, percentages and dates that no source of the brief gives; on the content of a signal
that may only be asked or not be used, stated without hedge or question; on hiring called aggressive without
the licence; and on a round called recent that is stale. Questions, hedged sentences, and statements that the rule
cannot tie to a signal are left alone.
"""

from __future__ import annotations

import re

from tenacious_bench.judges.rules import claims
from tenacious_bench.judges.rules.dates import mentions
from tenacious_bench.judges.rules.facts import Texts, leaves, texts
from tenacious_bench.judges.rules.numbers import money, numbers
from tenacious_bench.judges.rules.text import (
    WORD,
    Sentence,
    clause,
    content,
    is_asked,
    is_conditional,
    is_negated,
    quote,
    sentences,
    stem,
    whole,
)
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, word_pattern
from tenacious_bench.schema import Brief, Confidence, Email, Quote

MODE = "signal_overclaiming"
_RANK: dict[Confidence, int] = {"low": 0, "medium": 1, "high": 2}
_RECENT = re.compile(r"\b(?:recent(?:ly)?|fresh(?:ly)?|just (?:closed|raised|announced)|new(?:ly)?|latest)\b[^.?!]{0,40}\b(?:round|funding|raise|financing|series [a-g])\b", re.IGNORECASE)
_FILLER = frozenset(
    stem(w)
    for w in """said rumour rumoured unconfirmed reportedly possibly alleged announced announcement engineering engineer engineers
company firm start starts started planned plan plans expected expects soon open role roles year month new post mentions
hints summer spring autumn winter coming""".split()
)


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """Everything stated that the licence does not carry."""
    known = texts(brief, playbook)
    said = sentences(email)
    return [
        *_values(said, brief, licence, known),
        *_unlicensed(said, brief, licence, known),
        *_aggressive(said, licence, playbook),
        *_called_recent(said, licence),
    ]


def _values(said: list[Sentence], brief: Brief, licence: Licence, known: Texts) -> list[Quote]:
    everything = known.anywhere
    talk = "\n".join((*known.ours, *known.theirs, *leaves(brief.extra)))
    hiring = [s for s in licence.signals if s.signal.kind == "hiring"]
    other = [s.signal.claim for s in licence.signals if s.signal.kind != "hiring" and s.use == "assert"]
    usable = "\n".join([s.signal.claim for s in hiring if s.use == "assert"] + other + [talk])
    loose = "\n".join(s.signal.claim for s in hiring if s.use != "assert")
    days = frozenset(d.first for d in mentions(everything, brief.as_of)) | {s.observed_on for s in brief.signals if s.observed_on}
    dated: dict[str, str] = {}
    for kind in claims.KINDS:
        sources = [s.signal for s in licence.signals if s.signal.kind == kind]
        if sources and all(mentions(s.claim, brief.as_of) for s in sources):
            dated[kind] = "\n".join([*(s.claim for s in sources), talk])
    out = []
    for i, s in enumerate(said):
        if is_asked(said, i):
            continue
        spans = [
            *(claims.role_counts(s.text, usable, loose) if brief.signals else ()),
            *claims.sums(s.text, known.genuine, everything),
            *claims.shares(s.text, everything),
            *claims.people(s.text, everything),
            *claims.deadlines(s.text, brief.as_of, days),
            *claims.months(s.text, brief.as_of, dated),
        ]
        out += [quote(s, start, end, MODE, reason) for start, end, reason in spans if _asserted(s, start)]
    return out


def _asserted(s: Sentence, at: int) -> bool:
    near = clause(s.text, at)
    return not is_negated(near) and not is_conditional(near)


def _tokens(text: str) -> frozenset[str]:
    plain = frozenset(t for t in content(text) if t not in _FILLER)
    return plain | {f"#{f.value:g}" for f in (*numbers(text), *money(text)) if f.value > 1}


def _unlicensed(said: list[Sentence], brief: Brief, licence: Licence, known: Texts) -> list[Quote]:
    weak = [s for s in licence.signals if s.use != "assert"]
    if not weak:
        return []
    prospect = brief.prospect
    firm = [s.signal.claim for s in licence.signals if s.use == "assert"]
    about = [prospect.company, prospect.industry or "", prospect.region or "", brief.recipient.title or ""]
    gap = brief.competitor_gap.finding if brief.competitor_gap else ""
    evidence = brief.ai_maturity.evidence or "" if brief.ai_maturity and licence.ai_level is not None else ""
    supported = _tokens("\n".join((*firm, *about, gap, evidence, *known.theirs, *known.ours)))
    out = []
    for s in weak:
        own = _tokens(s.signal.claim)
        alone = own - supported
        for i, sentence in enumerate(said):
            stated = _tokens(sentence.text)
            hits = stated & alone
            if sentence.field == "subject" or (s.signal.kind == "hiring" and not any(h[0] == "#" for h in hits)):
                continue
            enough = len(hits) >= 2 and len(hits) >= 0.4 * len(alone) and len(stated & own) >= 0.5 * len(own)
            at = [m.start() for m in WORD.finditer(sentence.text) if stem(m.group().split("-")[0]) in hits]
            if enough and not is_asked(said, i) and _asserted(sentence, at[0] if at else 0):
                out.append(whole(sentence, MODE, f"stated as known; {s.reason}"))
    return out


def _aggressive(said: list[Sentence], licence: Licence, playbook: Playbook) -> list[Quote]:
    rule = playbook.aggressive_hiring
    hiring = [s.signal for s in licence.signals if s.signal.kind == "hiring" and s.use != "avoid"]
    if any(_RANK[s.confidence] >= _RANK[rule.confidence] and max((f.value for f in numbers(s.claim)), default=0) >= rule.open_roles for s in hiring):
        return []
    context = word_pattern(rule.context) if rule.context else None
    out = []
    for i, s in enumerate(said):
        m = word_pattern(rule.words).search(s.text)
        if m and not is_asked(said, i) and not is_negated(s.text) and (" " in m.group() or context is None or context.search(s.text)):
            out.append(quote(s, m.start(), m.end(), MODE, f"needs {rule.open_roles} open roles at {rule.confidence} confidence"))
    return out


def _called_recent(said: list[Sentence], licence: Licence) -> list[Quote]:
    rounds = [s for s in licence.signals if s.signal.kind == "funding"]
    if not rounds or any(s.use != "avoid" for s in rounds):
        return []
    return [
        quote(s, m.start(), m.end(), MODE, f"the round was {rounds[0].reason}")
        for s in said
        if (m := _RECENT.search(s.text)) and not is_negated(s.text)
    ]
