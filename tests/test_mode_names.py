"""Naming the failure mode where the rules are silent, and how often the name is right."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from tenacious_bench.judges.mode_names import ModeNames, fit_mode_names, load_mode_names, lowest_text, save_mode_names
from tenacious_bench.judges.naming import naming
from tenacious_bench.judges.rules.text import sentences
from tenacious_bench.schema import MODES, Judgment, SpanReward


@pytest.fixture(scope="module")
def names(published_tasks) -> ModeNames:
    return fit_mode_names(published_tasks["train"], "abc")


def evidence_sentence(task) -> str:
    return " ".join(s.text for s in sentences(task.email) if any(q in s.text for q in task.evidence))


def test_the_mode_of_the_marked_sentence_is_named_far_better_than_by_chance(names, published_tasks):
    failed = [t for t in published_tasks["validation"] if t.label == "FAIL"]
    right = [names.name(t.brief, evidence_sentence(t)) in t.failure_modes for t in failed]
    assert sum(right) / len(right) > 0.6  # eight modes, about equally common


def test_our_tf_idf_is_that_of_scikit_learn(names, published_tasks):
    task = next(t for t in published_tasks["validation"] if t.label == "FAIL")
    text = evidence_sentence(task)
    from tenacious_bench.judges.mode_names import terms

    vectorizer = TfidfVectorizer(analyzer=lambda pair: terms(*pair), vocabulary=sorted(names.idf), sublinear_tf=True)
    vectorizer.idf_ = np.array([names.idf[term] for term in sorted(names.idf)])
    row = vectorizer.transform([(task.brief, text)]).toarray()[0]
    scores = [
        names.bias[k] + sum(row[i] * names.weights[term][k] for i, term in enumerate(sorted(names.idf)))
        for k in range(len(MODES))
    ]
    assert names.name(task.brief, text) == MODES[max(range(len(MODES)), key=scores.__getitem__)]


def test_the_shipped_names_are_those_of_the_shipped_train_partition(published, published_tasks):
    from tenacious_bench.data import data_hash

    shipped = load_mode_names(published.parent / "model_card")
    assert shipped == fit_mode_names(published_tasks["train"], data_hash("train"))


def test_names_survive_the_file_and_a_folder_without_one_has_none(names, tmp_path):
    assert load_mode_names(tmp_path) is None
    save_mode_names(names, tmp_path)
    assert load_mode_names(tmp_path) == names


def test_words_unknown_to_the_model_still_get_a_name(names, published_tasks):
    assert names.name(published_tasks["train"][0].brief, "") in MODES


def test_a_train_partition_without_some_mode_is_refused(published_tasks):
    some = [t for t in published_tasks["train"] if t.failure_modes[:1] != ("tone_drift",)]
    with pytest.raises(ValueError, match="lacks a failure mode"):
        fit_mode_names(some, "abc")


def test_the_lowest_sentence_is_the_one_that_is_named():
    rows = [SpanReward(field="body", start=0, end=1, text=t, reward=r) for t, r in (("a", 0.1), ("b", -2.0))]
    assert lowest_text(rows) == "b"
    assert lowest_text([]) == ""


def test_naming_counts_rejected_fail_emails_only(published_tasks):
    tasks = [t for t in published_tasks["validation"] if t.label == "FAIL"][:30]
    said = [
        Judgment(
            id=t.task_id,
            judge="x",
            verdict="FAIL" if i % 3 else "PASS",
            failure_modes=t.failure_modes if i % 2 else ("injection",),
        )
        for i, t in enumerate(tasks)
    ]
    found = naming(tasks, said, [t.contrast_group for t in tasks])
    rejected = [(t, j) for t, j in zip(tasks, said, strict=True) if j.verdict == "FAIL"]
    assert found is not None and found.share.n == len(rejected)
    assert found.share.value == sum(bool(set(t.failure_modes) & set(j.failure_modes)) for t, j in rejected) / len(
        rejected
    )
    silent = [j.model_copy(update={"failure_modes": ()}) for j in said]
    assert naming(tasks, silent, [t.contrast_group for t in tasks]) is None
