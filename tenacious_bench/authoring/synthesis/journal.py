"""The append-only record of what the models answered: a killed run goes on where it stopped and asks nothing twice."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, NamedTuple

from tenacious_bench.authoring.synthesis.chat import Reply


class Entry(NamedTuple):
    """One answer: ``key`` names job and step, ``error`` says why the text cannot be used."""

    key: str
    model: str
    text: str
    prompt_tokens: int
    completion_tokens: int
    error: str = ""


class Journal:
    """Entries by key, one JSON line each, flushed as they come; safe to share between threads.

    Args:
        path: created if needed. A last line that a kill cut short is dropped, any other broken line is an error.

    Raises:
        ValueError: a line within the file is not an entry.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.entries: dict[str, Entry] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = path.read_bytes() if path.is_file() else b""
        whole, _, _ = raw.rpartition(b"\n")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not a journal entry ({error}): move the file away") from error
            self.entries[entry.key] = entry
        if len(raw) > len(whole) + 1 or (raw and not whole):
            path.write_bytes(whole + b"\n" if whole else b"")

    def add(self, key: str, model: str, reply: Reply, error: str = "") -> Entry:
        """Append an answer."""
        entry = Entry(key, model, reply.text, reply.prompt_tokens, reply.completion_tokens, error)
        with self._lock, self._path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(entry._asdict(), ensure_ascii=True) + "\n")
            handle.flush()
            self.entries[key] = entry
        return entry

    def tokens(self) -> dict[str, Any]:
        """Requests and tokens per model."""
        found: dict[str, dict[str, int]] = {}
        for entry in self.entries.values():
            sums = found.setdefault(
                entry.model, {"answers": 0, "unusable": 0, "prompt_tokens": 0, "completion_tokens": 0}
            )
            sums["answers"] += 1
            sums["unusable"] += bool(entry.error)
            sums["prompt_tokens"] += entry.prompt_tokens
            sums["completion_tokens"] += entry.completion_tokens
        return found
