"""Wilson, percentile, multinomial and cluster bootstrap intervals."""

from __future__ import annotations

import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tenacious_bench.stats import (
    Confusion,
    StatsInputError,
    cluster_bootstrap,
    multinomial_bootstrap,
    percentile_bootstrap,
    summarize,
    wilson_interval,
)
from tenacious_bench.stats.count_statistics import accuracy, balanced_accuracy
from tenacious_bench.stats.resampling import affordable_resamples, weight_chunks


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263 and 0 of 20.
    low, high = wilson_interval(81, 263)[:2]
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson_interval(0, 20)[:2] == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29)[:2] == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=60, deadline=None)
def test_wilson_agrees_with_scipy(case: tuple[int, int]) -> None:
    successes, n = case
    theirs = scipy.stats.binomtest(successes, n).proportion_ci(0.95, "wilson")
    assert wilson_interval(successes, n)[:2] == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_percentile_interval_of_37_in_50() -> None:
    outcomes = np.array([1.0] * 37 + [0.0] * 13)
    for ci in (
        percentile_bootstrap(outcomes),
        multinomial_bootstrap(Confusion(0, 2, 37, 11), accuracy),
    ):
        assert (ci.low, ci.high) == pytest.approx((0.62, 0.86), abs=0.02)
        assert (ci.level, ci.n_resamples) == (0.95, 10_000)


def test_percentile_bootstrap_agrees_with_scipy_on_any_statistic() -> None:
    data = np.random.default_rng(3).normal(size=60)
    ours = percentile_bootstrap(data, lambda sample: np.median(sample, axis=1))
    theirs = scipy.stats.bootstrap(
        (data,), np.median, method="percentile", n_resamples=10_000, rng=1
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.05)


def test_multinomial_bootstrap_agrees_with_resampling_the_items() -> None:
    counts = Confusion(10, 25, 14, 1)
    items = np.repeat(np.arange(4), counts[:4])
    table = np.eye(4)

    def statistic(*samples: np.ndarray, axis: int = -1) -> np.ndarray:
        return balanced_accuracy(table[samples[0].astype(int)].sum(axis=-2))

    theirs = scipy.stats.bootstrap(
        (items,), statistic, method="percentile", n_resamples=4_000, vectorized=True, rng=2
    ).confidence_interval
    ours = multinomial_bootstrap(counts, balanced_accuracy)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_four_cells_do_as_well_as_six() -> None:
    four = multinomial_bootstrap([10, 25, 14, 1], balanced_accuracy)
    assert four == multinomial_bootstrap(Confusion(10, 25, 14, 1), balanced_accuracy)


def test_cluster_bootstrap_agrees_with_resampling_the_groups() -> None:
    rng = np.random.default_rng(5)
    table = rng.multinomial(4, [0.4, 0.1, 0.3, 0.2], size=40)
    drawn = table[rng.integers(0, 40, size=(10_000, 40))].sum(axis=1)
    low, high = np.quantile(accuracy(drawn), [0.025, 0.975])
    ours = cluster_bootstrap(table, accuracy)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.01)


def test_groups_that_repeat_one_item_widen_the_interval() -> None:
    labels, verdicts = [True, False] * 30, [True, True] * 12 + [False, False] * 18
    repeated = [x for x in labels for _ in range(4)], [x for x in verdicts for _ in range(4)]
    groups = [i for i in range(60) for _ in range(4)]
    alone = summarize(labels, verdicts).accuracy
    naive = summarize(*repeated).accuracy
    clustered = summarize(*repeated, groups=groups).accuracy
    assert (clustered.low, clustered.high) == pytest.approx((alone.low, alone.high), abs=0.02)
    assert naive.high - naive.low < 0.6 * (clustered.high - clustered.low)
    assert "clustered" in clustered.method


def test_items_in_no_group_are_groups_of_their_own() -> None:
    labels, verdicts = [True, False] * 10, [True] * 20
    for empty in (None, ""):
        grouped = summarize(labels, verdicts, groups=[empty] * 20).accuracy
        assert grouped[:3] == pytest.approx(summarize(labels, verdicts).accuracy[:3], abs=0.051)


def test_the_seed_decides_the_interval() -> None:
    data = np.random.default_rng(0).normal(size=30)
    assert percentile_bootstrap(data, seed=1) == percentile_bootstrap(data, seed=1)
    assert percentile_bootstrap(data, seed=1) != percentile_bootstrap(data, seed=2)


def test_undefined_resamples_are_left_out_and_counted() -> None:
    ci = multinomial_bootstrap([1, 0, 3, 0], balanced_accuracy)
    assert ci.n_undefined == pytest.approx(10_000 * (0.75**4 + 0.25**4), rel=0.1)
    assert (ci.low, ci.high) == (1.0, 1.0)


def test_weights_of_each_resample_add_up_to_the_number_of_units() -> None:
    chunks = list(weight_chunks(7, 1_000_000, 5, np.random.default_rng(0)))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    assert all((chunk.sum(axis=1) == 7).all() for chunk in chunks)


def test_resamples_of_real_numbers_are_bounded() -> None:
    assert affordable_resamples(50, 10_000) == affordable_resamples(20_000, 10_000) == 10_000
    assert affordable_resamples(100_000, 10_000) == 2_000
    assert affordable_resamples(10**9, 10_000) == 200
    assert affordable_resamples(10**9, 50) == 50


def test_ten_million_items_cost_what_fifty_do() -> None:
    start = time.perf_counter()
    ci = multinomial_bootstrap(Confusion(3_000_000, 2_000_000, 3_000_000, 2_000_000), balanced_accuracy)
    assert time.perf_counter() - start < 2
    assert 0 < ci.high - ci.low < 0.001


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_resamples": 0}, "n_resamples is 0"),
        ({"level": 95.0}, "level is 95.0"),
        ({"groups": ["a"] * 4}, "single group"),
        ({"groups": ["a", "b"]}, "groups has 2 items"),
        ({"groups": ["a", "b", float("nan"), "c"]}, r"groups\[2\] is NaN"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(StatsInputError, match=message):
        summarize([True, False, True, False], [True] * 4, **options)  # type: ignore[arg-type]


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(StatsInputError, match="5 successes of 4"):
        wilson_interval(5, 4)
    with pytest.raises(StatsInputError, match="all zero"):
        multinomial_bootstrap([0, 0, 0, 0], accuracy)
    with pytest.raises(StatsInputError, match="none negative"):
        multinomial_bootstrap([1, -1, 0, 0], accuracy)
