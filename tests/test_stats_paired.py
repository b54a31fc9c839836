"""Two judges compared, several tests adjusted, and what a test set can show."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenacious_bench.stats import (
    StatsInputError,
    bootstrap_p_value,
    compare,
    compare_slices,
    holm,
    mcnemar_exact,
    mcnemar_power,
    mde_paired,
    mde_proportion,
    slices,
)

# The published judges, item by item: 11 PASS then 39 FAIL.
LABELS = ["PASS"] * 11 + ["FAIL"] * 39
REWARD = ["FAIL"] * 11 + ["PASS"] * 2 + ["FAIL"] * 37
RULES = ["PASS"] * 10 + ["FAIL"] + ["PASS"] * 25 + ["FAIL"] * 14
PROMPT = ["PASS"] * 50


def test_reward_against_rules_gives_the_published_p_value() -> None:
    result = compare(LABELS, RULES, REWARD)
    assert (result.only_a, result.only_b) == (10, 23)
    assert result.mcnemar_p == pytest.approx(0.035, abs=5e-4)
    assert result.accuracy_difference.value == pytest.approx(-0.26)


def test_rules_against_prompt_gives_the_published_p_values() -> None:
    result = compare(LABELS, RULES, PROMPT)
    assert (result.only_a, result.only_b) == (14, 1)
    assert result.mcnemar_p == pytest.approx(0.00098, abs=5e-6)
    assert result.accuracy_p == pytest.approx(0.0002, abs=2e-4)
    assert result.accuracy_difference.low > 0


def test_accuracy_and_balanced_accuracy_can_disagree_on_the_better_judge() -> None:
    result = compare(LABELS, RULES, REWARD)
    assert result.accuracy_difference.high < 0 < result.balanced_accuracy_difference.low
    assert result.balanced_accuracy_difference.value == pytest.approx(0.634 - 0.474, abs=1e-3)


def test_swapping_the_judges_turns_the_sign() -> None:
    one, other = compare(LABELS, RULES, REWARD), compare(LABELS, REWARD, RULES)
    assert one.accuracy_difference.value == -other.accuracy_difference.value
    assert one.mcnemar_p == other.mcnemar_p
    assert one.accuracy_difference.low == pytest.approx(-other.accuracy_difference.high, abs=0.03)


def test_equal_judges_are_not_told_apart() -> None:
    result = compare(LABELS, RULES, RULES)
    assert (result.mcnemar_p, result.accuracy_p, result.balanced_accuracy_p) == (1.0, 1.0, 1.0)
    assert math.isnan(result.mde)
    assert result.to_dict()["mde"] is None


def test_an_item_without_a_verdict_counts_against_the_judge() -> None:
    result = compare(LABELS, [None] * 10 + RULES[10:], RULES)
    assert (result.n_errors_a, result.n_errors_b) == (10, 0)
    assert (result.only_a, result.only_b) == (0, 10)


def test_groups_widen_the_difference() -> None:
    labels, groups = [x for x in LABELS for _ in range(3)], [i for i in range(50) for _ in range(3)]
    a, b = [x for x in RULES for _ in range(3)], [x for x in REWARD for _ in range(3)]
    naive = compare(labels, a, b).accuracy_difference
    clustered = compare(labels, a, b, groups=groups).accuracy_difference
    assert clustered.high - clustered.low > 1.5 * (naive.high - naive.low)


def test_mcnemar_without_discordant_items_is_one() -> None:
    assert mcnemar_exact(0, 0).p_value == 1.0
    with pytest.raises(StatsInputError, match="negative"):
        mcnemar_exact(-1, 3)


def test_bootstrap_p_value_is_never_zero_and_leaves_out_nan() -> None:
    assert bootstrap_p_value(np.full(999, 0.1)) == pytest.approx(2 / 1000)
    assert bootstrap_p_value(np.zeros(10)) == 1.0
    assert bootstrap_p_value(np.array([np.nan, 1.0, 1.0, 1.0])) == pytest.approx(2 / 4)
    assert math.isnan(bootstrap_p_value(np.array([np.nan])))


def test_holm_worked_by_hand() -> None:
    # Smallest times 4, next times 3 and so on, never falling: 0.005 -> 0.02, 0.01 -> 0.03, ...
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_holm_lies_between_the_raw_value_and_bonferroni(p: list[float]) -> None:
    for raw, adjusted in zip(p, holm(p), strict=True):
        assert raw <= adjusted <= min(1.0, raw * len(p)) + 1e-12


def test_holm_refuses_nan() -> None:
    with pytest.raises(StatsInputError, match=r"p_values\[1\]"):
        holm([0.1, float("nan")])


@pytest.mark.parametrize(("n", "points"), [(67, 14), (200, 8), (400, 6), (800, 4)])
def test_paired_mde_with_15_percent_discordant_items(n: int, points: int) -> None:
    # The smallest whole percentage point with at least 80% power.
    assert math.ceil(100 * mde_paired(n, 0.15)) == points
    assert mde_paired(n, 0.15, method="normal") == pytest.approx(mde_paired(n, 0.15), abs=0.005)


def test_exact_power_agrees_with_simulation() -> None:
    rng = np.random.default_rng(8)
    drawn = rng.multinomial(100, [0.22, 0.08, 0.7], size=3_000)
    p_values = {(a, b): mcnemar_exact(a, b).p_value for a, b in {(int(x), int(y)) for x, y, _ in drawn}}
    simulated = np.mean([p_values[int(x), int(y)] <= 0.05 for x, y, _ in drawn])
    assert mcnemar_power(100, 0.3, 0.14, 0.05) == pytest.approx(simulated, abs=0.03)


def test_mde_of_one_share_meets_the_textbook_sample_size() -> None:
    # 0.5 against 0.6 at 5% and 80% needs 194 items by the normal approximation.
    assert mde_proportion(194) == pytest.approx(0.1, abs=5e-4)
    assert mde_proportion(800) < mde_proportion(200) < mde_proportion(50)


def test_an_effect_no_sample_of_this_size_can_show_is_nan() -> None:
    assert math.isnan(mde_proportion(3))
    assert math.isnan(mde_paired(5, 0.2))
    with pytest.raises(StatsInputError, match="discordant_share"):
        mde_paired(50, 0.0)


def test_slices_give_a_reason_below_the_least_number_of_items() -> None:
    keys = ["tone"] * 30 + ["injection"] * 19 + [None]
    small, large = slices(LABELS, RULES, keys)
    assert (small.key, small.n) == ("injection", 19)
    assert small.to_dict()["accuracy"]["value"] is None
    assert small.accuracy.reason == "too few (n=19, needs 20)"
    assert (large.key, large.n, large.n_pass) == ("tone", 30, 11)
    assert large.accuracy.value == pytest.approx(10 / 30)
    assert large.mde == mde_proportion(30)


def test_a_slice_of_one_class_has_accuracy_but_no_balanced_accuracy() -> None:
    (row,) = slices(LABELS, RULES, [None] * 11 + ["mode"] * 39)
    assert row.accuracy.value == pytest.approx(14 / 39)
    assert row.balanced_accuracy.reason == "one class only"


def test_an_item_may_stand_in_several_slices() -> None:
    rows = slices(LABELS, RULES, [["a", "b"]] * 25 + [["b"]] * 25)
    assert [(row.key, row.n) for row in rows] == [("a", 25), ("b", 50)]


def test_a_slice_inside_one_group_has_no_interval() -> None:
    (row,) = slices(LABELS, RULES, ["a"] * 30 + [None] * 20, groups=["g"] * 30 + ["h"] * 20, n_resamples=50)
    assert row.accuracy.value == pytest.approx(10 / 30)
    assert row.accuracy.method == "none"
    assert "one group" in row.accuracy.reason


def test_slice_comparison_adjusts_only_the_slices_it_tests() -> None:
    keys = ["a"] * 20 + ["b"] * 20 + ["c"] * 10
    a, b, c = compare_slices(LABELS, RULES, REWARD, keys)
    assert sorted([a.holm_p, b.holm_p]) == pytest.approx(sorted(holm([a.mcnemar_p, b.mcnemar_p])))
    assert math.isnan(c.holm_p)
    assert c.to_dict()["mcnemar_p"] is None
    assert c.reason.startswith("too few")
