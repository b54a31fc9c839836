"""How often a judge names the right failure mode of an email it rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from tenacious_bench.schema import Judgment, Task
from tenacious_bench.stats import Share, grouped_share


class Naming(NamedTuple):
    """Right names among the FAIL emails that a judge rejects.

    Attributes:
        share: of the FAIL emails that were judged FAIL, those with an annotated mode among the named ones.
        majority: the share that always naming the commonest mode would reach: the baseline.
    """

    share: Share
    majority: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"n": self.share.n, "accuracy": self.share.to_dict(), "majority_baseline": self.majority}


def naming(
    tasks: Sequence[Task], judgments: Sequence[Judgment], groups: Sequence[Hashable], seed: int = 0
) -> Naming | None:
    """Compare named modes with the annotated ones.

    Args:
        tasks: n tasks.
        judgments: n judgments in their order.
        groups: n contrast groups, resampled whole.
        seed: of the bootstrap.

    Returns:
        None when the judge names nothing, or rejects FAIL emails of fewer than two contrast groups.
    """
    rejected = [
        (task, judgment, group)
        for task, judgment, group in zip(tasks, judgments, groups, strict=True)
        if task.label == "FAIL" and judgment.verdict == "FAIL"
    ]
    hits = [bool(set(task.failure_modes) & set(judgment.failure_modes)) for task, judgment, _ in rejected]
    share = grouped_share(hits, [group for _, _, group in rejected], seed)
    if share is None or not any(j.failure_modes for j in judgments):
        return None
    annotated = Counter(mode for task, _, _ in rejected for mode in task.failure_modes)
    return Naming(share, annotated.most_common(1)[0][1] / len(rejected))
