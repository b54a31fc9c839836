"""Statistics that need nothing but the counts of a confusion matrix.

Each takes counts of shape (..., 4) or (..., 6), in the order of the fields of `Confusion`
(tp, fp, tn, fn and, if there are six, the items without a verdict: label PASS, label FAIL), and
returns shape (...). One formula so serves the point value and all its bootstrap resamples.
PASS is the positive class. A statistic with a zero denominator is nan, never 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tenacious_bench.stats.checks import FloatArray


class _Outcomes(NamedTuple):
    """Counts (...) with an item that has no verdict counted as wrong."""

    right_pass: FloatArray
    wrong_fail: FloatArray
    right_fail: FloatArray
    wrong_pass: FloatArray


def _outcomes(counts: ArrayLike) -> _Outcomes:
    c = np.asarray(counts, dtype=np.float64)
    return _Outcomes(
        right_pass=c[..., 0],
        wrong_fail=c[..., 1] + c[..., 5:6].sum(-1),
        right_fail=c[..., 2],
        wrong_pass=c[..., 3] + c[..., 4:5].sum(-1),
    )


def divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Elementwise quotient of two (...) arrays, nan where the denominator is not positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)


def accuracy(counts: ArrayLike) -> FloatArray:
    """Share of items judged right; an item without a verdict is wrong."""
    tp, fp, tn, fn = _outcomes(counts)
    return divide(tp + tn, tp + fp + tn + fn)


def pass_recall(counts: ArrayLike) -> FloatArray:
    """Share of the PASS items that the judge passed (sensitivity); nan without a PASS item."""
    tp, _, _, fn = _outcomes(counts)
    return divide(tp, tp + fn)


def fail_recall(counts: ArrayLike) -> FloatArray:
    """Share of the FAIL items that the judge failed (specificity); nan without a FAIL item."""
    _, fp, tn, _ = _outcomes(counts)
    return divide(tn, tn + fp)


def balanced_accuracy(counts: ArrayLike) -> FloatArray:
    """Mean of the two recalls (Brodersen et al. 2010, ICPR); nan when one class is absent."""
    return (pass_recall(counts) + fail_recall(counts)) / 2


def mcc(counts: ArrayLike) -> FloatArray:
    """Matthews correlation coefficient (Matthews 1975), from -1 to 1.

    nan where it is undefined, that is when all labels or all verdicts are the same. Some libraries
    return 0 there, which reads as a measured "no better than chance".
    """
    tp, fp, tn, fn = _outcomes(counts)
    scale = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    return divide(tp * tn - fp * fn, scale)


def pass_share(counts: ArrayLike) -> FloatArray:
    """Share of all items to which the judge said PASS; an item without a verdict is no PASS."""
    c = np.asarray(counts, dtype=np.float64)
    return divide(c[..., 0] + c[..., 1], c.sum(-1))


def majority_baseline(counts: ArrayLike) -> FloatArray:
    """Accuracy of the judge that always gives the more common label."""
    tp, fp, tn, fn = _outcomes(counts)
    return divide(np.maximum(tp + fn, tn + fp), tp + fp + tn + fn)
