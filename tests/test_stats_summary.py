"""The summary of one judge: what it holds, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tenacious_bench.stats import StatsInputError, summarize

LABELS = ["PASS"] * 11 + ["FAIL"] * 39
RULES = ["PASS"] * 10 + ["FAIL"] + ["PASS"] * 25 + ["FAIL"] * 14


def test_accuracy_stands_beside_its_baseline_and_both_intervals() -> None:
    result = summarize(LABELS, ["FAIL"] * 11 + ["PASS"] * 2 + ["FAIL"] * 37)
    assert result.accuracy.value == result.accuracy_wilson.value == pytest.approx(0.74)
    assert result.accuracy[1:3] == pytest.approx((0.62, 0.86), abs=0.02)
    assert result.accuracy_wilson[1:3] == pytest.approx((0.604, 0.841), abs=1e-3)
    assert result.majority_baseline.value == pytest.approx(0.78)
    assert result.balanced_accuracy.value == pytest.approx(0.474, abs=1e-3)
    assert result.confusion == (0, 2, 37, 11, 0, 0)
    assert (result.n, result.n_pass, result.n_errors) == (50, 11, 0)


def test_verdicts_come_from_scores_above_the_threshold() -> None:
    labels, scores = [True, True, False, False], [0.3, 0.0, 0.0, -1.0]
    assert summarize(labels, scores=scores).confusion[:4] == (1, 0, 2, 1)
    assert summarize(labels, scores=scores, threshold=-0.5).confusion[:4] == (2, 1, 1, 0)
    assert summarize(labels, scores=scores).threshold == 0.0
    assert summarize(labels, labels, scores=scores).threshold is None


def test_json_holds_null_and_a_reason_in_place_of_nan() -> None:
    fields = summarize(LABELS, ["PASS"] * 50).to_dict()
    text = json.dumps(fields, allow_nan=False)
    assert json.loads(text)["mcc"]["value"] is None
    assert fields["mcc"]["reason"] == "the judge gives every item the same verdict"
    assert fields["auroc"]["reason"] == "no scores given"
    assert fields["brier"]["reason"] == "no probabilities given"
    assert "reason" not in fields["accuracy"]
    assert fields["confusion"]["fp"] == 39


def test_a_judge_that_fails_to_answer_is_counted_and_left_out_of_ranks() -> None:
    scores: list[float | None] = [1.0, None, 0.2, -0.5, None, -0.7]
    stated: list[float | None] = [0.9, None, 0.6, 0.2, None, 0.1]
    result = summarize([True] * 3 + [False] * 3, scores=scores, probabilities=stated)
    assert result.n_errors == 2
    assert result.accuracy.value == pytest.approx(4 / 6)
    assert result.auroc.value == 1.0
    assert result.auroc.reason == result.brier.reason == "2 of 6 items without a number left out"


def test_ranks_of_one_remaining_class_are_undefined() -> None:
    result = summarize([True, True, False], scores=[1.0, 2.0, None])
    assert result.auroc.reason == "the items with a score hold one class only"


def test_same_seed_same_summary_and_the_signature_names_it() -> None:
    scores = np.random.default_rng(0).normal(size=50)
    one, two = (summarize(LABELS, scores=scores, seed=7) for _ in range(2))
    assert one == two
    assert one.signature.startswith("n:50|threshold:0.0|resamples:10000|level:0.95|seed:7|")
    assert one.auroc[1:3] != summarize(LABELS, scores=scores, seed=8).auroc[1:3]


def test_order_of_the_items_does_not_matter_to_the_values() -> None:
    order = np.random.default_rng(1).permutation(50)
    shuffled = summarize([LABELS[i] for i in order], [RULES[i] for i in order])
    assert shuffled.accuracy == summarize(LABELS, RULES).accuracy


def test_higher_level_gives_a_wider_interval() -> None:
    narrow, wide = (summarize(LABELS, RULES, level=level).accuracy for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_labels_of_one_class_say_what_to_do() -> None:
    message = r"labels hold only FAIL \(n=12\): balanced accuracy and AUROC need both; .*larger --limit"
    with pytest.raises(StatsInputError, match=message):
        summarize(["FAIL"] * 12, ["FAIL"] * 12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": []}, "labels is empty"),
        ({"labels": ["PASS", "FAIL"]}, "neither verdicts nor scores"),
        ({"labels": ["PASS", "FAIL"], "verdicts": ["PASS"]}, "labels has 2 items and verdicts"),
        ({"labels": ["PASS", "Approve"], "verdicts": ["PASS"] * 2}, r"labels\[1\] is 'Approve'"),
        ({"labels": ["PASS", "FAIL"], "verdicts": ["PASS", "pass"]}, r"verdicts\[1\] is 'pass'"),
        ({"labels": ["PASS", "FAIL"], "scores": [1.0, float("nan")]}, r"scores\[1\] is nan"),
        (
            {"labels": ["PASS", "FAIL"], "verdicts": ["PASS", "FAIL"], "scores": [1.0, None]},
            r"scores\[1\] is None although the item has a verdict",
        ),
        (
            {"labels": ["PASS", "FAIL"], "scores": [1.0, 2.0], "probabilities": [0.5, 7.0]},
            r"probabilities\[1\] is 7.0",
        ),
        (
            {"labels": ["PASS", "FAIL"], "scores": [1.0, 2.0], "threshold": float("nan")},
            "threshold is nan",
        ),
    ],
)
def test_bad_input_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(StatsInputError, match=message):
        summarize(**arguments)


def test_ten_million_verdicts_are_summarized_in_seconds() -> None:
    labels = np.arange(10_000_000) % 2 == 0
    result = summarize(labels, np.arange(10_000_000) % 3 == 0)
    assert result.accuracy.n_resamples == 10_000
    assert result.accuracy.high - result.accuracy.low < 0.001
