"""The points of a reliability diagram belong to the calibration error that is printed beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenacious_bench.stats import StatsInputError, expected_calibration_error, wilson_interval
from tenacious_bench.stats.reliability import reliability_bins


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60), st.integers(1, 12))
def test_the_distances_of_the_bins_add_up_to_the_calibration_error(items: list[tuple[bool, float]], bins: int) -> None:
    labels, stated = [label for label, _ in items], [p for _, p in items]
    found = reliability_bins(labels, stated, bins)
    assert sum(b.n for b in found) == len(items)
    total = sum(b.n * abs(b.mean_probability - b.pass_share.value) for b in found) / len(items)
    assert total == pytest.approx(expected_calibration_error(labels, stated, bins), abs=1e-9)


def test_a_bin_holds_its_lower_edge_and_the_last_one_also_its_upper() -> None:
    found = reliability_bins(["PASS", "FAIL", "PASS", "PASS"], [0.0, 0.5, 1.0, 0.75], bins=2)
    assert [(b.low, b.high, b.n) for b in found] == [(0.0, 0.5, 1), (0.5, 1.0, 3)]
    assert found[1].mean_probability == 0.75 and found[1].pass_share.value == pytest.approx(2 / 3)
    assert (found[1].pass_share.low, found[1].pass_share.high) == wilson_interval(2, 3)[:2]


@pytest.mark.parametrize(
    ("labels", "stated", "bins", "message"),
    [
        ([], [], 10, "empty"),
        (["PASS"], [1.5], 10, "between"),
        (["PASS"], [0.5, 0.5], 10, "labels"),
        (["PASS"], [0.5], 0, "bins is 0"),
    ],
)
def test_what_is_no_probability_is_refused(labels: list[str], stated: list[float], bins: int, message: str) -> None:
    with pytest.raises(StatsInputError, match=message):
        reliability_bins(labels, stated, bins)
