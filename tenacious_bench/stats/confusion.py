"""The confusion matrix of a judge. PASS ("send it") is the positive class.

A judge that gives no verdict is wrong on that item but has said neither PASS nor FAIL, so such
items have two cells of their own. The formulas are in `count_statistics`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats import count_statistics as statistics
from tenacious_bench.stats.checks import BoolArray, IntArray, require_same_length
from tenacious_bench.stats.labels import VerdictArray, parse_labels, parse_verdicts

N_CELLS = 6
# Cell number by [label, verdict]: rows FAIL, PASS; columns no verdict, FAIL, PASS.
_CELL = np.array([[5, 2, 1], [4, 3, 0]], dtype=np.int64)


def cell_index(labels: BoolArray, verdicts: VerdictArray) -> IntArray:
    """The `Confusion` field, by number, of each item: labels (n,), verdict codes (n,) -> (n,)."""
    return _CELL[labels.astype(np.int64), verdicts.astype(np.int64) + 1]


class Confusion(NamedTuple):
    """Counts of a judge's verdicts against the labels.

    Attributes:
        tp: label PASS, verdict PASS.
        fp: label FAIL, verdict PASS: a bad email sent.
        tn: label FAIL, verdict FAIL.
        fn: label PASS, verdict FAIL: a good email held back.
        pass_errors: label PASS, no verdict; wrong in every statistic.
        fail_errors: label FAIL, no verdict; wrong in every statistic.
    """

    tp: int
    fp: int
    tn: int
    fn: int
    pass_errors: int = 0
    fail_errors: int = 0

    @classmethod
    def from_arrays(cls, labels: Iterable[Any], verdicts: Iterable[Any]) -> Confusion:
        """Count n labels against n verdicts, read by `parse_labels` and `parse_verdicts`.

        Raises:
            StatsInputError: empty input, unequal lengths or an unknown word.
        """
        truth, said = parse_labels(labels), parse_verdicts(verdicts)
        require_same_length(len(truth), "labels", len(said), "verdicts")
        counts = np.bincount(cell_index(truth, said), minlength=N_CELLS)
        return cls(*(int(count) for count in counts))

    @property
    def n(self) -> int:
        """Number of items."""
        return sum(self)

    @property
    def n_errors(self) -> int:
        """Number of items without a verdict."""
        return self.pass_errors + self.fail_errors

    @property
    def accuracy(self) -> float:
        """Share of items judged right; nan without items."""
        return float(statistics.accuracy(self))

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the two recalls; nan when one class is absent."""
        return float(statistics.balanced_accuracy(self))

    @property
    def mcc(self) -> float:
        """Matthews correlation; nan when all labels or all verdicts are the same."""
        return float(statistics.mcc(self))

    @property
    def pass_recall(self) -> float:
        """Share of the PASS items passed; nan without one."""
        return float(statistics.pass_recall(self))

    @property
    def fail_recall(self) -> float:
        """Share of the FAIL items failed; nan without one."""
        return float(statistics.fail_recall(self))

    @property
    def pass_share(self) -> float:
        """Share of all items to which the judge said PASS."""
        return float(statistics.pass_share(self))

    @property
    def majority_baseline(self) -> float:
        """Accuracy of always giving the more common label."""
        return float(statistics.majority_baseline(self))
