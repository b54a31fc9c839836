"""The append-only record of what the models answered: a killed run goes on where it stopped and asks nothing twice."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from tenacious_bench.authoring.synthesis.chat import Message, Reply


class Entry(NamedTuple):
    """One answer: ``key`` names job and step, ``error`` says why the text cannot be used."""

    key: str
    asked: str
    """sha256 of model, messages and seed: an answer to another question is not taken for this one."""
    model: str
    text: str
    prompt_tokens: int
    completion_tokens: int
    error: str = ""


def question(model: str, messages: Sequence[Message], seed: int) -> str:
    """What identifies a question."""
    content = json.dumps([model, [dict(m) for m in messages], seed], ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


class Journal:
    """Entries by key, one JSON line each, flushed as they come; safe to share between threads.

    Args:
        path: created if needed. A last line that a kill cut short is dropped, any other broken line is an error.

    Raises:
        ValueError: a line within the file is not an entry.
        RuntimeError: another process is writing this journal.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.entries: dict[str, Entry] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file_lock = FileLock(path.with_suffix(".lock"))
        try:
            self._file_lock.acquire(timeout=0)
        except Timeout:
            raise RuntimeError(f"{path} is being written by another run: wait, or choose another folder") from None
        self._handle = path.open("ab")
        raw = path.read_bytes()
        end = raw.rfind(b"\n") + 1
        for number, line in enumerate(raw[:end].splitlines(), 1):
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not a journal entry ({error}): move the file away") from error
            self.entries[entry.key] = entry
        os.truncate(path, end)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        """Let another run have the file."""
        self._handle.close()
        self._file_lock.release()

    def find(self, key: str, asked: str) -> Entry | None:
        """The answer under ``key``, if there is one.

        Raises:
            ValueError: it answers another question: model, brief, playbook or seed have changed.
        """
        entry = self.entries.get(key)
        if entry is not None and entry.asked != asked:
            raise ValueError(f"{self._path}: {key} answers another question than this run asks: choose another folder")
        return entry

    def add(self, key: str, asked: str, model: str, reply: Reply, error: str = "") -> Entry:
        """Append an answer."""
        entry = Entry(key, asked, model, reply.text, reply.prompt_tokens, reply.completion_tokens, error)
        with self._lock:
            self._handle.write(json.dumps(entry._asdict(), ensure_ascii=True).encode() + b"\n")
            self._handle.flush()
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
