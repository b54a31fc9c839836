"""Nothing in the repository points at one machine, and nothing loads code or pickles from elsewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Written in two parts, so that this file does not find itself.
EVERYWHERE = {
    "a path of one machine": r"(?<![\w.-])/(?:wo" + r"rk|ro" + r"ot|home/\w+)/",
    "a folder outside the repository": r"\.\./sha" + r"red\b",
    "unpickling": r"\bpickle\.lo" + r"ad",
    "remote code": r"trust_remote_code\s*=\s*Tr" + r"ue",
}
OUTSIDE_TESTS = {"a temporary path": r"(?<![\w.-])/tm" + r"p/"}


def text_files() -> dict[str, str]:
    """Tracked and new files that decode as UTF-8, by path."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("an unpacked source archive has no git index to list its files")
    found = {}
    for name in listed:
        try:
            found[name] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return found


def test_no_forbidden_text() -> None:
    problems = []
    for name, content in text_files().items():
        rules = EVERYWHERE if name.startswith("tests/") else {**EVERYWHERE, **OUTSIDE_TESTS}
        for what, pattern in rules.items():
            if hit := re.search(pattern, content):
                line = content.count("\n", 0, hit.start()) + 1
                problems.append(f"{name}:{line}: {what}: {hit.group()}")
    assert not problems, "\n".join(problems)
