"""Bootstrap resamples, drawn as counts or weights rather than as copies of the data.

Drawing n items with replacement and counting them over k kinds of item is one multinomial draw, so
a statistic of counts costs the same for fifty items as for ten million. The same holds for whole
groups: groups with equal counts are the same kind. Statistics of real-valued items need one weight
for each item; those are drawn in chunks of bounded memory.
(Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 6; for groups, Davison and
Hinkley 1997, "Bootstrap Methods and their Application", section 3.8.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tenacious_bench.stats.checks import FloatArray, IntArray

# Numbers held at once: 16 MB of float64.
CHUNK_CELLS = 2_000_000
# Weights drawn in all for one statistic of real-valued items, and the least resamples kept.
WEIGHT_BUDGET = 200_000_000
MIN_RESAMPLES = 200


class Kinds(NamedTuple):
    """The distinct resampling units of a data set.

    Attributes:
        rows: (kinds, cells) int64, the counts that one unit of each kind adds.
        units: (kinds,) int64, how many units of each kind there are; all positive.
    """

    rows: IntArray
    units: IntArray


def kinds_of_counts(counts: IntArray) -> Kinds:
    """Items as units: counts (cells,) -> one kind for each cell that is not empty."""
    present = np.flatnonzero(counts)
    return Kinds(np.eye(len(counts), dtype=np.int64)[present], counts[present])


def kinds_of_groups(group_counts: IntArray) -> Kinds:
    """Groups as units: counts by group (groups, cells) -> one kind for each distinct row."""
    rows, units = np.unique(group_counts, axis=0, return_counts=True)
    return Kinds(rows, units.astype(np.int64))


def count_kinds(cells: IntArray, n_cells: int, groups: IntArray | None) -> Kinds:
    """The kinds of unit in data given as a cell number (n,) and maybe a group number (n,)."""
    if groups is None:
        return kinds_of_counts(np.bincount(cells, minlength=n_cells))
    n_groups = int(groups.max()) + 1
    table = np.bincount(groups * n_cells + cells, minlength=n_groups * n_cells)
    return kinds_of_groups(table.reshape(n_groups, n_cells))


def draw_counts(kinds: Kinds, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Resample the units and add up their counts: -> (n_resamples, cells) float64."""
    n_units = int(kinds.units.sum())
    shares = kinds.units / n_units
    step = max(1, CHUNK_CELLS // len(shares))
    sizes = [min(step, n_resamples - start) for start in range(0, n_resamples, step)]
    rows = kinds.rows.astype(np.float64)
    return np.concatenate([rng.multinomial(n_units, shares, size=size) @ rows for size in sizes])


def affordable_resamples(n: int, n_resamples: int) -> int:
    """How many resamples of n real-valued items are drawn when n_resamples are asked for.

    All of them up to a budget of 2e8 weights (10,000 resamples of 20,000 items); above it fewer,
    but never below 200 unless fewer were asked for. Results carry the number that was drawn.
    """
    return min(n_resamples, max(MIN_RESAMPLES, WEIGHT_BUDGET // n))


def weight_chunks(n_units: int, width: int, n_resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Resampling weights of the units, a chunk of resamples at a time.

    Args:
        n_units: how many items or groups are drawn with replacement, out of as many.
        width: the most numbers the caller will hold for one resample; it sets the chunk size.
        n_resamples: how many resamples in all.
        rng: source of randomness.

    Yields:
        (chunk, n_units) float64: how often each unit was drawn; every row adds up to n_units.
    """
    step = max(1, CHUNK_CELLS // max(n_units, width))
    for start in range(0, n_resamples, step):
        size = min(step, n_resamples - start)
        drawn = rng.integers(0, n_units, size=(size, n_units))
        drawn += n_units * np.arange(size)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=size * n_units)
        yield counts.reshape(size, n_units).astype(np.float64)


def draw_sums(columns: FloatArray, groups: IntArray | None, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Resample items, or whole groups, and add up each column.

    Args:
        columns: (n, k) values of the items.
        groups: (n,) group numbers, or None to resample items.
        n_resamples: how many resamples; see `affordable_resamples`.
        rng: source of randomness.

    Returns:
        (n_resamples, k) float64 sums.
    """
    if groups is None:
        totals = columns
    else:
        totals = np.stack([np.bincount(groups, weights=column) for column in columns.T], axis=1)
    chunks = weight_chunks(len(totals), len(totals), n_resamples, rng)
    return np.concatenate([weights @ totals for weights in chunks])
