"""How often a judge names the right failure mode of an email it rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.schema import Judgment, Task
from tenacious_bench.stats import CI, cluster_bootstrap


class Naming(NamedTuple):
    """Right names among the FAIL emails that a judge rejects.

    Attributes:
        n: FAIL emails that were judged FAIL.
        accuracy: share of them with an annotated mode among the named ones.
        interval: its interval, contrast groups resampled.
        majority: the share that always naming the commonest mode would reach: the baseline.
    """

    n: int
    accuracy: float
    interval: CI
    majority: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "n": self.n,
            "accuracy": {"value": self.accuracy, "low": self.interval.low, "high": self.interval.high},
            "majority_baseline": self.majority,
        }


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
    hits: dict[Hashable, list[int]] = {}
    annotated: Counter[str] = Counter()
    for task, judgment, group in zip(tasks, judgments, groups, strict=True):
        if task.label == "FAIL" and judgment.verdict == "FAIL":
            counts = hits.setdefault(group, [0, 0])
            counts[bool(set(task.failure_modes) & set(judgment.failure_modes))] += 1
            annotated.update(task.failure_modes)
    if len(hits) < 2 or not any(j.failure_modes for j in judgments):
        return None
    table = np.asarray(list(hits.values()), dtype=np.int64)
    n = int(table.sum())
    interval = cluster_bootstrap(table, lambda c: c[..., 1] / c.sum(-1), seed=seed)
    return Naming(n, float(table[:, 1].sum() / n), interval, annotated.most_common(1)[0][1] / n)
