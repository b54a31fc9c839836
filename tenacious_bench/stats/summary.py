"""One judge on one test set: every statistic that keeps its accuracy honest, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tenacious_bench.stats import count_statistics as statistics
from tenacious_bench.stats.auroc import auroc_estimate
from tenacious_bench.stats.bootstrap import Bootstrap
from tenacious_bench.stats.calibration import calibration_estimates
from tenacious_bench.stats.checks import FloatArray
from tenacious_bench.stats.confusion import N_CELLS, Confusion, cell_index
from tenacious_bench.stats.estimate import (
    DEFAULT_LEVEL,
    DEFAULT_RESAMPLES,
    Estimate,
    with_interval,
)
from tenacious_bench.stats.inputs import DEFAULT_THRESHOLD, read_judge
from tenacious_bench.stats.intervals import wilson_interval
from tenacious_bench.stats.labels import parse_labels
from tenacious_bench.stats.resampling import count_kinds, draw_counts
from tenacious_bench.stats.signature import signature


class Summary(NamedTuple):
    """What one judge does on n items; PASS is the positive class.

    Attributes are those of `summarize`, each an `Estimate`, and:
        n: items; n_pass of them are labelled PASS and n_errors have no verdict.
        threshold: score above which the verdict was PASS; None when verdicts were passed.
        accuracy_wilson: the accuracy with the Wilson interval, which ignores groups.
        signature: the settings behind the numbers.
    """

    n: int
    n_pass: int
    n_errors: int
    threshold: float | None
    confusion: Confusion
    accuracy: Estimate
    accuracy_wilson: Estimate
    balanced_accuracy: Estimate
    mcc: Estimate
    auroc: Estimate
    brier: Estimate
    ece: Estimate
    pass_recall: Estimate
    fail_recall: Estimate
    pass_share: Estimate
    majority_baseline: Estimate
    signature: str

    def to_dict(self) -> dict[str, Any]:
        """The fields for JSON: an undefined number is None and says why under "reason"."""
        fields: dict[str, Any] = {
            name: value.to_dict() if isinstance(value, Estimate) else value for name, value in self._asdict().items()
        }
        return fields | {"confusion": self.confusion._asdict()}


def summarize(
    labels: Iterable[Any],
    verdicts: Iterable[Any] | None = None,
    scores: Iterable[Any] | None = None,
    probabilities: Iterable[Any] | None = None,
    groups: Sequence[Hashable] | None = None,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
    threshold: float = DEFAULT_THRESHOLD,
) -> Summary:
    """Summarize one judge.

    An item without a verdict (None) is an error of the judge: it counts as wrong in accuracy, the
    recalls and MCC, is no PASS in pass_share, and is counted in n_errors. AUROC, Brier score and
    ECE leave out items without a number and say so in `reason`.

    Args:
        labels: n labels, "PASS" or "FAIL" or booleans (True is PASS); both must occur.
        verdicts: n verdicts in the same words, or None for an item without one. When not given,
            the verdict is PASS where the score is above the threshold.
        scores: n finite numbers, higher meaning more like PASS, for AUROC; None only for an item
            without a verdict.
        probabilities: n probabilities of PASS, for the Brier score and the ECE (10 equal bins).
        groups: n group names; whole groups are resampled. None: items are independent.
        n_resamples: bootstrap resamples; `affordable_resamples` bounds those of Brier score and ECE.
        level: confidence level.
        seed: seed; the same input and seed give the same intervals.
        threshold: used only when verdicts are not given.

    Raises:
        StatsInputError: empty input, unequal lengths, unknown words, NaN, or one class only.
    """
    truth = parse_labels(labels)
    bootstrap = Bootstrap.of(len(truth), groups, n_resamples, level, seed)
    judge = read_judge(truth, verdicts, scores, probabilities, bootstrap.groups, threshold)
    cells = cell_index(judge.labels, judge.verdicts)
    confusion = Confusion(*(int(count) for count in np.bincount(cells, minlength=N_CELLS)))
    drawn = draw_counts(count_kinds(cells, N_CELLS, bootstrap.groups), n_resamples, bootstrap.rng())

    def of_counts(statistic: Callable[[ArrayLike], FloatArray], reason: str = "") -> Estimate:
        value = float(statistic(confusion))
        return bootstrap.estimate(value, statistic(drawn), reason if np.isnan(value) else "")

    no_ranks = bootstrap.undefined("no scores given")
    no_odds = bootstrap.undefined("no probabilities given")
    stated = judge.probabilities
    brier, ece = (no_odds, no_odds) if stated is None else calibration_estimates(stated, bootstrap)
    return Summary(
        n=confusion.n,
        n_pass=int(truth.sum()),
        n_errors=confusion.n_errors,
        threshold=judge.threshold,
        confusion=confusion,
        accuracy=of_counts(statistics.accuracy),
        accuracy_wilson=with_interval(
            confusion.accuracy, wilson_interval(confusion.tp + confusion.tn, confusion.n, level)
        ),
        balanced_accuracy=of_counts(statistics.balanced_accuracy),
        mcc=of_counts(statistics.mcc, "the judge gives every item the same verdict"),
        auroc=no_ranks if judge.scores is None else auroc_estimate(judge.scores, bootstrap),
        brier=brier,
        ece=ece,
        pass_recall=of_counts(statistics.pass_recall),
        fail_recall=of_counts(statistics.fail_recall),
        pass_share=of_counts(statistics.pass_share),
        majority_baseline=of_counts(statistics.majority_baseline),
        signature=signature(
            n=confusion.n,
            threshold=judge.threshold,
            resamples=n_resamples,
            level=level,
            seed=seed,
            clustered="no" if groups is None else "yes",
        ),
    )
