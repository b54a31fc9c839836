"""Area under the ROC curve: how well scores rank PASS items above FAIL items, at any threshold.

It equals the share of (PASS, FAIL) pairs in which the PASS item has the higher score, a tie
counting 1/2 (Mann and Whitney 1947; Hanley and McNeil 1982, Radiology 143).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tenacious_bench.stats.auroc_blocks import auroc_block_draws
from tenacious_bench.stats.bootstrap import Bootstrap
from tenacious_bench.stats.checks import (
    FloatArray,
    finite_array,
    require_both_classes,
    require_same_length,
)
from tenacious_bench.stats.estimate import Estimate
from tenacious_bench.stats.inputs import ScoredItems
from tenacious_bench.stats.labels import parse_labels
from tenacious_bench.stats.resampling import WEIGHT_BUDGET, weight_chunks
from tenacious_bench.stats.score_steps import auroc_of_counts, score_steps


def auroc(labels: Iterable[Any], scores: Iterable[Any]) -> float:
    """Area under the ROC curve with PASS as the positive class; 0.5 is chance.

    Args:
        labels: n labels, see `parse_labels`.
        scores: n finite numbers, higher meaning more like PASS.

    Raises:
        StatsInputError: bad or empty input, unequal lengths, or one class only.
    """
    truth, values = parse_labels(labels), finite_array(scores, "scores")
    require_same_length(len(truth), "labels", len(values), "scores")
    require_both_classes(truth)
    steps = score_steps(truth, values)
    return float(auroc_of_counts(steps.passes, steps.fails))


def auroc_weight_draws(items: ScoredItems, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """AUROC over bootstrap resamples, exact, with one sort in all.

    The items are sorted by score once. A resample is then a weight for each item, and the pairs
    won are a running sum of the FAIL weights met so far, with equal scores taken as one block.

    Args:
        items: n scored items; whole groups are resampled when they have groups.
        n_resamples: resamples; the time grows with n * n_resamples.
        rng: source of randomness.

    Returns:
        (n_resamples,) float64, nan for a resample that holds one class only.
    """
    labels, scores, groups, _ = items
    order = np.argsort(scores, kind="stable")
    ranked, is_pass = scores[order], labels[order].astype(np.float64)
    blocks = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    units = None if groups is None else groups[order]
    n = len(ranked)
    n_units = n if groups is None else int(groups.max()) + 1

    draws = []
    for unit_weights in weight_chunks(n_units, n, n_resamples, rng):
        weights = unit_weights if units is None else unit_weights[:, units]  # (chunk, n)
        passes = weights * is_pass
        fails = weights - passes
        if len(blocks) < n:
            passes = np.add.reduceat(passes, blocks, axis=1)  # (chunk, blocks)
            fails = np.add.reduceat(fails, blocks, axis=1)
        draws.append(auroc_of_counts(passes, fails))
    return np.concatenate(draws)


def auroc_draws(items: ScoredItems, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """AUROC over bootstrap resamples: exact up to 2e8 weights in all, above that by blocks of scores.

    10,000 resamples of 20,000 items are 2e8 weights and take a few seconds. `auroc_blocks` bounds the error of
    blocks, which stays below what 10,000 resamples leave uncertain. Arguments are those of `auroc_weight_draws`.
    """
    exact = len(items.values) * n_resamples <= WEIGHT_BUDGET
    return (auroc_weight_draws if exact else auroc_block_draws)(items, n_resamples, rng)


def auroc_estimate(items: ScoredItems, bootstrap: Bootstrap) -> Estimate:
    """AUROC of the scored items with its percentile bootstrap interval."""
    if len(np.unique(items.labels)) < 2:
        return bootstrap.undefined("the items with a score hold one class only")
    draws = auroc_draws(items, bootstrap.n_resamples, bootstrap.rng())
    return bootstrap.estimate(auroc(items.labels, items.values), draws, items.note)
