"""What the prospect asked us to leave out, and whether the email keeps to it.

A wish is a clause of the prospect's own text that refuses a topic of the playbook; a later clause can take it back.
Also read: no first names, no dates before a given day, and people to leave out. Wishes that ask *for* something (a
manner, a decision-maker, a copy to somebody) are left to other judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tenacious_bench.judges.rules.dates import mentions
from tenacious_bench.judges.rules.facts import Texts
from tenacious_bench.judges.rules.hedges import is_denied, is_negated
from tenacious_bench.judges.rules.patterns import any_of
from tenacious_bench.judges.rules.text import Sentence, quote, whole
from tenacious_bench.playbook import Playbook, any_pattern
from tenacious_bench.schema import Brief, Quote

_CLAUSE = re.compile(
    r"[,;:.!?\n]+\s*|(?<!anything)(?<!nothing)(?<!everything)\s+but\s+|\s+(?:and then|instead)\s+", re.IGNORECASE
)
_AGAIN = re.compile(r"\b(?:them|those|these|about it|any of it)\b", re.IGNORECASE)
_NAME = re.compile(r"\b(?=([^\W\d_a-z][\w'’-]+\s+[^\W\d_a-z][\w'’-]+))")
_NOT = r"(?:do not|don['’]t|does not|doesn['’]t)"
_REFUSES = re.compile(
    "|".join(
        (
            r"^\W*(?:(?:so|and|please|kindly|honestly|just|but)\s+)*"
            rf"(?:no|nothing|not a|not about|never|{_NOT}|skip|spare|avoid|stop|without)\b",
            r"\b(?:please|kindly|ask you|asked|grateful|prefer|rather|want|wish|like)\s+(?:you\s+)?(?:not|no|never)\b",
            r"\bI (?:do not|don['’]t|won['’]t|will not|never|cannot|can['’]t) (?:take|read|want|like|meet|sit|discuss"
            r"|answer|believe|do|get|need|accept|talk|speak|join|attend|open|care|be|respond|reply)\b",
            r"\b(?:leave|keep|make)\b.{0,40}\b(?:aside|out|no reference)\b",
            r"\b(?:spare me|(?:had|have had) (?:our|my) fill|forbids?|ruled out|off the table|anything but|enough of"
            rf"|(?:somebody|someone) else['’]s|{_NOT} interest|not a word|need not see|unanswered|I will not)\b",
        )
    ),
    re.IGNORECASE,
)
_STATES = re.compile(r"^\W*(?:no|nothing)\b.*\b(?:has|have|is|are|was|were|yet|so far)\b", re.IGNORECASE)
_EXEMPT = re.compile(r"\b(?:hesitate|mind|object|problem|sure|yet|only|just)\b", re.IGNORECASE)
_GRANTS = any_of(
    r"fine|ok|okay|happy|glad\w*|welcome|(?-i:may)|can|could|please|send|let us|yes|good|suits?|works?|prefer|rather",
    "would|like|want|instead|but|enough|best|easiest|give|go ahead|then|(?:call|ring|phone|meet|tell|show) (?:me|us)",
)
"""Words of a clause that takes a refusal back; a mere mention of the topic does not."""
_NO_FIRST_NAME = any_of(
    "no first names?|not (?:on )?first[- ]name|by (?:my )?(?:surname|last name|family name)|first names? (?:are|is) for"
)
_NOT_BEFORE = re.compile(
    r"(?:(?:^|[.;!?,]\s*)(?:so\s+|but\s+|and\s+|please\s+)*(?:nothing|not)\b[^.;?!]{0,40}"
    r"|\b(?:don['’]t|do not|never|cannot|can['’]t|not)\s+(?:write|call|mail|contact|meet|talk|discuss|come back"
    r"|ring|reach)\b[^.;?!]{0,40})\b(?:before|until|till)\b",
    re.IGNORECASE,
)
_KEEP_OUT = any_of("leave|copy|copied|cc|add|include|involve|see|write to|contact|ask|tell|forward")
_PROPOSES = any_of("suggest|propose|could|would|shall|may|from|start|begin|call|meet|look at|take up|let us")


def find(said: list[Sentence], known: Texts, brief: Brief, playbook: Playbook) -> list[Quote]:
    """Sentences that pass over a stated wish."""
    if not known.theirs:
        return []
    return [
        *_topics(said, known, playbook),
        *_names(said, known, brief),
        *_dates(said, known, brief),
    ]


def _topics(said: list[Sentence], known: Texts, playbook: Playbook) -> Iterator[Quote]:
    for name in refused_topics(known.theirs, playbook):
        raised = any_pattern((playbook.topics[name].raised,))
        for s in said:
            m = raised.search(s.text)
            if m and m.end() > m.start() and not is_denied(s.text, m.start()):
                yield quote(s, m.start(), m.end(), "tone_drift", f"the prospect asked to leave this out: {name}")


def _names(said: list[Sentence], known: Texts, brief: Brief) -> Iterator[Quote]:
    """A first name in the greeting, or a person, that the prospect asked to leave out."""
    parts = (brief.recipient.name or "").split()
    greeting = next((s for s in said if s.field == "body"), None)
    asked = any(_NO_FIRST_NAME.search(t) for t in known.theirs)
    if asked and parts and greeting and len(greeting.text.split()) < 6:
        used = [part for part in parts if part in greeting.text]
        if used == parts[:1]:
            yield whole(greeting, "tone_drift", "the prospect asked for no first names")
    for person in _left_out(known.theirs):
        for s in said:
            at = s.text.find(person)
            if at >= 0 and not is_negated(s.text):
                yield quote(s, at, at + len(person), "tone_drift", "the prospect asked to leave this person out")


def _dates(said: list[Sentence], known: Texts, brief: Brief) -> Iterator[Quote]:
    limit = _not_before(known.theirs, brief.as_of)
    for s in said if limit else ():
        early = [d for d in mentions(s.text, brief.as_of) if limit and brief.as_of <= d.last < limit]
        proposes = s.field == "body" and (s.is_question or _PROPOSES.search(s.text))
        if early and proposes and not is_negated(s.text):
            reason = f"the prospect asked for nothing before {limit}"
            yield quote(s, early[0].start, early[0].end, "tone_drift", reason)


def refused_topics(theirs: tuple[str, ...], playbook: Playbook) -> list[str]:
    """Topics that the prospect refused and did not allow again later."""
    last: dict[str, bool] = {}
    for message in theirs:
        before: list[str] = []
        for clause in _CLAUSE.split(message):
            refuses = _refuses(clause)
            named = [name for name, topic in playbook.topics.items() if any_pattern((topic.refused,)).search(clause)]
            if refuses and not named and _AGAIN.search(clause):
                named = before
            if refuses or _GRANTS.search(clause):
                last |= dict.fromkeys(named, refuses)
            before = named or before
    return [name for name, refuses in last.items() if refuses]


def _refuses(clause: str) -> bool:
    """Whether a clause asks to be spared something; plain statements ("no contract is signed yet") do not."""
    return bool(_REFUSES.search(clause)) and not _EXEMPT.search(clause) and not _STATES.search(clause)


def _left_out(theirs: tuple[str, ...]) -> set[str]:
    """Full names the prospect asked to leave out."""
    clauses = [c for message in theirs for c in _CLAUSE.split(message)]
    return {n for c in clauses if _refuses(c) and _KEEP_OUT.search(c) for n in _NAME.findall(c)}


def _not_before(theirs: tuple[str, ...], as_of: date) -> date | None:
    limits = []
    for message in theirs:
        for m in _NOT_BEFORE.finditer(message):
            after = [d for d in mentions(message, as_of) if 0 <= d.start - m.end() <= 25 and d.kind != "relative"]
            limits += [d.first for d in after[:1] if d.first > as_of]
    return max(limits, default=None)
