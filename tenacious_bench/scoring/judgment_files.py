"""The three forms of a file of judgments: one JSON object a line, a flat CSV for spreadsheets, Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from tenacious_bench.files import atomic_writer
from tenacious_bench.foreign.values import plain
from tenacious_bench.safe_text import csv_cell, terminal

CSV_COLUMNS = (
    "id", "verdict", "action", "reward", "probability", "threshold", "failure_modes", "decided_by", "quotes",
    "lowest_sentence", "lowest_reward", "notes", "error", "signature",
)  # fmt: skip
_PLACE = [("field", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("text", pa.string())]
PARQUET_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("verdict", pa.string()),
        ("action", pa.string()),
        ("reward", pa.float64()),
        ("probability", pa.float64()),
        ("threshold", pa.float64()),
        ("failure_modes", pa.list_(pa.string())),
        ("decided_by", pa.string()),
        ("quotes", pa.list_(pa.struct([*_PLACE, ("mode", pa.string()), ("reason", pa.string())]))),
        ("sentences", pa.list_(pa.struct([*_PLACE, ("reward", pa.float64())]))),
        ("notes", pa.list_(pa.string())),
        ("signature", pa.string()),
        ("error", pa.string()),
    ]
)
_GROUP = 1024
"""Rows in a row group, all that is held at once."""


def write_judgments(target: Path, lines: Iterable[bytes]) -> None:
    """Write judgments, atomically, in the form that the suffix names: ``.csv``, ``.parquet``, else JSONL.

    Args:
        target: where to; an existing file is replaced.
        lines: judgments, each one line of JSON with its line break.

    Raises:
        OSError: the file cannot be written.
    """
    with atomic_writer(target) as handle:
        if target.suffix.lower() == ".csv":
            _write_csv(handle, lines)
        elif target.suffix.lower() == ".parquet":
            _write_parquet(handle, lines)
        else:
            handle.writelines(line.decode("utf-8") for line in lines)


def _write_csv(handle: TextIO, lines: Iterable[bytes]) -> None:
    writer = csv.writer(handle, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for line in lines:
        flat = _flat(json.loads(line))
        writer.writerow([_cell(flat[name]) for name in CSV_COLUMNS])


def _flat(judgment: dict[str, Any]) -> dict[str, Any]:
    lowest = min(judgment["sentences"], key=lambda s: s["reward"], default={"text": None, "reward": None})
    return {
        **judgment,
        "failure_modes": "; ".join(judgment["failure_modes"]),
        "quotes": " | ".join(quote["text"] for quote in judgment["quotes"]),
        "lowest_sentence": lowest["text"],
        "lowest_reward": lowest["reward"],
        "notes": " | ".join(judgment["notes"]),
    }


def _cell(value: Any) -> Any:
    """Text that no spreadsheet runs and every reader sees; numbers as they are."""
    return csv_cell(terminal(value)) if isinstance(value, str) else value


def _write_parquet(handle: TextIO, lines: Iterable[bytes]) -> None:
    handle.flush()
    with pq.ParquetWriter(handle.buffer, PARQUET_SCHEMA) as writer:
        judgments = (plain(json.loads(line)) for line in lines)
        while group := list(islice(judgments, _GROUP)):
            writer.write_table(pa.Table.from_pylist(group, PARQUET_SCHEMA))
