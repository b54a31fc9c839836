"""Statistics of very many items: blocks of scores agree with exact resampling, and so does another library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from benchmarks import statistics as benchmark
from tenacious_bench.stats import auroc_blocks, summarize
from tenacious_bench.stats.auroc import auroc_draws, auroc_weight_draws
from tenacious_bench.stats.auroc_blocks import auroc_block_draws, cut
from tenacious_bench.stats.inputs import ScoredItems
from tenacious_bench.stats.resampling import WEIGHT_BUDGET, weight_chunks
from tenacious_bench.stats.score_steps import auroc_of_counts, score_steps

N = 3_000
SHAPES = ["auroc 0.55", "auroc 0.85", "auroc 0.99", "heavy ties", "two humps", "few PASS"]


def scored(shape: str, n: int = N) -> ScoredItems:
    """Items whose scores have the named shape."""
    rng = np.random.default_rng(1)
    labels = rng.random(n) < (0.02 if shape == "few PASS" else 0.4)
    noise = rng.normal(size=n)
    if shape == "two humps":
        scores = noise * 0.3 + 3 * (rng.random(n) < np.where(labels, 0.8, 0.3))
    else:
        wanted = float(shape.split()[1]) if shape.startswith("auroc") else 0.85
        scores = noise + labels * np.sqrt(2) * norm.ppf(wanted)
    return ScoredItems(labels, np.round(scores, 1) if shape == "heavy ties" else scores, None, 0)


def grouped(items: ScoredItems, groups: str) -> ScoredItems:
    """The same items in groups of the named make, with an effect of the group on the score."""
    rng = np.random.default_rng(2)
    number = rng.integers(0, {"few": 40}.get(groups, 900), len(items.values))
    if groups == "one holds half":
        number[: N // 2] = 0
    number = np.unique(number, return_inverse=True)[1]
    return items._replace(groups=number, values=items.values + rng.normal(size=number.max() + 1)[number])


def assert_same_distribution(ours: np.ndarray, exact: np.ndarray) -> None:
    """Ends, mean and spread of two sets of draws differ by less than 4 Monte Carlo standard errors."""
    n, spread = len(exact), exact.std()
    end = np.sqrt(2 * 0.025 * 0.975 / n) / norm.pdf(1.96) * spread
    gap = np.quantile(ours, [0.025, 0.975]) - np.quantile(exact, [0.025, 0.975])
    assert np.abs(gap).max() < 4 * end
    assert abs(ours.mean() - exact.mean()) < 4 * spread * np.sqrt(2 / n)
    assert ours.std() == pytest.approx(spread, rel=4 * np.sqrt(1 / n))


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few blocks and kinds, as coarse to these few items as the real numbers are to hundreds of thousands."""
    monkeypatch.setattr(auroc_blocks, "BLOCKS", 60)
    monkeypatch.setattr(auroc_blocks, "GROUP_KINDS", 200)


@pytest.mark.parametrize("shape", SHAPES)
def test_blocks_give_the_interval_of_exact_resamples(shape: str, coarse: None) -> None:
    items = scored(shape)
    exact = auroc_weight_draws(items, 4_000, np.random.default_rng(1))
    assert_same_distribution(auroc_block_draws(items, 4_000, np.random.default_rng(2)), exact)


@pytest.mark.parametrize("groups", ["few", "many", "one holds half"])
@pytest.mark.parametrize("shape", ["auroc 0.85", "auroc 0.99"])
def test_blocks_give_the_interval_of_exact_resamples_of_groups(shape: str, groups: str, coarse: None) -> None:
    items = grouped(scored(shape), groups)
    exact = auroc_weight_draws(items, 4_000, np.random.default_rng(1))
    assert_same_distribution(auroc_block_draws(items, 4_000, np.random.default_rng(2)), exact)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_error_of_a_resample_stays_below_the_stated_bound(shape: str) -> None:
    items, blocks = scored(shape), 60
    steps = score_steps(items.labels, items.values)
    first = cut((steps.passes, steps.fails, np.ones(len(steps.starts))), blocks)
    errors = []
    for weights in weight_chunks(N, N, 500, np.random.default_rng(4)):  # the same weights both ways
        passes = weights * items.labels[steps.order]
        ways = [np.add.reduceat(counts, steps.starts, axis=1) for counts in (passes, weights - passes)]
        exact = auroc_of_counts(*ways)
        errors.append(exact - auroc_of_counts(*(np.add.reduceat(counts, first, axis=1) for counts in ways)))
    error = np.concatenate(errors).std()
    n_pass = steps.passes.sum()
    assert error < 1.5 / blocks * np.sqrt(1 / n_pass + 1 / (N - n_pass))
    assert error < 0.1 * exact.std()


def test_steps_keep_the_exact_auroc_and_merge_only_what_has_no_order() -> None:
    labels = np.array([True, False, False, True, True, False])
    scores = np.array([5.0, 1.0, 2.0, 3.0, 4.0, 3.0])
    found = score_steps(labels, scores)
    assert (found.fails.tolist(), found.passes.tolist()) == ([2, 1, 0], [0, 1, 2])
    assert found.starts.tolist() == [0, 2, 4]
    assert float(auroc_of_counts(found.passes, found.fails)) == pytest.approx(8.5 / 9)


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=40, max_size=40), min_size=1, max_size=3), st.integers(1, 60))
@settings(max_examples=80, deadline=None)
def test_a_block_of_several_units_holds_a_bounded_share(rows: list[list[float]], n_parts: int) -> None:
    masses = [np.array(row) for row in rows]
    first = cut(masses, n_parts)
    assert first[0] == 0 and (np.diff(first) > 0).all() and first[-1] < 40
    assert len(first) <= 2 * n_parts
    shares = sum(np.add.reduceat(mass, first) / max(mass.sum(), 1e-300) for mass in masses)
    several = np.diff(first, append=40) > 1
    assert (shares[several] < 2 * len(masses) / n_parts + 1e-9).all()


def test_all_resamples_are_drawn_above_the_budget_and_the_seed_decides_them() -> None:
    n = 300_000
    assert n * 1_000 > WEIGHT_BUDGET
    labels = np.arange(n) % 3 == 0
    scores = np.random.default_rng(0).normal(size=n) + labels
    one, two, other = (summarize(labels, scores=scores, n_resamples=1_000, seed=seed).auroc for seed in (5, 5, 6))
    assert one.n_resamples == 1_000
    assert one == two and one.low != other.low
    # DeLong, DeLong and Clarke-Pearson (1988): the variance from placement values.
    ranks, n_pass = rankdata(scores), n // 3
    above = (ranks[labels] - rankdata(scores[labels])) / (n - n_pass)
    below = (ranks[~labels] - rankdata(scores[~labels])) / n_pass
    error = np.sqrt(above.var(ddof=1) / n_pass + below.var(ddof=1) / (n - n_pass))
    assert one.high - one.low == pytest.approx(2 * norm.ppf(0.975) * error, rel=0.12)


def test_items_repeated_within_their_group_give_the_interval_of_the_items(coarse: None) -> None:
    items = scored("auroc 0.85")
    copies = ScoredItems(np.repeat(items.labels, 3), np.repeat(items.values, 3), np.repeat(np.arange(N), 3), 0)
    alone = auroc_weight_draws(items, 4_000, np.random.default_rng(1))
    assert_same_distribution(auroc_block_draws(copies, 4_000, np.random.default_rng(2)), alone)


def test_a_perfect_ranking_keeps_an_interval_without_width() -> None:
    labels = np.arange(300_000) % 2 == 0
    scores = np.where(labels, 1.0, -1.0) * (1 + np.random.default_rng(0).random(300_000))
    for groups in (None, np.arange(300_000) // 30):
        draws = auroc_draws(ScoredItems(labels, scores, groups, 0), 1_000, np.random.default_rng(0))
        assert draws.min() == draws.max() == 1.0


@pytest.mark.parametrize(("grouped", "ends"), [(False, (0.7110898883704635, 0.8067512972403398)),
                                               (True, (0.7161531361410333, 0.8040373322611352))])  # fmt: skip
def test_results_of_small_samples_do_not_change(grouped: bool, ends: tuple[float, float]) -> None:
    labels = np.arange(400) % 3 == 0
    scores = np.round(np.random.default_rng(3).normal(size=400) + labels, 1)
    groups = (np.arange(400) // 4).tolist() if grouped else None
    found = summarize(labels, scores=scores, groups=groups, n_resamples=1_000).auroc
    assert (found.value, found.low, found.high) == (0.7605627875659298, *ends)


def test_the_benchmark_finds_the_intervals_of_both_libraries_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "LOOP_ITEMS", 4_000)
    benchmark.main(["--sizes", "200", "400", "--resamples", "600", "--json", str(tmp_path / "rows.json")])
    written = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [(row["n"], row["statistic"]) for row in written["rows"]] == [
        (n, name) for n in (200, 400) for name in ("balanced accuracy", "MCC", "AUROC")
    ]
    for row in written["rows"]:
        assert max(abs(gap) for gap in row["gaps"]) < 4
        assert row["ours"]["low"] < row["ours"]["high"]
        assert row["loop"]["resamples"] == 4_000 // row["n"]
    printed, progress = capsys.readouterr()
    assert printed.count("(20 run)") == printed.count("(10 run)") == 3
    assert "n = 400: AUROC" in progress
    assert "n = 400: AUROC" not in printed
