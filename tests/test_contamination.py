"""Shared n-grams, near-duplicates and impossible dates are found where they are planted, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenacious_bench.contamination import (
    MAX_COSINE,
    contamination_report,
    impossible_dates,
    nearest,
    ngrams,
    shared_ngrams,
)
from tenacious_bench.schema import Task
from tenacious_bench.shortcuts import audit

PHRASE = "a rather unusual run of exactly eight words"


def with_body(task: Task, body: str) -> Task:
    return task.model_copy(update={"email": task.email.model_copy(update={"body": body}), "evidence": ()})


def letters(texts):
    """A stand-in encoder: unit vectors of letter counts."""
    counts = np.array([[t.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts], dtype=np.float32)
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def test_ngrams_ignore_case_and_punctuation():
    assert list(ngrams("One, two THREE four; five six: seven eight!")) == ["one two three four five six seven eight"]
    assert list(ngrams("one two three")) == []


@given(st.text(max_size=200))
def test_ngrams_have_eight_words(text):
    assert all(len(g.split(" ")) == 8 for g in ngrams(text))


def test_a_planted_phrase_is_found_in_email_and_brief(small):
    train, sealed = small.tasks["train"][0], small.tasks["held_out"][0]
    assert PHRASE not in {s.ngram for s in shared_ngrams([train], [with_body(sealed, f"Hello, {PHRASE}.")])}
    in_email = shared_ngrams([with_body(train, f"{PHRASE}!")], [with_body(sealed, f"Hello, {PHRASE}.")])
    assert (PHRASE, sealed.task_id, train.task_id) in in_email
    noted = train.model_copy(update={"brief": train.brief.model_copy(update={"notes": PHRASE.upper()})})
    assert PHRASE in {s.ngram for s in shared_ngrams([noted], [with_body(sealed, PHRASE)])}


def test_the_most_similar_email_comes_first(small):
    train = [with_body(small.tasks["train"][0], "aaa bbb"), with_body(small.tasks["train"][1], "zzz yyy xxx")]
    sealed = [with_body(small.tasks["held_out"][0], "qqq ccc"), with_body(small.tasks["held_out"][1], "zzz yyy xxx")]
    first, second = nearest(train, sealed, letters)
    assert first.cosine == pytest.approx(1.0, abs=1e-4) and first.cosine > second.cosine
    assert (first.task_id, first.train_task_id) == (sealed[1].task_id, train[1].task_id)


def test_a_signal_from_the_future_and_a_day_outside_the_window_are_named(published_tasks):
    task = next(t for t in published_tasks["train"] if t.brief.signals)
    late = task.brief.signals[0].model_copy(update={"observed_on": task.brief.as_of + timedelta(days=1)})
    future = task.model_copy(update={"brief": task.brief.model_copy(update={"signals": (late,)})})
    moved = task.model_copy(
        update={"brief": task.brief.model_copy(update={"as_of": task.brief.as_of.replace(month=5)})}
    )
    assert impossible_dates([task]) == []
    assert impossible_dates([future]) == impossible_dates([moved]) == [task.task_id]


def test_the_report_lists_what_was_planted(small):
    tasks = {p: [with_body(t, f"{t.task_id} {PHRASE}") for t in rows] for p, rows in small.tasks.items()}
    report = contamination_report(tasks, letters, {"train": "0"})
    assert report["file_sha256"] == {"train": "0"}
    for found in report["partitions"].values():
        assert PHRASE in {s["ngram"] for s in found["shared_ngrams"]}
        assert all(n["cosine"] >= MAX_COSINE for n in found["at_or_above_max_cosine"])


def test_the_audit_exposes_a_word_that_marks_the_label(small):
    def marked(tasks):
        return [
            with_body(t, f"word{i % 7} {'goodword' if t.label == 'PASS' else 'badword'}") for i, t in enumerate(tasks)
        ]

    rows = {r.name: r for r in audit(marked(small.tasks["train"]), marked(small.tasks["held_out"]), letters)}
    assert rows["email only, TF-IDF"].balanced_accuracy == 1.0 and not rows["email only, TF-IDF"].ok
    assert rows["email only, embedding"].balanced_accuracy == 1.0
    assert all(0.5 <= r.majority_baseline <= 1 and r.low <= r.balanced_accuracy <= r.high for r in rows.values())
