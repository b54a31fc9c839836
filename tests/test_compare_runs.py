"""Two runs compared: paired by task, adjusted for the number of judges, refused where the tasks differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from measured import Page, measure, read
from typer.testing import CliRunner

from tenacious_bench.cli import app
from tenacious_bench.files import write_json, write_jsonl
from tenacious_bench.report.comparison import DifferentTasks, compare_runs
from tenacious_bench.report.run import Run, read_run
from tenacious_bench.schema import Task
from tenacious_bench.stats import Confusion, compare, holm

invoke = CliRunner().invoke


@pytest.fixture(scope="module")
def folders(published_tasks: dict[Any, list[Task]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One run, and the same with every third verdict of the rules turned to PASS and its rows in another order."""
    base = tmp_path_factory.mktemp("compare")
    measure(published_tasks["validation"][:96], base / "a")
    results, rows = read(base / "a")
    for row in rows[::3]:
        row["judges"]["rules"]["verdict"] = "PASS"
    save(base / "b", results, rows[::-1])
    return base / "a", base / "b"


def save(folder: Path, results: Any, rows: list[Any]) -> None:
    """Write a run whose results count the rows that it has."""
    for name, found in results["judges"].items():
        said = [row["judges"][name]["verdict"] for row in rows]
        found["confusion"] = Confusion.from_arrays([row["label"] for row in rows], said)._asdict()
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "results.json", results)
    write_jsonl(folder / "rows.jsonl", rows)


def test_differences_are_those_of_the_paired_statistics(folders: tuple[Path, Path]) -> None:
    a, b = (read_run(folder) for folder in folders)
    found = compare_runs(a, b)
    other = {row.task_id: row for row in b.rows}
    expected = compare(
        [row.label for row in a.rows],
        [row.judges["rules"].verdict for row in a.rows],
        [other[row.task_id].judges["rules"].verdict for row in a.rows],
        groups=[row.contrast_group for row in a.rows],
    )
    assert found.judges["rules"].difference == expected
    assert expected.only_a > 0
    p_values = [judge.difference.mcnemar_p for judge in found.judges.values()]
    assert [judge.holm_p for judge in found.judges.values()] == holm(p_values)
    assert list(found.judges) == ["always_fail", "rules", "reward", "cascade"] and found.warning == ""


def test_discordant_emails_are_those_on_which_one_run_is_right(folders: tuple[Path, Path]) -> None:
    a, b = (read_run(folder) for folder in folders)
    judge = compare_runs(a, b).judges["rules"]
    assert len(judge.discordant) == judge.difference.only_a + judge.difference.only_b
    for one in judge.discordant:
        assert (one.verdict_a == one.row.label) != (one.verdict_b == one.row.label)
        assert one.task is not None and one.task.task_id == one.row.task_id
    assert compare_runs(a, a).judges["rules"].discordant == []


def test_the_command_prints_a_table_examples_and_json(folders: tuple[Path, Path], tmp_path: Path) -> None:
    a, b = map(str, folders)
    shown = invoke(app, ["compare", a, b, "--out", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert "Holm p" in shown.stdout and "emails on which exactly one run is right" in shown.stdout
    found = invoke(app, ["compare", a, b, "--json"])
    assert found.exit_code == 0
    rules = json.loads(found.stdout)["judges"]["rules"]
    assert rules["n_discordant"] == rules["only_a"] + rules["only_b"]
    assert len(rules["discordant"]) == min(10, rules["n_discordant"])
    assert rules["holm_p"] >= rules["mcnemar_p"]
    page = Page((tmp_path / "compare.html").read_text(encoding="utf-8"))
    assert page.unsafe() == []
    row = next(row for _, table in page.tables for row in table if row[0] == "rules")
    assert f"{rules['accuracy_difference']['value']:.3f}" in row[6]
    assert rules["discordant"][0]["task_id"] in (tmp_path / "compare.md").read_text(encoding="utf-8")


def test_other_tasks_are_refused_with_their_ids(folders: tuple[Path, Path], tmp_path: Path) -> None:
    results, rows = read(folders[1])
    gone = rows.pop()
    save(tmp_path / "fewer", results, rows)
    found = invoke(app, ["compare", str(folders[0]), str(tmp_path / "fewer")])
    assert found.exit_code == 1
    assert "1 only in A" in found.stderr and gone["task_id"] in found.stderr and "--limit" in found.stderr


def test_another_label_is_refused_with_the_id(folders: tuple[Path, Path], tmp_path: Path) -> None:
    results, rows = read(folders[1])
    rows[5]["label"] = "PASS" if rows[5]["label"] == "FAIL" else "FAIL"
    save(tmp_path / "other", results, rows)
    with pytest.raises(DifferentTasks, match=rows[5]["task_id"]):
        compare_runs(read_run(folders[0]), read_run(tmp_path / "other"))


def test_runs_without_a_common_judge_are_refused_with_the_judges(folders: tuple[Path, Path]) -> None:
    a = read_run(folders[0])
    only = {"judges": {"prompt": a.results["judges"]["rules"]}}
    with pytest.raises(DifferentTasks, match="B has prompt"):
        compare_runs(a, Run({**a.results, **only}, a.rows, a.tasks))


def test_other_data_files_are_a_warning(folders: tuple[Path, Path]) -> None:
    a = read_run(folders[0])
    other = {**a.results, "dataset": {**a.results["dataset"], "sha256": "f" * 64}}
    assert "ffffffffffff" in compare_runs(a, Run(other, a.rows, {})).warning
