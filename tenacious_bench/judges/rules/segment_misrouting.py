"""Segment misrouting: the email sells what another segment buys.

Every segment has wordings that sell its value (``pitch``, strong) and words that go with it (``cues``, weak). The
rule fires when one other segment clearly leads and this segment's value is absent; where no segment is
established, when any segment is clearly pitched. Words that the brief itself uses as facts (a records product, a
cost centre) are topics, not pitches, and do not count. A mixed or faint pitch is left to other judges.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenacious_bench.judges.rules.facts import texts
from tenacious_bench.judges.rules.text import Sentence, sentence_at, sentences, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, any_pattern, word_pattern
from tenacious_bench.schema import Brief, Email, Quote, Segment

STRONG, WEAK = 2, 1
CLEAR = 4
"""The least lead over this segment's own score."""
LEAST_STRONG = 2
"""Strong wordings that a clear pitch has at least."""


@dataclass(frozen=True)
class _Pitch:
    segment: Segment
    score: int
    best: Sentence
    strong: int


def _pitches(email: Email, brief: Brief, own: Segment | None, playbook: Playbook) -> list[_Pitch]:
    known = texts(brief, playbook)
    recorded, genuine = "\n".join(known.record).casefold(), known.genuine.casefold()
    said = sentences(email)
    out = []
    for segment, chosen in playbook.segments.items():
        topics = genuine if segment == own else recorded  # what a message says excuses no other segment's pitch
        places = [(m, STRONG) for e in chosen.pitch for m in any_pattern((e,)).finditer(email.body)]
        strong = {text for m, _ in places if (text := m.group().casefold()).strip() and text not in topics}
        places += [(m, WEAK) for m in word_pattern(chosen.cues).finditer(email.body)]
        weak = {m.group().casefold() for m, weight in places if weight == WEAK}
        weak = {w for w in weak if w not in topics and not any(w in text for text in strong)}
        points: dict[Sentence, int] = {}
        for m, weight in places:
            if m.group().casefold() in strong | weak:
                here = sentence_at(said, m.start())
                points[here] = points.get(here, 0) + weight
        if points:
            best = max(points, key=points.__getitem__)
            out.append(_Pitch(segment, STRONG * len(strong) + WEAK * len(weak), best, len(strong)))
    return sorted(out, key=lambda p: -p.score)


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """The sentence that pitches the wrong segment's value most, or nothing."""
    if licence.segment is None and brief.segment_confidence is None and not brief.signals:
        return []
    scores = _pitches(email, brief, licence.segment, playbook)
    own = next((p.score for p in scores if p.segment == licence.segment), 0)
    others = [p for p in scores if p.segment != licence.segment and p.strong >= LEAST_STRONG]
    if not others or others[0].score - own < CLEAR or own > WEAK:
        return []
    lead = others[0]
    label = playbook.segments[lead.segment].label
    wanted = (
        playbook.segments[licence.segment].label if licence.segment in playbook.segments else playbook.abstain.label
    )
    return [whole(lead.best, "segment_misrouting", f"sells what a {label} buys; the segment is {wanted}")]
