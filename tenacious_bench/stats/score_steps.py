"""Scored items as counts of PASS and FAIL by ascending score, which is all that an AUROC looks at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tenacious_bench.stats.checks import BoolArray, FloatArray, IntArray
from tenacious_bench.stats.count_statistics import divide


class Steps(NamedTuple):
    """Items in ascending order of score, in steps inside which their order does not count.

    A step is all items of one score, or all items of several such scores in a row with one and the same label.

    Attributes:
        order: (n,) item numbers by ascending score.
        starts: (steps,) places in `order` at which the steps start.
        passes: (steps,) float64, PASS items in each step.
        fails: (steps,) float64, FAIL items in each step.
    """

    order: IntArray
    starts: IntArray
    passes: FloatArray
    fails: FloatArray


def score_steps(labels: BoolArray, scores: FloatArray) -> Steps:
    """Sort n items with labels (n,), True for PASS, and finite scores (n,)."""
    order = np.argsort(scores)
    ranked = scores[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    del ranked  # 80 MB at ten million items, as every array of them here
    sizes = np.diff(starts, append=len(order))
    passes = np.add.reduceat(labels[order], starts, dtype=np.int64)
    kind = (passes > 0) + (passes == sizes).astype(np.int8)  # 0 all FAIL, 1 both, 2 all PASS
    first = np.flatnonzero(np.concatenate(([True], (kind[1:] != kind[:-1]) | (kind[1:] == 1))))
    passed = np.add.reduceat(passes, first).astype(np.float64)
    return Steps(order, starts[first], passed, np.add.reduceat(sizes, first) - passed)


def auroc_of_counts(passes: FloatArray, fails: FloatArray) -> FloatArray:
    """AUROC from the PASS and FAIL items (..., steps) by ascending score -> (...); nan when a class is absent."""
    fails_up_to = np.cumsum(fails, axis=-1)
    won = np.einsum("...b,...b->...", passes, fails_up_to - fails / 2)
    return divide(won, passes.sum(axis=-1) * fails_up_to[..., -1])
