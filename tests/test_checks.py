"""``tenacious-bench check`` on the shipped files, and that each check can fail."""

from __future__ import annotations

import json
import shutil

import pytest

from tenacious_bench import checks
from tenacious_bench.contamination import WINDOW
from tenacious_bench.data import load_tasks
from tenacious_bench.schema import PARTITIONS


@pytest.fixture(scope="module")
def tasks(published):
    return {p: load_tasks(p, folder=published) for p in PARTITIONS}


def test_every_check_holds_for_the_shipped_files(published):
    found = checks.run_checks(published)
    assert [c for c in found if not c.ok] == []
    assert len(found) == len({c.name for c in found}) == 18


@pytest.mark.parametrize(
    "check",
    [checks.sizes, checks.authoring_mix, checks.balanced, checks.every_mode, checks.every_cell, checks.unique_ids],
)
def test_a_dataset_without_variety_fails(check, tasks):
    one = {p: [tasks["train"][0]] * 2 for p in PARTITIONS}
    assert not check(one).ok


def test_a_group_in_two_partitions_fails(tasks):
    assert not checks.groups_stay_whole({**tasks, "validation": tasks["train"][:1]}).ok


def test_two_groups_with_one_company_fail(tasks):
    twin = tasks["train"][0].model_copy(update={"contrast_group": "cg-9999"})
    assert not checks.companies_stay_apart({**tasks, "train": [tasks["train"][0], twin]}).ok


def test_a_single_task_is_no_contrast(tasks):
    lonely = [t.model_copy(update={"contrast_group": t.task_id}) for t in tasks["train"]]
    assert not checks.contrasted({p: lonely if p == "train" else [] for p in PARTITIONS}).ok


def test_a_signal_from_the_future_fails(tasks):
    task = next(t for t in tasks["train"] if t.brief.signals)
    late = task.brief.signals[0].model_copy(update={"observed_on": WINDOW[1].replace(month=6)})
    brief = task.brief.model_copy(update={"signals": (late,)})
    assert not checks.dates_in_window({p: [task.model_copy(update={"brief": brief})] for p in PARTITIONS}).ok


def test_a_phrase_of_train_in_held_out_fails(tasks):
    assert not checks.no_shared_ngrams({**tasks, "held_out": tasks["train"][:1]}).ok


def test_a_missing_or_foreign_contamination_report_fails(published, tmp_path):
    shutil.copytree(published, tmp_path / "copy")
    report = tmp_path / "copy" / "contamination.json"
    report.write_text(report.read_text().replace('"file_sha256": {', '"file_sha256": {"other": "0",'), encoding="utf-8")
    assert "other rows" in checks.no_near_duplicates(tmp_path / "copy").detail
    report.unlink()
    assert "missing" in checks.no_near_duplicates(tmp_path / "copy").detail


def test_a_shortcut_over_its_limit_a_missing_and_a_foreign_audit_fail(published, tmp_path):
    shutil.copytree(published, tmp_path / "copy")
    report = tmp_path / "copy" / "shortcuts.json"
    content = json.loads(report.read_text(encoding="utf-8"))
    content["shortcuts"][0]["balanced_accuracy"] = 0.7
    report.write_text(json.dumps(content), encoding="utf-8")
    assert not checks.no_shortcut(tmp_path / "copy").ok
    report.write_text(json.dumps({**content, "file_sha256": {}}), encoding="utf-8")
    assert "other rows" in checks.no_shortcut(tmp_path / "copy").detail
    report.unlink()
    assert "missing" in checks.no_shortcut(tmp_path / "copy").detail


def test_annotators_who_disagree_fail(published, tmp_path):
    stats = json.loads((published / "descriptive_stats.json").read_text(encoding="utf-8"))
    stats["blind_validation"]["sample_200"]["kappa"] = 0.7
    (tmp_path / "descriptive_stats.json").write_text(json.dumps(stats), encoding="utf-8")
    assert checks.annotators_agree(published).ok and not checks.annotators_agree(tmp_path).ok


def test_cold_mails_only_are_no_multi_turn_benchmark(tasks):
    def cold(task):
        return task.model_copy(update={"brief": task.brief.model_copy(update={"thread": ()})})

    assert not checks.multi_turn({p: [cold(t) for t in rows[:50]] for p, rows in tasks.items()}).ok


def test_a_fail_without_evidence_fails(tasks):
    bare = next(t for t in tasks["train"] if t.label == "FAIL").model_copy(update={"evidence": ()})
    assert not checks.evidence_given({p: [bare] for p in PARTITIONS}).ok


def test_a_changed_file_breaks_the_seal(published, tmp_path):
    shutil.copytree(published, tmp_path / "d")
    name = "data/v0.2/held_out-00000-of-00001.parquet"
    (tmp_path / "d" / name).write_bytes((tmp_path / "d" / name).read_bytes() + b"x")
    found = checks.files_match_manifest(tmp_path / "d")
    assert not found.ok and "held_out" in found.detail
