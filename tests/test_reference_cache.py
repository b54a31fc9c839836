"""Reference scores on disk: found again for the same model and text, and never a reason to stop."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
import torch

from tenacious_bench.logprobs import Encoded
from tenacious_bench.reference_cache import ReferenceCache, weights_hash

ROWS = [Encoded((1, 2), (3, 4)), Encoded((1,), (2, 3, 4)), Encoded((1, 2, 3), (4,))]
SCORES = [torch.tensor([-0.1, -2.5]), torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([-0.125])]


def filled(path: Path) -> ReferenceCache:
    cache = ReferenceCache(path, "model")
    cache.put(ROWS, SCORES)
    return cache


def same(found, wanted) -> bool:
    pairs = zip(found, wanted, strict=True)
    return all(one is not None and torch.equal(one, other) for one, other in pairs)


def test_scores_come_back_exactly(tmp_path):
    assert same(filled(tmp_path / "c.sqlite").get(ROWS), SCORES)
    assert same(ReferenceCache(tmp_path / "c.sqlite", "model").get(ROWS[::-1]), SCORES[::-1])


def test_another_model_and_another_split_of_the_same_tokens_find_nothing(tmp_path):
    filled(tmp_path / "c.sqlite")
    assert ReferenceCache(tmp_path / "c.sqlite", "other").get(ROWS) == [None] * 3
    assert ReferenceCache(tmp_path / "c.sqlite", "model").get([Encoded((1,), (2, 3))]) == [None]


def test_a_damaged_entry_is_not_used_and_can_be_replaced(tmp_path):
    cache = filled(tmp_path / "c.sqlite")
    with sqlite3.connect(tmp_path / "c.sqlite") as database:
        ((key, value),) = database.execute("SELECT key, value FROM scores ORDER BY length(value) LIMIT 1").fetchall()
        database.execute("UPDATE scores SET value = ? WHERE key = ?", (value[:-1] + b"\x00", key))
    found = cache.get(ROWS)
    assert found[2] is None and same(found[:2], SCORES[:2])
    cache.put(ROWS[2:], SCORES[2:])
    assert same(cache.get(ROWS), SCORES)


def test_a_file_that_is_no_database_is_put_aside(tmp_path):
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    cache = ReferenceCache(path, "model")
    with pytest.warns(UserWarning, match="put aside as c.damaged"):
        assert cache.get(ROWS) == [None] * 3
    cache.put(ROWS, SCORES)
    assert same(cache.get(ROWS), SCORES)


def test_a_folder_that_cannot_be_written_only_warns(tmp_path):
    cache = ReferenceCache(tmp_path, "model")  # a folder where the file should be
    with pytest.warns(UserWarning, match="going on without the cache"):
        assert cache.get(ROWS) == [None] * 3
    cache.put(ROWS, SCORES)
    assert cache.get(ROWS) == [None] * 3


def test_two_processes_write_and_read_at_once(tmp_path):
    script = (
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from tenacious_bench.logprobs import Encoded\n"
        "from tenacious_bench.reference_cache import ReferenceCache\n"
        "cache = ReferenceCache(Path(sys.argv[1]), 'model')\n"
        "for i in range(40):\n"
        "    row, score = Encoded((i,), (1, 2)), torch.tensor([float(i), 0.0])\n"
        "    cache.put([row], [score])\n"
        "    found = cache.get([row])[0]\n"
        "    assert found is not None and torch.equal(found, score)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "c.sqlite")]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    rows = [Encoded((i,), (1, 2)) for i in range(40)]
    assert same(
        ReferenceCache(tmp_path / "c.sqlite", "model").get(rows), [torch.tensor([float(i), 0]) for i in range(40)]
    )


def test_the_hash_changes_with_any_weight_and_with_the_dtype():
    base = tiny.base(400)
    plain = weights_hash(base)
    assert weights_hash(tiny.base(400)) == plain
    with torch.no_grad():
        next(base.get_decoder().parameters())[0, 0] += 1
    assert weights_hash(base) != plain
    assert weights_hash(tiny.base(400).bfloat16()) != plain
