"""Reference log-probabilities on disk: they depend on the base weights and the text alone, not on the adapter.

One SQLite file that any number of processes may read and write at once. An entry that does not match its checksum is
computed again; a file that is no database any more is put aside. A cache that cannot be used never stops a run.
"""

from __future__ import annotations

import hashlib
import sqlite3
import warnings
from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from tenacious_bench.logprobs import Encoded
from tenacious_bench.weights import cache_root

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_FORMAT = "2"  # raise it when the way of scoring changes, so that old entries are not found
_BUSY_SECONDS = 60.0
_QUERY_KEYS = 500


def weights_hash(model: PreTrainedModel) -> str:
    """Hex sha256 over names, dtypes, shapes and bytes of a model's parameters."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.named_parameters()):
        data = tensor.detach().cpu().contiguous()
        digest.update(f"{name}|{data.dtype}|{tuple(data.shape)}|".encode())
        digest.update(data.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def default_path() -> Path:
    """The database in the package's cache folder."""
    return cache_root() / "references.sqlite"


class ReferenceCache:
    """Scores of completions under one base model.

    Args:
        path: the database, made when there is none; one serves any number of models.
        scope: what the scores depend on besides the tokens: weights hash, dtype and prompt template.
    """

    def __init__(self, path: Path, scope: str) -> None:
        self.path = path
        self._scope = f"{_FORMAT}|{scope}|".encode()
        self._usable = True

    def get(self, rows: Sequence[Encoded]) -> list[torch.Tensor | None]:
        """For each row its (completion,) float32 scores, or None where they are not known."""
        keys = [self._key(row) for row in rows]
        found: dict[bytes, bytes] = {}
        try:
            with closing(self._connect()) as database:
                for start in range(0, len(keys), _QUERY_KEYS):
                    part = keys[start : start + _QUERY_KEYS]
                    marks = ",".join("?" * len(part))
                    found |= database.execute(f"SELECT key, value FROM scores WHERE key IN ({marks})", part).fetchall()
        except sqlite3.Error as error:
            self._give_up(error)
        return [_unpack(key, found.get(key), len(row.completion)) for key, row in zip(keys, rows, strict=True)]

    def put(self, rows: Sequence[Encoded], scores: Sequence[torch.Tensor]) -> None:
        """Keep the scores of rows; an entry that is there already is replaced."""
        entries = [(key, _pack(key, value)) for row, value in zip(rows, scores, strict=True) if (key := self._key(row))]
        try:
            with closing(self._connect()) as database, database:
                database.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?)", entries)
        except sqlite3.Error as error:
            self._give_up(error)

    def _key(self, row: Encoded) -> bytes:
        digest = hashlib.sha256(self._scope)
        digest.update(len(row.prompt).to_bytes(8, "little"))
        digest.update(array("q", row.prompt + row.completion).tobytes())
        return digest.digest()

    def _connect(self) -> sqlite3.Connection:
        if not self._usable:
            return _empty(sqlite3.connect(":memory:"))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            return _empty(database)
        except sqlite3.Error:
            database.close()
            raise

    def _give_up(self, error: sqlite3.Error) -> None:
        """A file that is damaged is put aside for the next call; whatever else is wrong, this run goes on without."""
        if isinstance(error, sqlite3.OperationalError):
            self._usable = False
            warnings.warn(f"{self.path}: {error}: going on without the cache of reference scores", stacklevel=3)
            return
        aside = self.path.with_suffix(".damaged")
        warnings.warn(f"{self.path}: {error}: put aside as {aside.name}, starting a new one", stacklevel=3)
        try:
            self.path.replace(aside)
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        except OSError:
            self._usable = False


def _empty(database: sqlite3.Connection) -> sqlite3.Connection:
    database.execute("CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
    return database


def _checksum(key: bytes, data: bytes) -> bytes:
    return hashlib.blake2b(key + data, digest_size=8).digest()


def _pack(key: bytes, scores: torch.Tensor) -> bytes:
    data = array("f", scores.tolist()).tobytes()
    return _checksum(key, data) + data


def _unpack(key: bytes, value: bytes | None, length: int) -> torch.Tensor | None:
    """The scores of an entry, None when there is none or it is damaged."""
    if not isinstance(value, bytes) or len(value) != 8 + 4 * length or value[:8] != _checksum(key, value[8:]):
        return None
    return torch.frombuffer(bytearray(value[8:]), dtype=torch.float32)
