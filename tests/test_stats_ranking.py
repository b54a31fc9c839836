"""AUROC, pairwise accuracy and calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from tenacious_bench.stats import (
    StatsInputError,
    auroc,
    brier_score,
    expected_calibration_error,
    pairwise_accuracy,
    summarize,
    summarize_pairs,
)

scored = st.lists(st.tuples(st.booleans(), st.integers(-4, 4)), min_size=2, max_size=40).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


@given(scored)
@settings(max_examples=60, deadline=None)
def test_auroc_with_ties_agrees_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    labels, scores = [a for a, _ in rows], [b for _, b in rows]
    assert auroc(labels, scores) == pytest.approx(sk.roc_auc_score(labels, scores))


@given(scored)
@settings(max_examples=40, deadline=None)
def test_reversed_scores_give_the_complement(rows: list[tuple[bool, int]]) -> None:
    labels, scores = [a for a, _ in rows], [b for _, b in rows]
    assert auroc(labels, scores) + auroc(labels, [-s for s in scores]) == pytest.approx(1.0)


@pytest.mark.parametrize("digits", [None, 0])
@pytest.mark.parametrize("grouped", [False, True])
def test_auroc_resamples_agree_with_sorting_each_one(digits: int | None, grouped: bool) -> None:
    rng = np.random.default_rng(11)
    labels = np.arange(60) % 3 == 0
    scores = rng.normal(size=60) + labels
    if digits is not None:
        scores = np.round(scores, digits)
    groups = np.arange(60) // 2 if grouped else None
    members = np.arange(60).reshape(-1, 2) if grouped else np.arange(60).reshape(-1, 1)
    slow = []
    for _ in range(1_500):
        picked = members[rng.integers(0, len(members), len(members))].ravel()
        passed, failed = scores[picked][labels[picked]], scores[picked][~labels[picked]]
        gaps = passed[:, np.newaxis] - failed
        slow.append(np.mean((gaps > 0) + 0.5 * (gaps == 0)))
    ours = summarize(labels, scores=scores, groups=None if groups is None else groups.tolist()).auroc
    assert (ours.low, ours.high) == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=0.03)


def test_pairwise_accuracy_counts_a_tie_as_one_half() -> None:
    assert pairwise_accuracy([1.0, 0.5, 0.2, 0.4], [0.1, 0.5, 0.3, 0.0]) == 0.625


def test_pair_summary_has_both_intervals_and_the_margin() -> None:
    chosen, rejected = np.arange(40) % 5, np.full(40, 1.5)
    result = summarize_pairs(chosen, rejected)
    assert result.pairwise_accuracy.value == result.pairwise_accuracy_wilson.value == 0.6
    assert result.pairwise_accuracy[1:3] == pytest.approx((0.45, 0.75), abs=0.03)
    assert result.mean_margin.value == pytest.approx(0.5)
    assert result.mean_margin.low < 0.5 < result.mean_margin.high
    assert (result.n, result.n_ties, result.baseline) == (40, 0, 0.5)


def test_clustered_pairs_have_wider_intervals() -> None:
    chosen = np.repeat(np.random.default_rng(2).normal(0.5, 1, 30), 5)
    groups = np.repeat(np.arange(30), 5).tolist()
    alone = summarize_pairs(chosen, np.zeros(150))
    clustered = summarize_pairs(chosen, np.zeros(150), groups=groups)
    for name in ("pairwise_accuracy", "mean_margin"):
        narrow, wide = getattr(alone, name), getattr(clustered, name)
        assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_brier_score_agrees_with_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    labels, stated = [a for a, _ in rows], [b for _, b in rows]
    theirs = sk.brier_score_loss(labels, stated, pos_label=True)
    assert brier_score(labels, stated) == pytest.approx(theirs)


def test_calibration_error_worked_by_hand() -> None:
    # Bin [0.2, 0.3): mean 0.25, share 0.5; bin [0.9, 1]: mean 0.95, share 1; two of each.
    labels, stated = [True, False, True, True], [0.2, 0.3 - 1e-9, 0.9, 1.0]
    expected = 0.5 * abs(0.25 - 0.5) + 0.5 * abs(0.95 - 1.0)
    assert expected_calibration_error(labels, stated) == pytest.approx(expected)


def test_one_bin_compares_the_two_means() -> None:
    assert expected_calibration_error([True, False], [0.9, 0.7], bins=1) == pytest.approx(0.3)


def test_calibration_intervals_hold_a_well_calibrated_judge() -> None:
    rng = np.random.default_rng(4)
    stated = rng.random(800)
    result = summarize(rng.random(800) < stated, scores=stated, threshold=0.5, probabilities=stated)
    assert result.brier.low < 1 / 6 < result.brier.high
    assert result.ece.value < 0.08
    assert result.ece.n_resamples == 10_000


def test_a_reward_is_no_probability() -> None:
    with pytest.raises(StatsInputError, match=r"probabilities\[1\] is 1.7"):
        brier_score([True, False], [0.2, 1.7])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([1.0, float("nan")], r"scores\[1\] is nan"),
        ([float("inf"), 1.0], r"scores\[0\] is inf"),
        ([1.0, None], r"scores\[1\] is None"),
        (["1.0", "2.0"], "flat sequence of numbers"),
        ([[1.0], [2.0]], "flat sequence of numbers"),
        ([1.0], "labels has 2 items and scores has 1"),
        ([], "scores is empty"),
    ],
)
def test_bad_scores_are_refused(scores: list[object], message: str) -> None:
    with pytest.raises(StatsInputError, match=message):
        auroc(["PASS", "FAIL"], scores)
