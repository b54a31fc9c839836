"""The command line, killed without warning: started again it ends with the bytes of a run that nobody touched."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tenacious_bench.data import load_tasks

COMMAND = [sys.executable, "-c", "from tenacious_bench.cli import main; main()", "score"]


def start(source: Path, target: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, str(source), str(target), "--judge", "rules", "--batch-size", "1", "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def kill_at_some_moment(run: subprocess.Popen[str], journal: Path, chance: random.Random) -> None:
    """Wait until the journal grows, and a little longer."""
    before = size(journal)
    while run.poll() is None and size(journal) <= max(before, 30_000):
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.05))
    run.send_signal(signal.SIGKILL)
    run.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_five_kills_change_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    with source.open("w", encoding="utf-8") as handle:
        for task in load_tasks("validation")[:200]:
            row = {"id": task.task_id, "brief": task.brief.to_json_dict(), "email": task.email.to_json_dict()}
            handle.write(json.dumps(row) + "\n" + "{broken\n" * task.task_id.endswith("7"))
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    uninterrupted, _ = start(source, whole).communicate()
    chance = random.Random(7)
    for _ in range(5):
        kill_at_some_moment(start(source, parts), tmp_path / "parts.jsonl.partial", chance)
        assert not parts.exists()
    last = start(source, parts)
    printed, errors = last.communicate()
    assert last.returncode == 1, errors
    counts, expected = json.loads(printed), json.loads(uninterrupted)
    assert counts.pop("resumed") > 0 and expected.pop("resumed") == 0
    assert [counts[k] for k in ("rows", "scored", "bad")] == [expected[k] for k in ("rows", "scored", "bad")]
    assert parts.read_bytes() == whole.read_bytes()
    sidecar, other = (path.with_name(f"{path.name}.errors.jsonl") for path in (parts, whole))
    assert sidecar.read_bytes() == other.read_bytes()
    assert not list(tmp_path.glob("*.partial*")) and not list(tmp_path.glob(".tmp-*"))
