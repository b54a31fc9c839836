"""The points of a reliability diagram: what share of PASS stands behind each stated probability."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats.calibration import DEFAULT_BINS
from tenacious_bench.stats.checks import (
    StatsInputError,
    finite_array,
    require_probabilities,
    require_same_length,
)
from tenacious_bench.stats.estimate import Estimate, with_interval
from tenacious_bench.stats.intervals import wilson_interval
from tenacious_bench.stats.labels import parse_labels


class ReliabilityBin(NamedTuple):
    """One bin of stated probabilities.

    Attributes:
        low: lower edge, which belongs to the bin.
        high: upper edge, which belongs to the next bin (1 to the last).
        n: items in it, at least 1.
        mean_probability: mean stated probability of PASS.
        pass_share: share of items labelled PASS, with the Wilson interval, which ignores groups.
    """

    low: float
    high: float
    n: int
    mean_probability: float
    pass_share: Estimate


def reliability_bins(
    labels: Iterable[Any], probabilities: Iterable[Any], bins: int = DEFAULT_BINS
) -> list[ReliabilityBin]:
    """The bins that hold an item, as in DeGroot and Fienberg (1983), "The Comparison and Evaluation of Forecasters".

    The bins are those of `expected_calibration_error`: the distances of the two shares, weighted by
    the items of each bin, add up to it.

    Args:
        labels: n labels, "PASS" or "FAIL" or booleans.
        probabilities: n probabilities of PASS.
        bins: number of equal-width bins over [0, 1].

    Raises:
        StatsInputError: empty input, unequal lengths, unknown words, numbers outside [0, 1], or no bin.
    """
    if bins < 1:
        raise StatsInputError(f"bins is {bins}: pass at least 1")
    truth, values = parse_labels(labels), finite_array(probabilities, "probabilities")
    require_same_length(len(truth), "labels", len(values), "probabilities")
    require_probabilities(values)
    where = np.minimum((values * bins).astype(np.int64), bins - 1)
    found = []
    for i in np.unique(where):
        inside = where == i
        n, n_pass = int(inside.sum()), int(truth[inside].sum())
        share = with_interval(n_pass / n, wilson_interval(n_pass, n))
        found.append(ReliabilityBin(i / bins, (i + 1) / bins, n, float(values[inside].mean()), share))
    return found
