"""Two judges on the same items: exact McNemar, paired bootstrap, and Holm for several tests.

Only the items on which exactly one of the two is right can tell the judges apart; an unpaired test
on the two accuracies throws that away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from tenacious_bench.stats.checks import BoolArray, FloatArray, IntArray, StatsInputError
from tenacious_bench.stats.count_statistics import divide
from tenacious_bench.stats.resampling import count_kinds, draw_counts

N_CELLS = 8


class McNemar(NamedTuple):
    """Result of the exact McNemar test.

    Attributes:
        only_a: items that only the first judge has right.
        only_b: items that only the second judge has right.
        p_value: two-sided; 1.0 when no item tells the judges apart.
    """

    only_a: int
    only_b: int
    p_value: float


class PairedDraws(NamedTuple):
    """First judge less second over the same resamples, each (resamples,) float64."""

    accuracy: FloatArray
    balanced_accuracy: FloatArray


def mcnemar_exact(only_a: int, only_b: int) -> McNemar:
    """Exact McNemar test: a two-sided sign test on the discordant items (McNemar 1947).

    It takes the items as independent; for items in groups read the clustered bootstrap beside it.
    """
    if only_a < 0 or only_b < 0:
        raise StatsInputError(f"discordant counts {only_a} and {only_b}: neither may be negative")
    n = only_a + only_b
    p_value = float(binomtest(only_a, n, 0.5).pvalue) if n else 1.0
    return McNemar(only_a, only_b, p_value)


def paired_cells(labels: BoolArray, right_a: BoolArray, right_b: BoolArray) -> IntArray:
    """Number each item's outcome: label * 4 + right_a * 2 + right_b, all (n,), from 0 to 7."""
    outcome = labels.astype(np.int64) * 4 + right_a.astype(np.int64) * 2
    return outcome + right_b.astype(np.int64)


def accuracy_difference(counts: FloatArray) -> FloatArray:
    """Accuracy of the first judge less that of the second: counts (..., 8) -> (...)."""
    only_a = counts[..., 2] + counts[..., 6]
    only_b = counts[..., 1] + counts[..., 5]
    return divide(only_a - only_b, counts.sum(-1))


def balanced_accuracy_difference(counts: FloatArray) -> FloatArray:
    """The same for balanced accuracy; nan where one class is absent."""
    on_fail = divide(counts[..., 2] - counts[..., 1], counts[..., :4].sum(-1))
    on_pass = divide(counts[..., 6] - counts[..., 5], counts[..., 4:].sum(-1))
    return (on_fail + on_pass) / 2


def paired_draws(cells: IntArray, groups: IntArray | None, n_resamples: int, rng: np.random.Generator) -> PairedDraws:
    """Resample items, or groups when given, keeping each item's two outcomes together.

    Args:
        cells: (n,) from `paired_cells`.
        groups: (n,) group numbers, or None.
        n_resamples: resamples.
        rng: source of randomness.
    """
    counts = draw_counts(count_kinds(cells, N_CELLS, groups), n_resamples, rng)
    return PairedDraws(accuracy_difference(counts), balanced_accuracy_difference(counts))


def bootstrap_p_value(draws: FloatArray) -> float:
    """Two-sided p-value of "no difference" from bootstrapped differences (resamples,).

    Twice the smaller tail beyond 0, which inverts the percentile interval: p is below 5% when the
    95% interval leaves out 0 (Davison and Hinkley 1997, chapter 4, also for the + 1 below).
    One is added to each count, so p is never 0: the least value is 2 / (resamples + 1).
    nan draws are left out; the value is nan when no draw is left.
    """
    kept = draws[~np.isnan(draws)]
    if len(kept) == 0:
        return float("nan")
    tail = min(np.count_nonzero(kept <= 0), np.count_nonzero(kept >= 0))
    return min(1.0, 2 * (int(tail) + 1) / (len(kept) + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment for several tests (Holm 1979, Scand. J. Statist. 6).

    Args:
        p_values: one for each test, each from 0 to 1.

    Returns:
        The adjusted p-values in the same order; comparing each with 5% keeps the chance of any
        false claim below 5%. An empty list gives an empty list.

    Raises:
        StatsInputError: a value is nan or outside 0 to 1.
    """
    p = np.asarray(list(p_values), dtype=np.float64)
    bad = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if len(bad):
        raise StatsInputError(f"p_values[{bad[0]}] is {p[bad[0]]}: pass numbers from 0 to 1")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]
