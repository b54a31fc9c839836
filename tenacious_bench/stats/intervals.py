"""Confidence intervals: Wilson for a share, percentile bootstrap for anything else.

The percentile interval (Efron and Tibshirani 1993, chapter 13) is the middle share of the
statistic over resamples of the data. It has two known weaknesses: with no error among n items it
has no width (read the Wilson interval beside it), and on small samples it is a little too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from tenacious_bench.stats.checks import (
    FloatArray,
    IntArray,
    StatsInputError,
    finite_array,
    require_settings,
)
from tenacious_bench.stats.estimate import CI, DEFAULT_LEVEL, DEFAULT_RESAMPLES
from tenacious_bench.stats.resampling import (
    CHUNK_CELLS,
    Kinds,
    affordable_resamples,
    draw_counts,
    kinds_of_counts,
    kinds_of_groups,
)

ITEM_BOOTSTRAP = "percentile bootstrap"
GROUP_BOOTSTRAP = "percentile bootstrap, clustered by group"
CountStatistic = Callable[[FloatArray], FloatArray]


def wilson_interval(successes: float, n: int, level: float = DEFAULT_LEVEL) -> CI:
    """Score interval of a share (Wilson 1927, JASA 22; Brown, Cai and DasGupta 2001).

    Args:
        successes: how many of the n items count; may hold a half where ties count 1/2.
        n: number of items, taken as independent: this interval ignores groups.
        level: confidence level.
    """
    require_settings(1, level)
    if n < 1 or not 0 <= successes <= n:
        raise StatsInputError(f"{successes} successes of {n}: pass n >= 1 and 0 <= successes <= n")
    z, share = float(norm.ppf((1 + level) / 2)), successes / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return CI(low, high, level, "wilson", 0)


def percentile_interval(draws: FloatArray, level: float, method: str) -> CI:
    """The middle `level` share of the draws (resamples,); nan draws are left out and counted."""
    kept = draws[~np.isnan(draws)]
    n_undefined = len(draws) - len(kept)
    if len(kept) == 0:
        return CI(math.nan, math.nan, level, method, len(draws), n_undefined)
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    return CI(float(low), float(high), level, method, len(draws), n_undefined)


def percentile_bootstrap(
    values: Iterable[Any],
    statistic: CountStatistic | None = None,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> CI:
    """Percentile bootstrap of any statistic of n independent numbers.

    Args:
        values: (n,) finite numbers.
        statistic: takes resamples (chunk, n) and returns (chunk,); the mean when None.
        n_resamples: resamples; fewer are drawn above 2e8 numbers in all (`affordable_resamples`).
        level: confidence level.
        seed: seed of the generator; the same seed gives the same interval.
    """
    require_settings(n_resamples, level)
    data = finite_array(values, "values")
    rng, n = np.random.default_rng(seed), len(data)
    left, step, draws = affordable_resamples(n, n_resamples), max(1, CHUNK_CELLS // n), []
    while left > 0:
        sample = data[rng.integers(0, n, size=(min(step, left), n))]
        draws.append(sample.mean(axis=1) if statistic is None else statistic(sample))
        left -= step
    return percentile_interval(np.concatenate(draws), level, ITEM_BOOTSTRAP)


def _count_bootstrap(
    kinds: Kinds, statistic: CountStatistic, n_resamples: int, level: float, seed: int, method: str
) -> CI:
    require_settings(n_resamples, level)
    draws = draw_counts(kinds, n_resamples, np.random.default_rng(seed))
    return percentile_interval(np.asarray(statistic(draws)), level, method)


def _counts(counts: ArrayLike, ndim: int, name: str) -> IntArray:
    array = np.asarray(counts)
    if array.ndim != ndim or array.dtype.kind not in "iu" or array.min(initial=0) < 0:
        raise StatsInputError(f"{name} must be {ndim}-dimensional whole numbers, none negative")
    if array.sum() == 0:
        raise StatsInputError(f"{name} is all zero: pass at least one item")
    return array.astype(np.int64)


def multinomial_bootstrap(
    counts: ArrayLike,
    statistic: CountStatistic,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> CI:
    """Bootstrap of a statistic of counts (cells,): the time does not depend on the item count.

    Args:
        counts: (cells,) whole numbers, such as a `Confusion`.
        statistic: takes resampled counts (resamples, cells) and returns (resamples,).
        n_resamples: resamples.
        level: confidence level.
        seed: seed of the generator.
    """
    kinds = kinds_of_counts(_counts(counts, 1, "counts"))
    return _count_bootstrap(kinds, statistic, n_resamples, level, seed, ITEM_BOOTSTRAP)


def cluster_bootstrap(
    group_counts: ArrayLike,
    statistic: CountStatistic,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> CI:
    """Bootstrap that draws whole groups: group_counts (groups, cells); else as above."""
    kinds = kinds_of_groups(_counts(group_counts, 2, "group_counts"))
    return _count_bootstrap(kinds, statistic, n_resamples, level, seed, GROUP_BOOTSTRAP)
