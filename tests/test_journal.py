"""A run that stops goes on where it stopped: same bytes, nothing judged twice, nobody else's work taken."""

from __future__ import annotations

import json
import random
import sqlite3
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tenacious_bench.judges.base import Progress
from tenacious_bench.schema import Item, Judgment
from tenacious_bench.scoring import ScoreReport, score_file
from tenacious_bench.scoring import run as scoring
from tenacious_bench.scoring.journal import Entry, Journal, open_journal


class Stopped(BaseException):
    """What a judge raises to end a run that nothing catches."""


class Counting:
    """PASS for everything; stops the run once it has judged ``stop_after`` items."""

    name = "counting"

    def __init__(self, stop_after: int = 10**9) -> None:
        self.left = stop_after
        self.judged: list[str] = []

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        if self.left < len(items):
            raise Stopped
        self.left -= len(items)
        self.judged += [item.id for item in items]
        return [Judgment(id=i.id, judge=self.name, verdict="PASS", notes=(i.email.body,)) for i in items]


def source_of(tmp_path: Path, rows: int, name: str = "in.jsonl") -> Path:
    """Rows of which every seventh is broken and every tenth has the id of the first."""
    path = tmp_path / name
    with path.open("w", encoding="utf-8") as handle:
        for i in range(rows):
            row = {"id": "r0" if i % 10 == 9 else f"r{i}", "email": f"Hello {i}", "context": {}}
            handle.write("{broken\n" if i % 7 == 6 else json.dumps(row) + "\n")
    return path


def results(target: Path) -> tuple[bytes, bytes]:
    return target.read_bytes(), target.with_name(f"{target.name}.errors.jsonl").read_bytes()


def stopped_run(source: Path, target: Path, after: int, **options: Any) -> None:
    with pytest.raises(Stopped):
        score_file(source, target, Counting(after), batch_size=8, **options)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    source, whole, parts = source_of(tmp_path, 100), tmp_path / f"whole{suffix}", tmp_path / f"parts{suffix}"
    all_of_it = Counting()
    plain = score_file(source, whole, all_of_it, batch_size=8)
    stopped_run(source, parts, after=20)
    stopped_run(source, parts, after=20)
    rest = Counting()
    report = score_file(source, parts, rest, batch_size=8)
    assert results(parts) == results(whole)
    assert (report.rows, report.scored, report.bad) == (plain.rows, plain.scored, plain.bad) == (100, 77, 23)
    assert 40 < report.resumed < 60 and report.resumed % 8 == 0
    assert rest.judged == all_of_it.judged[-len(rest.judged) :] and len(rest.judged) < 60
    assert not list(tmp_path.glob("*.partial*"))


def test_progress_starts_with_the_rows_that_are_done(tmp_path: Path) -> None:
    source, target = source_of(tmp_path, 50), tmp_path / "out.jsonl"
    stopped_run(source, target, after=20)
    told: list[Any] = []

    def progress_for(total: int, before: int) -> Progress:
        told.append((total, before))
        return told.append

    report = score_file(source, target, Counting(), batch_size=8, progress_for=progress_for)
    assert told[0] == (50, report.resumed) and report.resumed > 0
    assert sum(told[1:]) == 50 - report.resumed


def test_a_limit_counts_the_rows_that_are_done(tmp_path: Path) -> None:
    source, target = source_of(tmp_path, 100), tmp_path / "out.jsonl"
    stopped_run(source, target, after=20, limit=40)
    report = score_file(source, target, Counting(), batch_size=8, limit=40)
    assert report.rows == 40 and report.resumed > 0


@pytest.mark.parametrize("break_at", ["write_judgments", "_write_errors", "remove"])
def test_a_run_that_dies_while_it_writes_its_files_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, break_at: str
) -> None:
    source, whole, parts = source_of(tmp_path, 30), tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    score_file(source, whole, Counting())

    def dies(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(Journal if break_at == "remove" else scoring, break_at, dies)
        with pytest.raises(Stopped):
            score_file(source, parts, Counting())
    unused = Counting()
    assert score_file(source, parts, unused).resumed == 30
    assert unused.judged == [] and results(parts) == results(whole)
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"batch_size": 16}, "batch size was '8', is '16'"),
        ({"limit": 5}, "limit was 'None', is '5'"),
        ({"run_key": "float32"}, "settings was '', is 'float32'"),
        ({"columns": {"email": "email"}}, "columns was"),
    ],
)
def test_work_of_another_run_is_refused_with_what_differs(tmp_path: Path, changed: dict[str, Any], name: str) -> None:
    source, target = source_of(tmp_path, 50), tmp_path / "out.jsonl"
    stopped_run(source, target, after=20)
    options = {"batch_size": 8} | changed
    with pytest.raises(ValueError, match=rf"24 rows of an unfinished run.*{name}.*--restart"):
        score_file(source, target, Counting(), **options)
    assert score_file(source, target, Counting(), restart=True, **options).resumed == 0


def test_work_on_another_source_is_refused(tmp_path: Path) -> None:
    source, target = source_of(tmp_path, 50), tmp_path / "out.jsonl"
    stopped_run(source, target, after=20)
    source.write_text(source.read_text(encoding="utf-8").replace("Hello 3", "Hallo 3"), encoding="utf-8")
    with pytest.raises(ValueError, match="source sha256 was"):
        score_file(source, target, Counting(), batch_size=8)


def test_a_damaged_journal_is_thrown_away_with_a_note_wherever_the_damage_is(tmp_path: Path) -> None:
    source, whole, target = source_of(tmp_path, 60), tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    score_file(source, whole, Counting(), batch_size=8)
    stopped_run(source, target, after=40)
    journal = tmp_path / "out.jsonl.partial"
    content, chance = journal.read_bytes(), random.Random(0)
    half = [content[: len(content) - 2048], content[:2048], content[:50], b"not a database", b"\0" * 5000]
    for _ in range(25):
        start = chance.randrange(len(content))
        half.append(content[:start] + chance.randbytes(600) + content[start + 600 :])
    noted = 0
    for damaged in half:
        journal.write_bytes(damaged)
        report = score_file(source, target, Counting(), batch_size=8)
        assert results(target) == results(whole)
        assert (report.note is None) == (report.resumed > 0)
        noted += report.note is not None and str(journal) in report.note
    assert noted >= 20


def test_an_empty_journal_of_a_run_killed_at_once_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl.partial").touch()
    report = score_file(source_of(tmp_path, 3), tmp_path / "out.jsonl", Counting())
    assert report == ScoreReport(3, 3, 0, None)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl.partial"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE customers (id)")
    other.close()
    before = path.read_bytes()
    for restart in (False, True):
        with pytest.raises(ValueError, match="move it away"):
            score_file(source_of(tmp_path, 3), tmp_path / "out.jsonl", Counting(), restart=restart)
    assert path.read_bytes() == before


@pytest.mark.parametrize("restart", [False, True])
def test_a_second_run_on_one_target_is_refused_while_the_first_is_alive(tmp_path: Path, restart: bool) -> None:
    source, target = source_of(tmp_path, 20), tmp_path / "out.jsonl"

    class Second(Counting):
        def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
            with pytest.raises(RuntimeError, match="in use by another run"):
                score_file(source, target, Counting(), restart=restart)
            return super().judge(items)

    assert score_file(source, target, Second()).rows == 20


def test_a_journal_that_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl.partial").mkdir()
    with pytest.raises(OSError, match=r"out\.jsonl\.partial: unable to open database file: check its folder"):
        score_file(source_of(tmp_path, 3), tmp_path / "out.jsonl", Counting())


def test_ids_are_remembered_across_batches_and_runs_and_only_where_a_row_claims_them(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with open_journal(path, {}) as journal:
        assert journal.is_new("a") and not journal.is_new("a")
        journal.add([Entry("a", b"1", None), Entry("a", None, b"2"), Entry("line-3", None, b"3")])
    with open_journal(path, {}) as journal:
        assert journal.resumed == 3 and journal.counts() == (3, 2)
        assert not journal.is_new("a") and journal.is_new("line-3")
        assert (list(journal.records()), list(journal.errors())) == ([b"1"], [b"2", b"3"])


def test_rows_without_a_batch_are_not_kept(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j", {}) as journal:
        assert journal.is_new("a")
    with open_journal(tmp_path / "j", {}) as journal:
        assert journal.resumed == 0 and journal.is_new("a")


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    class Bounded(Counting):
        def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
            judgments = super().judge(items)
            self.judged.clear()
            return judgments

    def peak(rows: int, suffix: str) -> int:
        source = tmp_path / f"{rows}.jsonl"
        with source.open("w", encoding="utf-8") as handle:
            for i in range(rows):
                row = {"id": f"row-{i}-{'x' * 100}", "email": f"Hello {i} " * 100, "context": {}}
                handle.write(json.dumps(row) + "\n")
        tracemalloc.start()
        try:
            score_file(source, tmp_path / f"out-{rows}{suffix}", Bounded(), batch_size=16)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(64, ".jsonl")  # imports and caches are paid for
    for suffix in (".jsonl", ".csv"):
        # 500 rows are 0.6 MB of source: any list of them would show
        assert peak(700, suffix) < peak(200, suffix) + 150_000
