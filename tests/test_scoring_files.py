"""Files appear whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tenacious_bench.files import atomic_writer, write_json, write_jsonl


def test_an_error_leaves_the_old_content_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError), atomic_writer(path) as handle:
        handle.write("new")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_content_stands_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with atomic_writer(path) as handle:
        handle.write("new\n")
        handle.flush()
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_bytes() == b"new\n"


def test_permissions_follow_the_old_file_or_the_umask(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    os.chmod(old, 0o640)
    for path in (old, new):
        with atomic_writer(path):
            pass
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write_json(link, 1)
    assert link.is_symlink() and target.read_text(encoding="utf-8") == "1\n"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="give a file name"):
        write_json(tmp_path, {})


def test_json_ends_with_a_line_break_and_sorts_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"b": "é", "a": 1}, sort_keys=True)
    assert path.read_text(encoding="utf-8") == '{\n  "a": 1,\n  "b": "é"\n}\n'


def test_nan_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_jsonl(tmp_path / "b.jsonl", [{}, {"x": float("inf")}])
    assert list(tmp_path.iterdir()) == []


def test_jsonl_is_one_object_a_line_even_with_odd_text(tmp_path: Path) -> None:
    rows = [{"t": "a\nb\u2028c"}, {"t": "\ud800"}, {}]
    assert write_jsonl(tmp_path / "a.jsonl", iter(rows)) == 3
    raw = (tmp_path / "a.jsonl").read_bytes()
    assert [json.loads(line) for line in raw.split(b"\n")[:-1]] == rows
