"""Which sentence cost the email its reward: per-token terms of the implicit reward, added up by sentence.

The reward is a sum over tokens, so its terms explain it without a second model. How well they point is measured in
:mod:`tenacious_bench.judges.pointing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tenacious_bench.judges.rules.text import sentences
from tenacious_bench.schema import Email, SentenceReward

Span = tuple[int, int]


def sentence_rewards(email: Email, offsets: Sequence[Span], terms: Sequence[float]) -> tuple[SentenceReward, ...]:
    """Sum the terms of the tokens that begin in each sentence.

    Args:
        email: what was scored, as ``email.text``.
        offsets: start and end of each token in ``email.text``.
        terms: beta * (log pi_DPO - log pi_ref) of each token; the end-of-sequence token may follow.

    Returns:
        One row per sentence of subject and body, in order. Terms of the words "Subject:" and of the end belong to
        none, so that the rewards add up to the email's only nearly.
    """
    shift = {"subject": len("Subject: "), "body": len(email.text) - len(email.body)}
    starts = np.asarray([start for start, _ in offsets], dtype=np.int64)
    values = np.asarray(terms, dtype=np.float64)[: len(starts)]
    rows = []
    for said in sentences(email):
        first, last = said.start + shift[said.field], said.end + shift[said.field]
        inside = (starts >= first - 1) & (starts < last)  # byte-level tokens may begin with the space before
        reward = float(values[inside].sum())
        rows.append(SentenceReward(field=said.field, start=said.start, end=said.end, text=said.text, reward=reward))
    return tuple(rows)
