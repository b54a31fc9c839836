"""The two audits that need minutes: their reports lie beside the data and say which rows they are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tenacious_bench.contamination import contamination_report, load_encoder
from tenacious_bench.data import data_hash, dataset_folder, load_pairs, load_tasks
from tenacious_bench.files import atomic_writer, write_json
from tenacious_bench.publish import CANARY, render_folder
from tenacious_bench.schema import PARTITIONS
from tenacious_bench.shortcuts import Shortcut, audit, pair_audit


def write_contamination(folder: Path | None = None) -> None:
    """Embed all emails and write ``contamination.json`` into the dataset folder.

    Raises:
        ImportError, WeightsError: the sentence encoder cannot be had.
    """
    tasks = {p: load_tasks(p, folder=folder) for p in PARTITIONS}
    files = {p: data_hash(p, folder=folder) for p in PARTITIONS}
    _write(folder, "contamination.json", contamination_report(tasks, load_encoder(), files))


def write_shortcuts(folder: Path | None = None) -> list[Shortcut]:
    """Run the shortcut audit, with embeddings, and write ``shortcuts.json`` into the dataset folder."""
    found = audit(load_tasks("train", folder=folder), load_tasks("held_out", folder=folder), load_encoder())
    found.append(pair_audit(load_pairs(folder=folder)))
    files = {p: data_hash(p, folder=folder) for p in ("train", "held_out")}
    report = {"file_sha256": files, "shortcuts": [{**row._asdict(), "ok": row.ok} for row in found]}
    _write(folder, "shortcuts.json", report)
    return found


def _write(folder: Path | None, name: str, report: dict[str, Any]) -> None:
    """The report with the canary, and the card that shows it."""
    root = folder or dataset_folder()
    write_json(root / name, {"canary": CANARY, **report})
    with atomic_writer(root / "README.md") as handle:
        handle.write(render_folder(root))


def shortcut_table(rows: Sequence[Shortcut]) -> str:
    """The audit as aligned text: never an accuracy without baseline, balanced accuracy and interval."""
    width = max(len(r.name) for r in rows)
    lines = [f"{'shortcut':{width}}  balanced accuracy [95% CI]  limit  accuracy  majority baseline"]
    for r in rows:
        limit = "     " if r.limit is None else f"{r.limit:.2f} "
        mark = "" if r.ok else "  over the limit"
        lines.append(
            f"{r.name:{width}}  {r.balanced_accuracy:.3f} [{r.low:.3f}, {r.high:.3f}]       {limit}  "
            f"{r.accuracy:.3f}     {r.majority_baseline:.3f}{mark}"
        )
    return "\n".join(lines)
