"""Two judges on the same test set: how far apart they are, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats.bootstrap import Bootstrap
from tenacious_bench.stats.checks import BoolArray, require_both_classes, require_same_length
from tenacious_bench.stats.confusion import Confusion
from tenacious_bench.stats.estimate import DEFAULT_LEVEL, DEFAULT_RESAMPLES, Estimate, none_if_nan
from tenacious_bench.stats.labels import parse_labels, parse_verdicts
from tenacious_bench.stats.paired import (
    N_CELLS,
    accuracy_difference,
    balanced_accuracy_difference,
    bootstrap_p_value,
    mcnemar_exact,
    paired_cells,
    paired_draws,
)
from tenacious_bench.stats.power import mde_paired
from tenacious_bench.stats.signature import signature


class Comparison(NamedTuple):
    """The first judge (a) against the second (b) on n items; differences are a less b.

    Attributes:
        n: items.
        n_errors_a: items without a verdict of the first judge, counted as wrong.
        n_errors_b: the same for the second.
        accuracy_a: accuracy of the first judge.
        accuracy_b: accuracy of the second.
        balanced_accuracy_a: balanced accuracy of the first judge.
        balanced_accuracy_b: balanced accuracy of the second.
        accuracy_difference: with the paired bootstrap interval.
        balanced_accuracy_difference: with the paired bootstrap interval.
        only_a: items only the first judge has right (the b of McNemar's table).
        only_b: items only the second judge has right (the c of McNemar's table).
        mcnemar_p: exact, two-sided, for accuracy; it ignores groups.
        accuracy_p: paired bootstrap, two-sided; clustered when groups were given.
        balanced_accuracy_p: the same for balanced accuracy.
        mde: smallest accuracy difference that n items with this share of discordant items show at
            two-sided 5% and 80% power; nan when none is detectable.
        signature: the settings behind the numbers.
    """

    n: int
    n_errors_a: int
    n_errors_b: int
    accuracy_a: float
    accuracy_b: float
    balanced_accuracy_a: float
    balanced_accuracy_b: float
    accuracy_difference: Estimate
    balanced_accuracy_difference: Estimate
    only_a: int
    only_b: int
    mcnemar_p: float
    accuracy_p: float
    balanced_accuracy_p: float
    mde: float
    signature: str

    def to_dict(self) -> dict[str, Any]:
        """The fields for JSON; an undefined number is None."""
        return {
            name: value.to_dict() if isinstance(value, Estimate) else none_if_nan(value)
            for name, value in self._asdict().items()
        }


def right_answers(labels: BoolArray, verdicts: Iterable[Any], name: str) -> BoolArray:
    """Where the verdicts agree with the labels (n,); an item without a verdict does not."""
    said = parse_verdicts(verdicts, name)
    require_same_length(len(labels), "labels", len(said), name)
    right: BoolArray = said == labels.astype(np.int8)
    return right


def compare(
    labels: Iterable[Any],
    verdicts_a: Iterable[Any],
    verdicts_b: Iterable[Any],
    groups: Sequence[Hashable] | None = None,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> Comparison:
    """Compare two judges on the same items.

    Args:
        labels: n labels, "PASS" or "FAIL" or booleans; both must occur.
        verdicts_a: n verdicts of the first judge, None where it gave none (counted as wrong).
        verdicts_b: n verdicts of the second judge on the same items in the same order.
        groups: n group names; whole groups are resampled. None: items are independent.
        n_resamples: bootstrap resamples.
        level: confidence level.
        seed: seed of the generator.

    Raises:
        StatsInputError: empty input, unequal lengths, unknown words, or one class only.
    """
    truth = parse_labels(labels)
    said_a, said_b = list(verdicts_a), list(verdicts_b)
    right_a = right_answers(truth, said_a, "verdicts_a")
    right_b = right_answers(truth, said_b, "verdicts_b")
    require_both_classes(truth)
    n = len(truth)
    bootstrap = Bootstrap.of(n, groups, n_resamples, level, seed)
    first, second = Confusion.from_arrays(truth, said_a), Confusion.from_arrays(truth, said_b)
    cells = paired_cells(truth, right_a, right_b)
    counts = np.bincount(cells, minlength=N_CELLS).astype(np.float64)
    drawn = paired_draws(cells, bootstrap.groups, n_resamples, bootstrap.rng())
    test = mcnemar_exact(int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()))
    discordant_share = (test.only_a + test.only_b) / n
    return Comparison(
        n=n,
        n_errors_a=first.n_errors,
        n_errors_b=second.n_errors,
        accuracy_a=first.accuracy,
        accuracy_b=second.accuracy,
        balanced_accuracy_a=first.balanced_accuracy,
        balanced_accuracy_b=second.balanced_accuracy,
        accuracy_difference=bootstrap.estimate(float(accuracy_difference(counts)), drawn.accuracy),
        balanced_accuracy_difference=bootstrap.estimate(
            float(balanced_accuracy_difference(counts)), drawn.balanced_accuracy
        ),
        only_a=test.only_a,
        only_b=test.only_b,
        mcnemar_p=test.p_value,
        accuracy_p=bootstrap_p_value(drawn.accuracy),
        balanced_accuracy_p=bootstrap_p_value(drawn.balanced_accuracy),
        mde=mde_paired(n, discordant_share) if discordant_share else float("nan"),
        signature=signature(
            n=n,
            resamples=n_resamples,
            level=level,
            seed=seed,
            clustered="no" if groups is None else "yes",
        ),
    )
