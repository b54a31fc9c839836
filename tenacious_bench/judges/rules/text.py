"""Sentences with offsets, words and stems: the reading that every rule shares.

English only, and deliberately shallow: no parser, no word list beyond what stands here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tenacious_bench.judges.rules.patterns import word_list
from tenacious_bench.schema import Email, Mode, Quote

Field = Literal["subject", "body"]

WORD = re.compile(r"\w+(?:['’\-]\w+)*")
_BREAK = re.compile(r"[.!?…][\"'”’)\]]{0,3}\s+|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|approx|incl|e\.g|i\.e)|(?:^|\n)[ \t]*\d{1,2})$", re.IGNORECASE
)
LONGEST = 1000
"""Characters of the longest sentence; what runs on longer is read in pieces, so that cost stays linear."""
_SUFFIXES = (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))

STOPWORDS = frozenset(
    word_list(
        """
a about above after again all also am an and any anyone anything are as ask at away back be because been before
behind being below beside between both but by can come could day did do does done down during each either else end
enough ever every few first for from full further get give given go going gone good had half has have he her here him
his how i if in into is it its just keep kept know last later least less let like line little long look made make many
may me mean might mine month more most much must my need neither never new next no none nor not nothing now of off
often on once one only or other our out over own part per place please put quite rather right said same saw say says
see seen set several shall she should since so some somebody something soon still such take than that the their them
then there these they thing this those though through till time to today together too two under until up upon us use
used very want was way we week well were what when where whether which while who whole whom whose why will with within
without work would write writing wrote year yes yet you your yours
"""
    )
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or line: ``text == getattr(email, field)[start:end]``."""

    field: Field
    start: int
    end: int
    text: str

    @property
    def is_question(self) -> bool:
        return self.text.rstrip("\"'”’) \n").endswith("?")


@lru_cache(maxsize=256)
def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence. A line break inside a sentence (next line in lower case) does not split."""
    out: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        mark = match.group()
        if mark[0] == "\n":
            if len(mark) == 1 and text[match.end() : match.end() + 1].islower():
                continue
            end = match.start()
        else:
            if mark[0] == "." and _ABBREVIATION.search(text, max(start - 1, match.start() - 12, 0), match.start()):
                continue
            end = match.start() + len(mark.rstrip())
        out.append((start, end))
        start = match.end()
    out.append((start, len(text)))
    pieces = (piece for span in out for piece in _cut(text, *span))
    return tuple(_trimmed(text, a, b) for a, b in pieces if text[a:b].strip())


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A span in pieces no longer than ``LONGEST``, cut after a space where there is one."""
    while end - start > LONGEST:
        space = text.rfind(" ", start + 1, start + LONGEST)
        middle = space if space > 0 else start + LONGEST
        yield start, middle
        start = middle
    yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def sentences(email: Email) -> list[Sentence]:
    """The sentences of subject and body, in order."""
    fields: tuple[tuple[Field, str], ...] = (("subject", email.subject), ("body", email.body))
    return [Sentence(name, a, b, text[a:b]) for name, text in fields for a, b in spans(text)]


def sentence_at(said: list[Sentence], at: int) -> Sentence:
    """The body sentence at position ``at``; the first one where only space stands before."""
    body = [s for s in said if s.field == "body"]
    return next((s for s in reversed(body) if s.start <= at), body[0])


def quote(sentence: Sentence, start: int, end: int, mode: Mode, reason: str) -> Quote:
    """A quote from offsets inside a sentence."""
    return Quote(
        field=sentence.field,
        start=sentence.start + start,
        end=sentence.start + end,
        text=sentence.text[start:end],
        mode=mode,
        reason=reason,
    )


def whole(sentence: Sentence, mode: Mode, reason: str) -> Quote:
    """The sentence itself as a quote."""
    return quote(sentence, 0, len(sentence.text), mode, reason)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A crude stem: ``closes``, ``closed`` and ``closing`` become ``clos``."""
    base = unicodedata.normalize("NFC", word).casefold().replace("’", "'").removesuffix("'s").rstrip("'")
    for suffix, into in _SUFFIXES:
        if base.endswith(suffix) and len(base) - len(suffix) >= 3 and not base.endswith("ss"):
            base = base.removesuffix(suffix) + into
            break
    if len(base) > 4 and base[-1] == base[-2] and base[-1] not in "aeious":
        base = base[:-1]
    return base[:-1] if len(base) > 3 and base.endswith("e") else base


def words(text: str) -> Iterator[str]:
    """The words of a text, hyphenated compounds split."""
    for match in WORD.finditer(text):
        yield from match.group().split("-")


@lru_cache(maxsize=1024)
def content(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning; numbers are not among them."""
    return frozenset(
        stem(w) for w in words(text) if len(w) > 2 and w.casefold() not in STOPWORDS and not w[0].isdigit()
    )
