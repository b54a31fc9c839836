"""The checked input of one judge, as `summarize` reads it from a caller's sequences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats.checks import (
    BoolArray,
    FloatArray,
    IntArray,
    StatsInputError,
    optional_scores,
    require_both_classes,
    require_probabilities,
    require_same_length,
)
from tenacious_bench.stats.labels import ERROR_CODE, VerdictArray, parse_labels, parse_verdicts

DEFAULT_THRESHOLD = 0.0


class ScoredItems(NamedTuple):
    """The items that have a score.

    Attributes:
        labels: (m,) bool, True for PASS.
        values: (m,) float64.
        groups: (m,) group numbers without gaps, or None.
        n_missing: items left out because the judge gave them no score.
    """

    labels: BoolArray
    values: FloatArray
    groups: IntArray | None
    n_missing: int

    @property
    def note(self) -> str:
        """What a statistic of these items leaves out; "" when nothing."""
        n = len(self.values) + self.n_missing
        return f"{self.n_missing} of {n} items without a number left out" if self.n_missing else ""


class JudgeInput(NamedTuple):
    """One judge on n items.

    Attributes:
        labels: (n,) bool, True for PASS; both classes occur.
        verdicts: (n,) int8: 1 PASS, 0 FAIL, -1 no verdict.
        scores: the items with a score, or None when the judge gives no scores.
        probabilities: the items with a probability of PASS, or None.
        threshold: the score above which the verdict is PASS; None when verdicts were passed.
    """

    labels: BoolArray
    verdicts: VerdictArray
    scores: ScoredItems | None
    probabilities: ScoredItems | None
    threshold: float | None


def verdicts_from_scores(
    scores: Iterable[Any], threshold: float = DEFAULT_THRESHOLD, name: str = "scores"
) -> VerdictArray:
    """PASS where the score is above the threshold, FAIL where it is not, no verdict for None.

    A score equal to the threshold is FAIL: an email is held back unless something speaks for it.
    """
    if not np.isfinite(threshold):
        raise StatsInputError(f"threshold is {threshold}: pass a finite number")
    values, present = optional_scores(scores, name)
    return np.where(present, values > threshold, ERROR_CODE).astype(np.int8)


def _scored(
    values: Iterable[Any],
    name: str,
    labels: BoolArray,
    verdicts: VerdictArray,
    groups: IntArray | None,
) -> ScoredItems:
    floats, present = optional_scores(values, name)
    require_same_length(len(labels), "labels", len(floats), name)
    stray = np.flatnonzero(~present & (verdicts != ERROR_CODE))
    if len(stray):
        raise StatsInputError(
            f"{name}[{stray[0]}] is None although the item has a verdict: give every judged item "
            f"one, or pass {name}=None if the judge has none"
        )
    if groups is not None:
        groups = np.unique(groups[present], return_inverse=True)[1].astype(np.int64)
    return ScoredItems(labels[present], floats[present], groups, int((~present).sum()))


def read_judge(
    labels: Iterable[Any],
    verdicts: Iterable[Any] | None,
    scores: Iterable[Any] | None,
    probabilities: Iterable[Any] | None,
    groups: IntArray | None,
    threshold: float,
) -> JudgeInput:
    """Check and align everything given for one judge; see `summarize` for the arguments."""
    truth = parse_labels(labels)
    if scores is not None and not isinstance(scores, np.ndarray):
        scores = list(scores)
    if verdicts is not None:
        said = parse_verdicts(verdicts)
    elif scores is not None:
        said = verdicts_from_scores(scores, threshold)
    else:
        raise StatsInputError("neither verdicts nor scores are given: pass at least one of them")
    other = "scores" if verdicts is None else "verdicts"
    require_same_length(len(truth), "labels", len(said), other)
    require_both_classes(truth)
    ranked = None if scores is None else _scored(scores, "scores", truth, said, groups)
    stated = None
    if probabilities is not None:
        stated = _scored(probabilities, "probabilities", truth, said, groups)
        require_probabilities(stated.values)
    used = threshold if verdicts is None else None
    return JudgeInput(truth, said, ranked, stated, used)
