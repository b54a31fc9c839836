"""What the prospect asked us to leave out, and whether the email keeps to it.

A wish is a clause of the prospect's own text that refuses a topic of the playbook; the last word on a topic counts.
Also read: no first names, and no dates before a given day. Wishes that name people (whom to copy, who decides)
are left to other judges.
"""

from __future__ import annotations

import re
from datetime import date

from tenacious_bench.judges.rules.dates import mentions
from tenacious_bench.judges.rules.facts import Texts
from tenacious_bench.judges.rules.text import Sentence, is_negated, quote, whole
from tenacious_bench.playbook import Playbook, any_pattern
from tenacious_bench.schema import Brief, Email, Quote

_CLAUSE = re.compile(r"[,;:.!?\n]+\s*|\s+(?:but|and then|instead)\s+", re.IGNORECASE)
_REFUSES = re.compile(
    r"\b(?:no|not|never|without|skip|spare me|leave\b.{0,40}\b(?:aside|out)|(?:had|have had) (?:our|my) fill|forbids?|ruled out"
    r"|off the table|anything but|(?:somebody|someone) else's|nothing (?:about|on)|enough of|stay away from|keep\b.{0,30}\bout"
    r"|rather not|too many)\b|n['’]t\b",
    re.IGNORECASE,
)
_EXEMPT = re.compile(r"\b(?:hesitate|mind|object|problem|sure|yet|only|just)\b", re.IGNORECASE)
_NO_FIRST_NAME = re.compile(r"\b(?:no first names?|not (?:on )?first[- ]name|by (?:my )?(?:surname|last name|family name)|first names? (?:are|is) for)\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"\b(?:no|not|nothing|never|don['’]t|do not|cannot|can['’]t)\b[^.;?!]{0,60}\b(?:before|until|till)\b", re.IGNORECASE)
_PROPOSES = re.compile(r"\b(?:suggest|propose|could|would|shall|may|from|start|begin|call|meet|look at|take up|let us)\b", re.IGNORECASE)


def find(email: Email, said: list[Sentence], known: Texts, brief: Brief, playbook: Playbook) -> list[Quote]:
    """Sentences that pass over a stated wish."""
    out: list[Quote] = []
    for name in refused_topics(known.theirs, playbook):
        raised = any_pattern((playbook.topics[name].raised,))
        for s in said:
            m = raised.search(s.text)
            if m and not is_negated(s.text):
                out.append(quote(s, m.start(), m.end(), "tone_drift", f"the prospect asked to leave this out: {name}"))
    first = (brief.recipient.name or "").split()[:1]
    if first and said and any(_NO_FIRST_NAME.search(t) for t in known.theirs):
        body = next((s for s in said if s.field == "body"), None)
        rest = (brief.recipient.name or "").split()[1:]
        if body and first[0] in body.text and not any(r in body.text for r in rest) and len(body.text.split()) < 6:
            out.append(whole(body, "tone_drift", "the prospect asked for no first names"))
    limit = _not_before(known.theirs, brief.as_of)
    if limit:
        for s in said:
            early = [d for d in mentions(s.text, brief.as_of) if d.last < limit and d.last >= brief.as_of]
            if early and s.field == "body" and (s.is_question or _PROPOSES.search(s.text)) and not is_negated(s.text):
                reason = f"the prospect asked for nothing before {limit:%d %B}"
                out.append(quote(s, early[0].start, early[0].end, "tone_drift", reason))
    return out


def refused_topics(theirs: tuple[str, ...], playbook: Playbook) -> list[str]:
    """Topics whose last mention by the prospect is a refusal."""
    last: dict[str, bool] = {}
    for message in theirs:
        for clause in _CLAUSE.split(message):
            refuses = bool(_REFUSES.search(clause)) and not _EXEMPT.search(clause)
            for name, topic in playbook.topics.items():
                if any_pattern((topic.refused,)).search(clause):
                    last[name] = refuses
    return [name for name, refuses in last.items() if refuses]


def _not_before(theirs: tuple[str, ...], as_of: date) -> date | None:
    limits = []
    for message in theirs:
        for m in _NOT_BEFORE.finditer(message):
            after = [d for d in mentions(message, as_of) if 0 <= d.start - m.end() <= 25 and d.kind != "relative"]
            limits += [d.first for d in after[:1] if d.first > as_of]
    return max(limits, default=None)
