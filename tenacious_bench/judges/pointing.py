"""How well an explanation points: does the sentence with the lowest reward overlap the quote marked as the reason?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.schema import Email, SpanReward, Task
from tenacious_bench.stats import Share, grouped_share


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
    tasks: Sequence[Task], explained: Sequence[Sequence[SpanReward]], groups: Sequence[Hashable], seed: int = 0
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


def _overlaps(row: SpanReward, quote: str, email: Email) -> bool:
    start: int = getattr(email, row.field).find(quote)
    return start >= 0 and row.start < start + len(quote) and start < row.end
