"""A plain share of right answers, with an interval over contrast groups."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats.checks import require_same_length
from tenacious_bench.stats.estimate import CI
from tenacious_bench.stats.intervals import cluster_bootstrap


class Share(NamedTuple):
    """How many of n answers are right, and the interval of that share, groups resampled whole."""

    n: int
    value: float
    interval: CI

    def to_dict(self) -> dict[str, Any]:
        """Value and interval for JSON."""
        return {"value": self.value, "low": self.interval.low, "high": self.interval.high}


def grouped_share(right: Sequence[bool], groups: Sequence[Hashable], seed: int = 0) -> Share | None:
    """The share of True.

    Args:
        right: n answers.
        groups: n groups.
        seed: of the bootstrap.

    Returns:
        None with fewer than two groups: there is then nothing to resample.

    Raises:
        StatsInputError: unequal lengths.
    """
    require_same_length(len(groups), "groups", len(right), "answers")
    counts: dict[Hashable, list[int]] = {}
    for answer, group in zip(right, groups, strict=True):
        counts.setdefault(group, [0, 0])[answer] += 1
    if len(counts) < 2:
        return None
    table = np.asarray(list(counts.values()), dtype=np.int64)
    interval = cluster_bootstrap(table, lambda c: c[..., 1] / c.sum(-1), seed=seed)
    return Share(len(right), float(table[:, 1].sum() / table.sum()), interval)
