"""Labels, verdicts and the statistics of a confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from tenacious_bench.stats import Confusion, StatsInputError, parse_labels, parse_verdicts

# A published result: 50 held-out emails, 11 PASS and 39 FAIL, three judges.
REWARD = Confusion(tp=0, fp=2, tn=37, fn=11)
RULES = Confusion(tp=10, fp=25, tn=14, fn=1)
PROMPT = Confusion(tp=11, fp=39, tn=0, fn=0)

binary = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("judge", "accuracy", "balanced"),
    [(REWARD, 0.74, 0.474), (RULES, 0.48, 0.634), (PROMPT, 0.22, 0.5)],
)
def test_published_judges_have_their_published_accuracy(judge: Confusion, accuracy: float, balanced: float) -> None:
    assert judge.n == 50
    assert judge.accuracy == pytest.approx(accuracy)
    assert judge.balanced_accuracy == pytest.approx(balanced, abs=5e-4)
    assert judge.majority_baseline == pytest.approx(0.78)


def test_rates_of_the_rules_judge() -> None:
    assert RULES.pass_recall == pytest.approx(10 / 11)
    assert RULES.fail_recall == pytest.approx(14 / 39)
    assert RULES.pass_share == pytest.approx(35 / 50)


def test_mcc_of_a_judge_with_one_answer_is_nan_not_zero() -> None:
    assert math.isnan(PROMPT.mcc)


def test_statistics_without_a_class_are_nan() -> None:
    only_fail = Confusion(tp=0, fp=1, tn=2, fn=0)
    assert math.isnan(only_fail.pass_recall)
    assert math.isnan(only_fail.balanced_accuracy)
    assert only_fail.fail_recall == pytest.approx(2 / 3)


@given(binary)
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_agrees_with_scikit_learn(rows: list[tuple[bool, bool]]) -> None:
    labels, verdicts = [a for a, _ in rows], [b for _, b in rows]
    ours = Confusion.from_arrays(labels, verdicts)
    assert ours.accuracy == pytest.approx(sk.accuracy_score(labels, verdicts))
    if len(set(labels)) == 2:
        assert ours.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(labels, verdicts))
        if len(set(verdicts)) == 2:
            assert ours.mcc == pytest.approx(sk.matthews_corrcoef(labels, verdicts))


def test_an_item_without_a_verdict_is_wrong_but_no_pass() -> None:
    judge = Confusion.from_arrays(["PASS", "PASS", "FAIL", "FAIL"], ["PASS", None, "FAIL", None])
    assert judge == Confusion(1, 0, 1, 0, pass_errors=1, fail_errors=1)
    assert judge.n_errors == 2
    assert judge.accuracy == judge.balanced_accuracy == 0.5
    assert judge.pass_share == 0.25
    assert judge.mcc == 0.0


def test_mcc_does_not_overflow_at_ten_million_items() -> None:
    assert Confusion(3_000_000, 2_000_000, 3_000_000, 2_000_000).mcc == pytest.approx(0.2)


def test_labels_are_read_from_words_and_booleans() -> None:
    mixed = ["PASS", "FAIL", True, np.False_, np.str_("PASS")]
    assert parse_labels(mixed).tolist() == [True, False, True, False, True]
    assert parse_labels(np.array([True, False])).tolist() == [True, False]
    assert parse_verdicts(["PASS", None, False]).tolist() == [1, -1, 0]


@pytest.mark.parametrize("word", ["pass", "Positive", "Approve", "", " FAIL", 1, 0, 1.0, None, "P"])
def test_an_unknown_label_is_refused_with_its_place(word: object) -> None:
    with pytest.raises(StatsInputError, match=r"labels\[1\]") as error:
        parse_labels(["PASS", word])
    assert repr(word) in str(error.value)


@given(st.lists(st.sampled_from(["PASS", "FAIL", "PASS ", "pass", "", "FAILED", "PASS\0"]), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_an_array_of_words_is_read_as_its_items_are(words: list[str]) -> None:
    def outcome(values: Iterable[str], read: Callable[..., np.ndarray]) -> object:
        try:
            return read(values).tolist()
        except StatsInputError as error:
            return str(error)

    for array in (np.array(words), np.array(words).view(np.char.chararray)):
        for read in (parse_labels, parse_verdicts):
            assert outcome(array, read) == outcome(list(array), read)


def test_a_masked_word_is_refused() -> None:
    with pytest.raises(StatsInputError, match=r"labels\[1\]"):
        parse_labels(np.ma.array(["PASS", "FAIL"], mask=[False, True]))


def test_empty_and_unequal_inputs_are_refused() -> None:
    with pytest.raises(StatsInputError, match="labels is empty"):
        parse_labels([])
    with pytest.raises(StatsInputError, match="labels has 1 items and verdicts has 2"):
        Confusion.from_arrays(["PASS"], ["PASS", "FAIL"])
