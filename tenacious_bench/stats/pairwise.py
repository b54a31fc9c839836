"""Pairs of a chosen and a rejected email: how often the chosen one gets the higher reward.

Unlike a verdict, this needs no threshold: a term that depends on the prompt alone cancels in the
difference (Rafailov et al. 2023, "Direct Preference Optimization", section 4).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats.bootstrap import Bootstrap
from tenacious_bench.stats.checks import FloatArray, finite_array, require_same_length
from tenacious_bench.stats.count_statistics import divide
from tenacious_bench.stats.estimate import (
    DEFAULT_LEVEL,
    DEFAULT_RESAMPLES,
    Estimate,
    with_interval,
)
from tenacious_bench.stats.intervals import wilson_interval
from tenacious_bench.stats.resampling import (
    affordable_resamples,
    count_kinds,
    draw_counts,
    draw_sums,
)
from tenacious_bench.stats.signature import signature

CHANCE = 0.5


class PairSummary(NamedTuple):
    """What the rewards of n pairs show.

    Attributes:
        n: pairs.
        n_ties: pairs with equal rewards, each counted 1/2.
        pairwise_accuracy: with the bootstrap interval.
        pairwise_accuracy_wilson: the same value with the Wilson interval, which ignores groups.
        mean_margin: mean of chosen less rejected reward.
        signature: the settings behind the numbers.
        baseline: accuracy of a coin, 0.5.
    """

    n: int
    n_ties: int
    pairwise_accuracy: Estimate
    pairwise_accuracy_wilson: Estimate
    mean_margin: Estimate
    signature: str
    baseline: float = CHANCE

    def to_dict(self) -> dict[str, Any]:
        """The fields for JSON."""
        return {
            name: value.to_dict() if isinstance(value, Estimate) else value for name, value in self._asdict().items()
        }


def _margins(chosen: Iterable[Any], rejected: Iterable[Any]) -> FloatArray:
    first, second = finite_array(chosen, "chosen"), finite_array(rejected, "rejected")
    require_same_length(len(first), "chosen", len(second), "rejected")
    return first - second


def _score(counts: FloatArray) -> FloatArray:
    """Counts of lost, tied, won pairs (..., 3) -> accuracy (...)."""
    return divide(counts[..., 2] + counts[..., 1] / 2, counts.sum(-1))


def pairwise_accuracy(chosen: Iterable[Any], rejected: Iterable[Any]) -> float:
    """Share of n pairs whose chosen reward is the higher; a tie counts 1/2.

    TRL's `rewards/accuracies` counts a tie as lost, so the two differ when rewards tie.
    """
    margins = _margins(chosen, rejected)
    return float(np.mean((margins > 0) + 0.5 * (margins == 0)))


def summarize_pairs(
    chosen: Iterable[Any],
    rejected: Iterable[Any],
    groups: Sequence[Hashable] | None = None,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> PairSummary:
    """Pairwise accuracy and mean margin of n pairs, with intervals.

    Args:
        chosen: n finite rewards of the chosen emails.
        rejected: n finite rewards of the rejected emails, in the same order.
        groups: n group names (such as the brief) to resample whole groups; None for pairs.
        n_resamples: resamples; fewer are drawn for the margin above 2e8 weights in all.
        level: confidence level.
        seed: seed of the generators.

    Raises:
        StatsInputError: empty or unequal input, NaN, infinity or None.
    """
    margins = _margins(chosen, rejected)
    n = len(margins)
    bootstrap = Bootstrap.of(n, groups, n_resamples, level, seed)
    outcome = np.sign(margins).astype(np.int64) + 1
    counts = np.bincount(outcome, minlength=3).astype(np.float64)
    value = float(_score(counts))
    kinds = count_kinds(outcome, 3, bootstrap.groups)
    scores = _score(draw_counts(kinds, n_resamples, bootstrap.rng()))
    columns = np.stack([np.ones(n), margins], axis=1)
    affordable = affordable_resamples(n, n_resamples)
    sums = draw_sums(columns, bootstrap.groups, affordable, bootstrap.rng())
    wilson = wilson_interval(float(counts[2] + counts[1] / 2), n, level)
    return PairSummary(
        n=n,
        n_ties=int(counts[1]),
        pairwise_accuracy=bootstrap.estimate(value, scores),
        pairwise_accuracy_wilson=with_interval(value, wilson),
        mean_margin=bootstrap.estimate(float(margins.mean()), sums[:, 1] / sums[:, 0]),
        signature=signature(
            n=n,
            resamples=n_resamples,
            level=level,
            seed=seed,
            clustered="no" if groups is None else "yes",
        ),
    )
