"""Scoring files: what a run leaves behind, whatever the rows and the judge do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tenacious_bench.judges.base import Progress
from tenacious_bench.judges.null import ConstantJudge
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Item, Judgment
from tenacious_bench.scoring import KEYS, ScoreReport, score_file


class StubJudge:
    """PASS, unless the body says otherwise: raise, decline, nan. Remembers the sizes of its batches."""

    name = "stub"

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        self.sizes.append(len(items))
        if any(item.email.body == "raise" for item in items):
            raise RuntimeError("no \x1b[2J luck")
        return [self._one(item) for item in items if item.email.body != "drop"]

    def _one(self, item: Item) -> Judgment:
        if item.email.body == "decline":
            return Judgment(id=item.id, judge=self.name, verdict=None, error="endpoint said 500")
        reward = float("nan") if item.email.body == "nan" else 0.5
        return Judgment(id=item.id, judge=self.name, verdict="PASS", action="send", reward=reward, signature="s")


def source_with(tmp_path: Path, *bodies: str) -> Path:
    path = tmp_path / "in.jsonl"
    rows = ["{broken" if b == "broken" else json.dumps({"id": f"r{i}", "email": b, "context": {}})
            for i, b in enumerate(bodies)]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_good_row_gets_one_object_in_order(tmp_path: Path) -> None:
    source, target = source_with(tmp_path, "a", "b", "c"), tmp_path / "out.jsonl"
    report = score_file(source, target, ConstantJudge("FAIL", load_playbook()), batch_size=2)
    assert report == ScoreReport(rows=3, scored=3, bad=0, errors_path=None)
    assert [row["id"] for row in objects(target)] == ["r0", "r1", "r2"]
    assert all(tuple(row) == KEYS and row["verdict"] == "FAIL" for row in objects(target))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_bad_rows_go_to_a_file_of_their_own(tmp_path: Path) -> None:
    source, target = source_with(tmp_path, "a", "broken", "c"), tmp_path / "out.jsonl"
    report = score_file(source, target, StubJudge())
    assert (report.rows, report.scored, report.bad) == (3, 2, 1)
    assert report.errors_path == tmp_path / "out.jsonl.errors.jsonl"
    (entry,) = objects(report.errors_path)
    assert list(entry) == ["file", "line", "id", "field", "found", "reason"]
    assert (entry["file"], entry["line"], entry["id"]) == (str(source), 2, "line-2")


def test_one_row_that_breaks_the_judge_never_ends_its_batch(tmp_path: Path) -> None:
    judge = StubJudge()
    report = score_file(source_with(tmp_path, "a", "raise", "c"), tmp_path / "out.jsonl", judge)
    assert (report.rows, report.scored, report.bad) == (3, 2, 1)
    assert judge.sizes == [3, 1, 1, 1]
    assert [row["id"] for row in objects(tmp_path / "out.jsonl")] == ["r0", "r2"]
    assert report.errors_path is not None
    (entry,) = objects(report.errors_path)
    assert (entry["id"], entry["field"]) == ("r1", "judge")
    assert r"RuntimeError: no \x1b[2J luck" in entry["reason"]


@pytest.mark.parametrize(("body", "reason"), [("nan", "reward of r1 is nan"), ("drop", "0 judgments for 1 items")])
def test_an_answer_that_is_no_judgment_is_an_error_of_that_row(tmp_path: Path, body: str, reason: str) -> None:
    report = score_file(source_with(tmp_path, "a", body), tmp_path / "out.jsonl", StubJudge())
    assert (report.scored, report.bad) == (1, 1)
    assert report.errors_path is not None and reason in objects(report.errors_path)[0]["reason"]


def test_a_judgment_without_a_verdict_stands_in_both_files(tmp_path: Path) -> None:
    report = score_file(source_with(tmp_path, "a", "decline"), tmp_path / "out.jsonl", StubJudge())
    assert (report.rows, report.scored, report.bad) == (2, 1, 1)
    assert [row["error"] for row in objects(tmp_path / "out.jsonl")] == [None, "endpoint said 500"]
    assert report.errors_path is not None and "endpoint said 500" in objects(report.errors_path)[0]["reason"]


def test_a_clean_run_removes_the_errors_of_the_one_before(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    score_file(source_with(tmp_path, "broken"), target, StubJudge())
    assert (tmp_path / "out.jsonl.errors.jsonl").exists()
    assert score_file(source_with(tmp_path, "a"), target, StubJudge()).errors_path is None
    assert not (tmp_path / "out.jsonl.errors.jsonl").exists()


def test_limit_and_progress_count_rows(tmp_path: Path) -> None:
    told: list[object] = []

    def progress_for(total: int, before: int) -> Progress:
        told.append((total, before))
        return told.append

    source = source_with(tmp_path, "a", "broken", "c", "d", "e")
    report = score_file(source, tmp_path / "out.jsonl", StubJudge(), limit=4, batch_size=3, progress_for=progress_for)
    assert (report.rows, told) == (4, [(4, 0), 3, 1])


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").touch()
    judge = StubJudge()
    assert score_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", judge) == ScoreReport(0, 0, 0, None)
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert judge.sizes == []


def test_an_interrupted_run_leaves_the_old_result(tmp_path: Path) -> None:
    class Interrupted(StubJudge):
        def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
            raise KeyboardInterrupt

    target = tmp_path / "out.jsonl"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        score_file(source_with(tmp_path, "broken", "a"), target, Interrupted())
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl", "out.jsonl.partial"]


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    source = source_with(tmp_path, "a")
    with pytest.raises(ValueError, match="overwrite"):
        score_file(source, source, StubJudge())
    other = source.rename(tmp_path / "out.csv.partial")
    with pytest.raises(ValueError, match="overwrite"):
        score_file(other, tmp_path / "out.csv", StubJudge())


def test_what_could_only_fail_at_the_end_is_refused_at_the_start(tmp_path: Path) -> None:
    source, judge, table = source_with(tmp_path, "a"), StubJudge(), tmp_path / "rows.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="no such folder"):
        score_file(source, tmp_path / "none" / "out.csv", judge)
    with pytest.raises(IsADirectoryError):
        score_file(source, tmp_path, judge)
    with pytest.raises(ValueError, match="no regular file"):
        score_file("/dev/null", tmp_path / "out.csv", judge)
    with pytest.raises(FileNotFoundError):
        score_file(tmp_path / "none.csv", tmp_path / "out.csv", judge)
    with pytest.raises(ValueError, match="no column"):
        score_file(table, tmp_path / "out.csv", judge)
    assert judge.sizes == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "rows.csv"]


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"limit": -1}])
def test_senseless_sizes_are_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="give at least"):
        score_file(source_with(tmp_path, "a"), tmp_path / "out.jsonl", StubJudge(), **wrong)  # type: ignore[arg-type]
