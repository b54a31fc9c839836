"""Scoring on Ray: two workers on this machine write what one process writes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenacious_bench.data import load_tasks
from tenacious_bench.panel import ModelOptions, build_judge
from tenacious_bench.playbook import load_playbook
from tenacious_bench.scoring import score_file
from tenacious_bench.scoring.ray_engine import RayEngine

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def two_workers():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield RayEngine("rules", partial(build_judge, "rules", load_playbook(), ModelOptions()), workers=2)
    ray.shutdown()


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Path:
    """Emails, a broken line, blank lines, a row without email, an id that comes back in its batch and one later."""
    objects = [
        {"id": t.task_id, "brief": t.brief.model_dump(mode="json"), "email": t.email.model_dump(mode="json")}
        for t in load_tasks("validation")[:40]
    ]
    lines = [json.dumps(row) for row in objects]
    lines[3:3] = ["", "{broken", lines[2]]
    lines[20:20] = ["   ", lines[0], json.dumps({"id": "x", "context": {}})]
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_two_workers_write_what_one_process_writes(two_workers, rows, tmp_path):
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    report = score_file(rows, here, build_judge("rules", load_playbook(), ModelOptions()), batch_size=7)
    assert report.bad == 4
    other = score_file(rows, there, two_workers, batch_size=7)
    assert (other.rows, other.scored, other.bad) == (report.rows, report.scored, report.bad)
    assert there.read_bytes() == here.read_bytes()
    errors = [path.with_name(f"{path.name}.errors.jsonl").read_bytes() for path in (here, there)]
    assert errors[0] == errors[1]


def test_parquet_and_a_limit_give_the_same_too(two_workers, rows, tmp_path):
    tasks = load_tasks("validation")[:40]
    columns = {
        "id": [t.task_id for t in tasks],
        "brief": [t.brief.model_dump_json() for t in tasks],
        "email": [t.email.body for t in tasks],
    }
    source = tmp_path / "rows.parquet"
    pq.write_table(pa.table(columns), source, row_group_size=9)
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    score_file(source, here, build_judge("rules", load_playbook(), ModelOptions()), batch_size=7, limit=25)
    score_file(source, there, two_workers, batch_size=7, limit=25)
    assert len(here.read_bytes().splitlines()) >= 20
    assert there.read_bytes() == here.read_bytes()


def test_csv_is_refused_with_what_to_do(two_workers, tmp_path):
    (tmp_path / "rows.csv").write_text("id,email,company\na,Hello,Ravel\n", encoding="utf-8")
    with pytest.raises(ValueError, match="reads Parquet and JSON lines: convert it"):
        score_file(tmp_path / "rows.csv", tmp_path / "out.jsonl", two_workers)
