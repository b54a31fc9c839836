"""Multi-thread leakage: a sentence uses what only a conversation with somebody else holds.

A sentence is compared with each sentence of the other threads. Counted are words and numbers that stand there and
in no public part of the brief and not in this thread, everyday office words left out. Several of them together,
or the full name of somebody met only there, make a finding. One shared word never does.
"""

from __future__ import annotations

import re

from tenacious_bench.judges.rules.facts import texts
from tenacious_bench.judges.rules.numbers import numbers
from tenacious_bench.judges.rules.patterns import word_list
from tenacious_bench.judges.rules.text import content, sentences, spans, stem, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Brief, Email, Quote

_CAPITAL = "[A-ZÀ-ÞŁŚŻŹĆŐŰŘŠČŽĐİ]"
_NAME = re.compile(rf"\b{_CAPITAL}[\w'’-]+(?:\s+(?:van|de|der|von|al|Al|Ní|Ó|da|dos)\b)*\s+{_CAPITAL}[\w'’-]+")
_OFFICE = frozenset(
    stem(word)
    for word in word_list(
        """
answer ask assignment available benefit build call careful case change code colleague comment company concrete customer
day decision decide department describe developer development director document engineer engineering expect explain
finish firm group hand happen hear help hire hold idea interest internal job kind lead leave letter mail manager matter
meet message name need note number offer open order outside page part people person piece place plan position post
prepare problem process product project public question read reason release report result review role run sale schedule
send service share side sit staff stand start stay step story subject supplier support system talk task team tell term
test thank thing thought time tool track understand user vendor want welcome whole wish word work yet january february
march april may june july august september october november december monday tuesday wednesday thursday friday summer
autumn winter spring morning afternoon confidence confidential private quarter half board approve future early late
short ready certain careful right true real full able better best keep quiet
"""
    )
)
"""Words of any office: sharing them gives nothing away."""
LEAST_WORDS = 3
"""Private words and numbers that make a leak; one more where the private words are our own."""
LEAST_SHARE = 0.34
"""... and the part of the private sentence's words that these must be."""


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """Sentences that carry private words, and names of people from other threads."""
    if not brief.other_threads:
        return []
    known = texts(brief, playbook)
    public = content(known.genuine) | _OFFICE | _own_words(playbook)
    public_numbers = {f.value for f in numbers(known.genuine)} | {1, 2}
    secrets = []
    for message in (m for t in brief.other_threads for m in t.messages):
        least = LEAST_WORDS if message.sender == "prospect" else LEAST_WORDS + 1
        for start, end in spans(message.text):
            said = message.text[start:end]
            secret = content(said) - public
            counts = {f.value for f in numbers(said)} - public_numbers
            if len(secret) + len(counts) >= 2:
                secrets.append((least, secret, counts, content(said)))
    names = _private_names(brief, known.genuine)
    out = []
    for sentence in sentences(email):
        said_words, said_numbers = content(sentence.text), {f.value for f in numbers(sentence.text)}
        for least, secret, counts, all_words in secrets:
            hits = said_words & secret
            number_hits = said_numbers & counts
            weight = len(hits) + len(number_hits)
            support = len(said_words & all_words) - len(hits)
            share = weight / (len(secret) + len(counts))
            few = least == LEAST_WORDS and weight == 2 and share >= 0.5 and support >= 1
            if few or (weight >= least and share >= LEAST_SHARE):
                shared = ", ".join(sorted(hits) + [f"{n:g}" for n in sorted(number_hits)])
                out.append(whole(sentence, "multi_thread_leakage", f"known only from another thread: {shared}"))
                break
        else:
            if any(name in sentence.text for name in names):
                out.append(whole(sentence, "multi_thread_leakage", "names somebody met only in another thread"))
    return out


def _own_words(playbook: Playbook) -> frozenset[str]:
    """Stems of the words every mail of this seller may use: its name, its stacks, its values."""
    stacks = (*playbook.bench.stacks, *(w for words in playbook.bench.stacks.values() for w in words))
    values = [text for s in playbook.segments.values() for text in (s.value, *s.cues)]
    return content("\n".join((playbook.seller, *stacks, *values, *playbook.bench.people_words)))


def _private_names(brief: Brief, elsewhere: str) -> set[str]:
    names = {t.recipient.name for t in brief.other_threads if t.recipient.name and " " in t.recipient.name}
    messages = [m for t in brief.other_threads for m in t.messages]
    names |= {n for m in messages if m.sender == "prospect" for n in _NAME.findall(m.text)}
    ours = "\n".join(m.text.rstrip().rsplit("\n", 1)[-1] for m in messages if m.sender == "us")
    return {n for n in names if n not in elsewhere and n.split()[-1] not in elsewhere and n not in ours}
