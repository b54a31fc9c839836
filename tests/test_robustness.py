"""Paraphrases of held-out emails, and labelled rows of other authors."""

from __future__ import annotations

import json

import pytest

from tenacious_bench.publish import CANARY
from tenacious_bench.robustness.labelled_rows import HEADER, evaluate_rows, read_labelled, results, table
from tenacious_bench.robustness.paraphrases import load_paraphrases, paraphrased, robustness
from tenacious_bench.schema import Judgment
from tenacious_bench.stats import StatsInputError


def said(verdict, reward=None):
    return Judgment(id="x", judge="x", verdict=verdict, reward=reward, signature="sig")


def test_every_paraphrase_belongs_to_a_held_out_task_and_keeps_its_label(published_tasks):
    rows = load_paraphrases()
    held_out = {t.task_id: t for t in published_tasks["held_out"]}
    assert len({p.task_id for p in rows}) == len(rows) >= 80
    for p in rows:
        task = held_out[p.task_id]
        assert p.canary == CANARY
        assert p.annotated == task.label
        assert bool(p.evidence) == (task.label == "FAIL")
        assert all(quote in p.subject or quote in p.body for quote in p.evidence)
        assert (p.subject, p.body) != (task.email.subject, task.email.body)


def test_both_labels_and_all_modes_are_paraphrased_alike(published_tasks):
    modes = {t.task_id: (t.mode, t.label) for t in published_tasks["held_out"]}
    counts = {}
    for p in load_paraphrases():
        counts[modes[p.task_id]] = counts.get(modes[p.task_id], 0) + 1
    assert len(counts) == 16 and min(counts.values()) >= 5


def test_a_paraphrased_task_has_the_brief_of_its_task_and_other_words(published_tasks):
    tasks = published_tasks["held_out"]
    found = paraphrased(tasks, load_paraphrases())
    for place, task in found:
        assert task.brief == tasks[place].brief and task.label == tasks[place].label
        assert task.email.body != tasks[place].email.body
    assert paraphrased(published_tasks["validation"], load_paraphrases()) == []


def test_one_the_annotator_disagreed_with_is_left_out(published_tasks):
    tasks = published_tasks["held_out"]
    p = load_paraphrases()[0]
    other = p.model_copy(update={"annotated": "FAIL" if p.annotated == "PASS" else "PASS"})
    assert paraphrased(tasks, [other]) == []


def test_robustness_counts_verdicts_that_stay():
    labels = ["PASS", "FAIL", "PASS", "FAIL"]
    first = [said("PASS", 2.0), said("FAIL", -1.0), said("PASS", 1.0), said("PASS", 0.5)]
    second = [said("PASS", 2.0), said("FAIL", -1.0), said("FAIL", -3.0), said("PASS", 0.5)]
    found = robustness(labels, first, second, ["a", "a", "b", "b"])
    assert found.kept.value == 0.75
    assert found.original.accuracy.value == 0.75 and found.paraphrased.accuracy.value == 0.5
    assert found.to_dict()["verdict_kept"]["value"] == 0.75


@pytest.fixture
def rows_file(tmp_path):
    def row(i, label, source):
        return {
            "id": f"r{i}",
            "context": {"company": "Ravel Works"},
            "email": "Hello there.",
            "label": label,
            "source": source,
        }

    rows = [row(i, "PASS" if i % 2 else "FAIL", "a" if i < 24 else "b") for i in range(36)]
    rows += [row(50 + i, "FAIL", "c") for i in range(12)]
    lines = [json.dumps(r) for r in rows] + ["{broken", json.dumps({"id": "z", "context": {}, "email": "Hi"})]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_recalls_are_given_by_source_and_small_ones_left_open(rows_file):
    labelled = read_labelled(rows_file)
    assert len(labelled.rows) == 48
    verdicts = [said("FAIL" if source == "a" else "PASS", 0.0) for source in labelled.sources]
    found = evaluate_rows(labelled, verdicts)
    a, b, c = found.by_source
    assert (a.n_pass, a.n_fail, a.balanced_accuracy) == (12, 12, 0.5)
    assert a.pass_recall.value == 0.0 and a.fail_recall.value == 1.0
    assert b.n_pass == b.n_fail == 6 and b.balanced_accuracy is None
    assert c.pass_recall is None and c.fail_recall.value == 0.0 and c.balanced_accuracy is None
    assert found.mean_balanced_accuracy == 0.5


def test_what_is_no_labelled_row_comes_back_with_its_line(rows_file):
    bad = read_labelled(rows_file).bad
    assert [(b.line, b.field) for b in bad] == [(49, bad[0].field), (50, "label")]
    assert "PASS or FAIL" in bad[1].remedy


def test_results_hold_numbers_and_no_text_of_a_row(rows_file):
    labelled = read_labelled(rows_file)
    one = evaluate_rows(labelled, [said("PASS", 0.0) for _ in labelled.rows])
    found = results(labelled, {"rules": one}, {"rules": "sig"})
    assert "Hello there" not in json.dumps(found) and "Ravel" not in json.dumps(found)
    body = table(found)
    assert all(len(line) == len(HEADER) for line in body)
    assert [line[1] for line in body] == ["a", "b", "c", "mean of sources"]


def test_a_field_that_no_row_has_is_named(rows_file):
    with pytest.raises(ValueError, match="no row has a field 'origin'"):
        read_labelled(rows_file, "origin")


def test_a_source_s_name_is_short_and_holds_no_markup(tmp_path):
    row = {"id": "a", "context": {}, "email": "Hi", "label": "PASS", "source": "a|b\n<script>" + "x" * 300}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (name,) = read_labelled(path).sources
    assert name.startswith("a?b??script?") and len(name) == 60


def test_rows_of_one_label_are_refused(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "a", "context": {}, "email": "Hi", "label": "PASS"}) + "\n")
    with pytest.raises(StatsInputError, match="both labels"):
        evaluate_rows(read_labelled(path), [said("PASS")])
