"""Which words cost the email its reward: per-token terms of the implicit reward, added up by sentence or by word.

The reward is a sum over tokens, so its terms explain it without a second model. How well they point is measured in
:mod:`tenacious_bench.judges.pointing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from tenacious_bench.judges.rules.text import Field, sentences
from tenacious_bench.schema import Email, SpanReward

Span = tuple[int, int]

_WORD = re.compile(r"\S+")
_FIELDS: tuple[Field, ...] = ("subject", "body")


def sentence_rewards(email: Email, offsets: Sequence[Span], terms: Sequence[float]) -> tuple[SpanReward, ...]:
    """Sum the terms of the tokens that begin in each sentence.

    Args:
        email: what was scored, as ``email.text``.
        offsets: start and end of each token in ``email.text``.
        terms: beta * (log pi_DPO - log pi_ref) of each token; the end-of-sequence token may follow.

    Returns:
        One row per sentence of subject and body, in order. Terms of the words "Subject:" and of the end belong to
        none, so that the rewards add up to the email's only nearly.
    """
    return _rewards(email, ((s.field, s.start, s.end) for s in sentences(email)), offsets, terms)


def word_rewards(email: Email, offsets: Sequence[Span], terms: Sequence[float]) -> tuple[SpanReward, ...]:
    """Sum the terms of the tokens that begin in each word, as :func:`sentence_rewards` does in each sentence.

    A word is what stands between white space, with its punctuation.
    """
    found = ((field, *m.span()) for field in _FIELDS for m in _WORD.finditer(getattr(email, field)))
    return _rewards(email, found, offsets, terms)


def _rewards(
    email: Email, spans: Iterable[tuple[Field, int, int]], offsets: Sequence[Span], terms: Sequence[float]
) -> tuple[SpanReward, ...]:
    shift = {"subject": len("Subject: "), "body": len(email.text) - len(email.body)}
    starts = np.asarray([start for start, _ in offsets], dtype=np.int64)
    values = np.asarray(terms, dtype=np.float64)[: len(starts)]
    rows = []
    for field, start, end in spans:
        first, last = start + shift[field], end + shift[field]
        inside = (starts >= first - 1) & (starts < last)  # byte-level tokens may begin with the space before
        text: str = getattr(email, field)[start:end]
        rows.append(SpanReward(field=field, start=start, end=end, text=text, reward=float(values[inside].sum())))
    return tuple(rows)
