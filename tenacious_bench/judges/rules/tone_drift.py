"""Tone drift: pressure, guilt, hype, condescension, banned phrases, style limits, wishes passed over.

Phrases that the prospect or the record uses (a company called Ninja, a buyer who wrote "asap") are theirs and do
not count; nor does a phrase right after a negation. Tone that needs more than wording (irony, warmth) is left alone.
"""

from __future__ import annotations

import re

from tenacious_bench.judges.rules import wishes
from tenacious_bench.judges.rules.facts import texts
from tenacious_bench.judges.rules.hedges import is_denied
from tenacious_bench.judges.rules.text import Sentence, quote, sentences, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, any_pattern, word_pattern
from tenacious_bench.schema import Brief, Email, Quote

_AUXILIARY = "(?:do|does|is|are|would|should|could|can|will|may)"
_ASK = re.compile(
    r"(?:^|,\s*(?:and |or )?|;\s*)(?:(?:would|could|can|will|may|shall|do|does|is|are)\b"
    rf"|(?:who|which|what|when|where|how|why)(?: (?!(?:you|we|i|it|they)\b)\w+)? {_AUXILIARY}\b)",
    re.IGNORECASE,
)
_DO = "(?:share|send|tell|name|give|show|introduce|let|forward|arrange|confirm|explain|copy)"
_ASK_LIST = re.compile(
    rf"\b(?:could|would|can|will) you\b[^?]{{0,90}},\s*(?:and )?{_DO}\b[^?]{{0,90}}\band {_DO}\b", re.IGNORECASE
)
STACKED_ASKS = 3
WRONG_REGISTER = 4


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """Everything in the email that breaks voice, style guide or a stated wish."""
    known = texts(brief, playbook)
    said = sentences(email)
    theirs = "\n".join((*known.record, *known.theirs)).casefold()
    return [
        *_phrases(said, theirs, playbook),
        *_limits(email, said, playbook),
        *_register(said, theirs, brief, playbook),
        *wishes.find(said, known, brief, playbook),
    ]


def _phrases(said: list[Sentence], theirs: str, playbook: Playbook) -> list[Quote]:
    limits = playbook.limits
    rules = [
        *((any_pattern(expressions), name) for name, expressions in playbook.tone.items()),
        (word_pattern(playbook.banned_phrases), "a banned phrase"),
        (word_pattern(limits.never_to_prospect), "an internal word"),
        (any_pattern((limits.price_pattern,)), "a price outside the public bands"),
        (any_pattern((playbook.unfilled_slots,)), "an unfilled slot"),
    ]
    out = []
    for s in said:
        for pattern, reason in rules:
            for m in pattern.finditer(s.text):
                if m.end() > m.start() and m.group().casefold() not in theirs and not is_denied(s.text, m.start()):
                    out.append(quote(s, m.start(), m.end(), "tone_drift", reason))
    return out


def _limits(email: Email, said: list[Sentence], playbook: Playbook) -> list[Quote]:
    limits = playbook.limits
    out = []
    most = limits.body_words.get(email.kind)
    if "kind" not in email.model_fields_set:  # a foreign row that does not say: the widest limit
        most = max(limits.body_words.values(), default=None)
    tokens = list(re.finditer(r"\S+", email.body))
    if most is not None and len(tokens) > most:
        start, end = tokens[most].start(), tokens[-1].end()
        reason = f"{len(tokens)} words, at most {most} in a {email.kind.replace('_', ' ')} mail"
        out.append(
            Quote(field="body", start=start, end=end, text=email.body[start:end], mode="tone_drift", reason=reason)
        )
    if len(email.subject) >= limits.subject_chars:
        reason = f"subject of {len(email.subject)} characters, must be under {limits.subject_chars}"
        out.append(
            Quote(
                field="subject", start=0, end=len(email.subject), text=email.subject, mode="tone_drift", reason=reason
            )
        )
    questions = [s for s in said if s.field == "body" and s.is_question]
    if len(questions) > limits.max_questions:
        out.append(whole(questions[-1], "tone_drift", f"{len(questions)} questions, at most {limits.max_questions}"))
    stacked = (s for s in questions if len(_ASK.findall(s.text)) >= STACKED_ASKS or _ASK_LIST.search(s.text))
    out += [whole(s, "tone_drift", "several asks in one") for s in stacked]
    return out


def _register(said: list[Sentence], theirs: str, brief: Brief, playbook: Playbook) -> list[Quote]:
    persona = brief.recipient.persona
    body = [s for s in said if s.field == "body"]
    counts = {
        name: {m.group().casefold() for s in body for m in word_pattern(r.words).finditer(s.text)}
        for name, r in playbook.registers.items()
    }
    home = {name for name, r in playbook.registers.items() if persona in r.readers}
    if not home or any(len(counts[name]) > 1 for name in home):
        return []
    for name in counts.keys() - home:
        wrong = {w for w in counts[name] if w not in theirs}
        if len(wrong) >= WRONG_REGISTER:
            pattern = word_pattern(tuple(sorted(wrong)))
            worst = max(body, key=lambda s: len(pattern.findall(s.text)))
            return [whole(worst, "tone_drift", f"speaks {name} to a reader of another trade")]
    return []
