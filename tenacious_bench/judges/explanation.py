"""Which sentence cost the email its reward: per-token terms of the implicit reward, added up by sentence.

The reward is a sum over tokens, so its terms explain it without a second model. How well they point is measured:
does the sentence with the lowest reward overlap the quote an author marked as the reason of a FAIL?
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.judges.rules.text import sentences
from tenacious_bench.schema import Email, SentenceReward, Task
from tenacious_bench.stats import Share, grouped_share

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


class Pointing(NamedTuple):
    """How often the lowest sentence overlaps the annotated evidence.

    Attributes:
        share: of the FAIL emails with evidence and sentences, those whose lowest sentence overlaps a quote.
        random_sentence: the share that a sentence drawn at random would reach: the baseline.
    """

    share: Share
    random_sentence: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"n": self.share.n, "accuracy": self.share.to_dict(), "random_sentence": self.random_sentence}


def pointing(
    tasks: Sequence[Task], explained: Sequence[Sequence[SentenceReward]], groups: Sequence[Hashable], seed: int = 0
) -> Pointing | None:
    """Pointing accuracy over the FAIL tasks.

    Args:
        tasks: n tasks.
        explained: for each its sentence rewards; empty where there are none.
        groups: n contrast groups, resampled whole.
        seed: of the bootstrap.

    Returns:
        None when fewer than two contrast groups hold a FAIL task that can be counted.
    """
    hits, of, chances = [], [], []
    for task, rows, group in zip(tasks, explained, groups, strict=True):
        if task.label == "PASS" or not task.evidence or not rows:
            continue
        evident = [any(_overlaps(row, quote, task.email) for quote in task.evidence) for row in rows]
        hits.append(evident[min(range(len(rows)), key=lambda i: rows[i].reward)])
        of.append(group)
        chances.append(sum(evident) / len(evident))
    share = grouped_share(hits, of, seed)
    return Pointing(share, float(np.mean(chances))) if share else None


def _overlaps(row: SentenceReward, quote: str, email: Email) -> bool:
    start: int = getattr(email, row.field).find(quote)
    return start >= 0 and row.start < start + len(quote) and start < row.end
