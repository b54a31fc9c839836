"""How far a stated probability of PASS can be taken at its word: Brier score and ECE."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats.bootstrap import Bootstrap
from tenacious_bench.stats.checks import (
    BoolArray,
    FloatArray,
    StatsInputError,
    finite_array,
    require_probabilities,
    require_same_length,
)
from tenacious_bench.stats.estimate import Estimate
from tenacious_bench.stats.inputs import ScoredItems
from tenacious_bench.stats.labels import parse_labels
from tenacious_bench.stats.resampling import affordable_resamples, draw_sums

DEFAULT_BINS = 10


class Calibration(NamedTuple):
    """The two calibration statistics with their intervals."""

    brier: Estimate
    ece: Estimate


class _Values(NamedTuple):
    brier: FloatArray
    ece: FloatArray


def _read(labels: Iterable[Any], probabilities: Iterable[Any]) -> tuple[BoolArray, FloatArray]:
    truth, values = parse_labels(labels), finite_array(probabilities, "probabilities")
    require_same_length(len(truth), "labels", len(values), "probabilities")
    require_probabilities(values)
    return truth, values


def calibration_columns(labels: BoolArray, probabilities: FloatArray, bins: int) -> FloatArray:
    """What must be added up to get both statistics.

    Args:
        labels: (n,) True for PASS.
        probabilities: (n,) probabilities of PASS.
        bins: number of equal-width bins over [0, 1]; a value on an edge goes up, 1 to the last.

    Returns:
        (n, 2 + bins): 1, the squared error, and in the item's bin its probability less its label.
    """
    if bins < 1:
        raise StatsInputError(f"bins is {bins}: pass at least 1")
    gap = probabilities - labels
    columns = np.zeros((len(gap), 2 + bins))
    columns[:, 0] = 1.0
    columns[:, 1] = gap**2
    where = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    columns[np.arange(len(gap)), 2 + where] = gap
    return columns


def _from_sums(sums: FloatArray) -> _Values:
    n = sums[..., 0]
    return _Values(sums[..., 1] / n, np.abs(sums[..., 2:]).sum(-1) / n)


def brier_score(labels: Iterable[Any], probabilities: Iterable[Any]) -> float:
    """Mean squared difference of P(PASS) and the outcome (Brier 1950); 0 is best.

    Always saying the share of PASS scores share * (1 - share), which is 0.25 at one half.
    """
    truth, values = _read(labels, probabilities)
    return float(np.mean((values - truth) ** 2))


def expected_calibration_error(labels: Iterable[Any], probabilities: Iterable[Any], bins: int = DEFAULT_BINS) -> float:
    """Expected calibration error over equal-width bins (Naeini, Cooper and Hauskrecht 2015).

    The bins are over P(PASS), not over the confidence in the verdict: in each, the distance of the
    mean probability from the share of PASS, weighted by the items in it. The value is biased
    upwards on small samples: a perfectly calibrated judge does not score 0.
    """
    truth, values = _read(labels, probabilities)
    return float(_from_sums(calibration_columns(truth, values, bins).sum(axis=0)).ece)


def calibration_estimates(items: ScoredItems, bootstrap: Bootstrap, bins: int = DEFAULT_BINS) -> Calibration:
    """Brier score and ECE with percentile bootstrap intervals.

    Args:
        items: m items with a probability of PASS, and their groups.
        bootstrap: settings; fewer resamples are drawn above 2e8 weights in all.
        bins: equal-width bins of the ECE. Its resamples carry the upward bias twice, so the
            interval can lie above the value.
    """
    m = len(items.values)
    if m == 0:
        none = bootstrap.undefined("no item has a probability")
        return Calibration(none, none)
    columns = calibration_columns(items.labels, items.values, bins)
    value = _from_sums(columns.sum(axis=0))
    n_resamples = affordable_resamples(m, bootstrap.n_resamples)
    drawn = _from_sums(draw_sums(columns, items.groups, n_resamples, bootstrap.rng()))
    return Calibration(
        bootstrap.estimate(float(value.brier), drawn.brier, items.note),
        bootstrap.estimate(float(value.ece), drawn.ece, items.note),
    )
