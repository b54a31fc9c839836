"""Writes the dataset's published folder: Parquet, manifest, descriptive statistics, figure, card.

Building twice gives the same bytes: rows in the given order, fixed compression, no timestamps. Every number in the
card is rendered from the JSON files in the folder.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tenacious_bench.data import DEFAULT_CONFIG
from tenacious_bench.dataset_card import render_card
from tenacious_bench.describe import describe
from tenacious_bench.features import (
    pair_features,
    pair_to_row,
    task_features,
    task_to_row,
    trace_features,
    trace_to_row,
)
from tenacious_bench.figures import COMPOSITION, draw_composition
from tenacious_bench.schema import PARTITIONS
from tenacious_bench.weights import file_sha256

if TYPE_CHECKING:
    from datasets import Features

    from tenacious_bench.assemble import Assembled

CANARY = "6f0a0c3e-5d1b-4a53-9b2e-7c1f3d1a90c4"
"""Marks the data: in the schema metadata of each Parquet file, the manifest, the statistics and the card."""

Json = dict[str, Any]


def build_folder(assembled: Assembled, out: Path) -> None:
    """Write ``data/``, ``manifest.json``, ``descriptive_stats.json``, the figure and ``README.md`` under ``out``.

    Reports of audits that lie there (``contamination.json``, ``shortcuts.json``) stay and go into the card.

    Args:
        assembled: tasks by partition and pairs; their order is the published order.
        out: created if needed; Parquet files of earlier builds are removed.

    Raises:
        ValueError: an id occurs twice.
    """
    tasks = {p: assembled.tasks[p] for p in PARTITIONS}
    _ids_are_unique(t.task_id for p in PARTITIONS for t in tasks[p])
    _ids_are_unique(p.pair_id for p in assembled.pairs)
    for old in (out / "data").glob("*/*.parquet"):
        old.unlink()
    files = {
        f"{DEFAULT_CONFIG}/{p}": _write(out, DEFAULT_CONFIG, p, [task_to_row(t) for t in tasks[p]], task_features())
        for p in PARTITIONS
    }
    files |= {
        f"v0.1/{p}": _write(out, "v0.1", p, [task_to_row(t) for t in rows], task_features())
        for p, rows in assembled.tasks_v01.items()
    }
    for config, pairs in (("pairs", assembled.pairs), ("pairs-v0.1", assembled.pairs_v01)):
        if pairs:
            files[f"{config}/train"] = _write(out, config, "train", [pair_to_row(p) for p in pairs], pair_features())
    if assembled.traces:
        files["traces/train"] = _write(
            out, "traces", "train", [trace_to_row(t) for t in assembled.traces], trace_features()
        )
    sealed = sorted(t.task_id for t in tasks["held_out"])
    manifest = {
        "canary": CANARY,
        "files": files,
        "sealed": {
            "partition": "held_out",
            "tasks": len(sealed),
            "task_ids_sha256": hashlib.sha256("\n".join(sealed).encode()).hexdigest(),
            "file_sha256": files[f"{DEFAULT_CONFIG}/held_out"]["sha256"],
        },
    }
    stats = {"canary": CANARY, **describe(tasks, assembled.pairs, assembled.agreements)}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    (out / "descriptive_stats.json").write_text(json.dumps(stats, indent=1) + "\n", encoding="utf-8")
    draw_composition(stats, out / COMPOSITION)
    (out / "README.md").write_text(render_folder(out), encoding="utf-8")


def render_folder(folder: Path) -> str:
    """The card of a dataset folder, from the JSON files in it; reports of audits may be missing.

    Raises:
        FileNotFoundError: statistics or manifest are missing.
    """
    stats, manifest = (_read(folder / name) for name in ("descriptive_stats.json", "manifest.json"))
    audits = {
        n: _read(folder / f"{n}.json") for n in ("contamination", "shortcuts") if (folder / f"{n}.json").is_file()
    }
    return render_card(stats, manifest, **audits)


def _read(path: Path) -> Json:
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(out: Path, config: str, split: str, rows: list[Json], features: Features) -> Json:
    """Write one split; its manifest entry, where ``rows_sha256`` does not depend on the Parquet writer's version."""
    from datasets import Dataset

    table: pa.Table = Dataset.from_list(rows, features=features).data.table.combine_chunks()
    table = table.replace_schema_metadata({**table.schema.metadata, b"canary": CANARY.encode()})
    path = out / "data" / config / f"{split}-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    lines = "\n".join(json.dumps(row, sort_keys=True) for row in rows)
    return {
        "path": path.relative_to(out).as_posix(),
        "rows": len(rows),
        "bytes": path.stat().st_size,
        "arrow_bytes": table.nbytes,
        "sha256": file_sha256(path),
        "rows_sha256": hashlib.sha256(lines.encode()).hexdigest(),
    }


def _ids_are_unique(ids: Iterable[str]) -> None:
    if twice := [name for name, n in Counter(ids).items() if n > 1]:
        raise ValueError(f"id {twice[0]!r} occurs more than once: ids must be unique over the whole dataset")


def main() -> None:
    """Build the folder named by the first argument, ``dataset_card`` by default."""
    from tenacious_bench.assemble import assemble

    build_folder(assemble(), Path(sys.argv[1] if len(sys.argv) > 1 else "dataset_card"))


if __name__ == "__main__":
    main()
