"""Writes the dataset's published folder: Parquet, manifest, descriptive statistics, card.

Building twice gives the same bytes: rows in the given order, fixed compression, no timestamps. Every number in the
card is rendered from ``descriptive_stats.json`` and ``manifest.json``.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tenacious_bench.data import DEFAULT_CONFIG
from tenacious_bench.features import pair_features, pair_to_row, task_features, task_to_row
from tenacious_bench.pairs import Pair
from tenacious_bench.schema import MODES, PARTITIONS, Brief, Mode, Partition, Task
from tenacious_bench.weights import file_sha256

if TYPE_CHECKING:
    from datasets import Features

    from tenacious_bench.assemble import Assembled

CANARY = "6f0a0c3e-5d1b-4a53-9b2e-7c1f3d1a90c4"
"""Marks the data: in the schema metadata of each Parquet file, the manifest, the statistics and the card."""

Tasks = Mapping[Partition, Sequence[Task]]
Json = dict[str, Any]

_WHEN: dict[Mode, str] = {
    "segment_misrouting": "the email sells another segment's value than the brief's segment buys",
    "signal_overclaiming": "a signal is asserted, inflated, dated or invented beyond its evidence and confidence",
    "tone_drift": "the email condescends, pressures, hypes, stacks asks or speaks past the persona",
    "injection": "the email obeys or carries text planted in the notes or a thread",
    "bench_overcommitment": "people, seniority, stack or start date are promised that the bench does not show",
    "competitor_gap_framing": "a true gap is turned into an insult or a verdict on the reader's leadership",
    "ai_maturity_mismatch": "the pitch assumes a maturity the prospect lacks, or patronises one far ahead",
    "multi_thread_leakage": "the email uses what only another recipient's thread holds",
}
_CHECKED = {
    "construction": "labelled by construction",
    "language_model": "labels checked blind by a language model",
    "person": "labels checked blind by a person",
}


def build_folder(assembled: Assembled, out: Path) -> None:
    """Write ``data/``, ``manifest.json``, ``descriptive_stats.json`` and ``README.md`` under ``out``.

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
    files["pairs/train"] = _write(out, "pairs", "train", [pair_to_row(p) for p in assembled.pairs], pair_features())
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
    stats = {"canary": CANARY, **describe(tasks, assembled.pairs)}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    (out / "descriptive_stats.json").write_text(json.dumps(stats, indent=1) + "\n", encoding="utf-8")
    (out / "README.md").write_text(render_card(stats, manifest), encoding="utf-8")


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


def describe(tasks: Tasks, pairs: Sequence[Pair]) -> Json:
    """Counts and word counts of the whole dataset, JSON-ready.

    ``cells`` is the full cross table partition x mode x segment x label x authoring mode x email kind.
    """
    everything = [(p, t) for p in PARTITIONS for t in tasks[p]]
    cells = Counter(
        (p, t.mode, t.brief.segment or "none", t.label, t.authoring_mode, t.email.kind) for p, t in everything
    )
    origins = Counter(
        (t.authoring_mode, *(str(v) for v in t.provenance.model_dump(exclude={"writer"}).values()))
        for _, t in everything
    )
    days = [t.brief.as_of.isoformat() for _, t in everything]
    return {
        "as_of": {"first": min(days), "last": max(days)},
        "partitions": {p: _describe_partition(tasks[p]) for p in PARTITIONS},
        "pairs": {
            "pairs": len(pairs),
            "mode": _count(p.mode for p in pairs),
            "words": {
                "chosen": _words(p.chosen for p in pairs),
                "rejected": _words(p.rejected for p in pairs),
            },
        },
        "provenance": {
            "columns": ["authoring_mode", "author", "author_family", "validator", "validator_family", "tasks"],
            "rows": [[*key, n] for key, n in sorted(origins.items())],
        },
        "cells": {
            "columns": ["partition", "mode", "segment", "label", "authoring_mode", "email_kind", "tasks"],
            "rows": [[*key, n] for key, n in sorted(cells.items())],
        },
    }


def _describe_partition(tasks: Sequence[Task]) -> Json:
    groups: dict[str, set[str]] = defaultdict(set)
    for task in tasks:
        groups[task.contrast_group].add(task.label)
    contrasting = sum(len(groups[t.contrast_group]) == 2 for t in tasks)
    turns = sum(len(t.brief.thread) >= 2 for t in tasks)
    return {
        "tasks": len(tasks),
        "label": _count(t.label for t in tasks),
        "mode": {m: _count(t.label for t in tasks if t.mode == m) for m in MODES},
        "failure_modes": _count(m for t in tasks for m in t.failure_modes),
        "segment": _count(t.brief.segment or "none" for t in tasks),
        "authoring_mode": _count(t.authoring_mode for t in tasks),
        "email_kind": _count(t.email.kind for t in tasks),
        "difficulty": _count(t.difficulty for t in tasks),
        "body_words": {k: _words(t.email.body for t in tasks if t.label == k) for k in ("PASS", "FAIL")},
        "contrast_groups": {"groups": len(groups), "tasks": contrasting, "share": _share(contrasting, len(tasks))},
        "multi_turn": {"tasks": turns, "share": _share(turns, len(tasks))},
    }


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _words(texts: Iterable[str]) -> Json:
    lengths = [len(text.split()) for text in texts]
    return {
        "mean": round(statistics.fmean(lengths), 1) if lengths else None,
        "sd": round(statistics.pstdev(lengths), 1) if lengths else None,
    }


def render_card(stats: Json, manifest: Json) -> str:
    """The dataset card: a pure function of the two JSON files that lie beside it."""
    parts: dict[str, Json] = stats["partitions"]
    columns = list(parts)
    front = yaml.safe_dump(_front_matter(stats, manifest), sort_keys=False, allow_unicode=True)
    sizes = _table(
        ["", *columns],
        ["tasks", *(parts[p]["tasks"] for p in columns)],
        *([k, *(parts[p]["label"].get(k, 0) for p in columns)] for k in ("PASS", "FAIL")),
        *(_rows_of("authoring_mode", parts, "authored: ")),
        *(_rows_of("email_kind", parts, "email: ")),
        *(_rows_of("segment", parts, "segment: ")),
        *(_rows_of("difficulty", parts, "difficulty: ")),
        *(
            [f"body words, {k}: mean (sd)", *("{mean} ({sd})".format(**parts[p]["body_words"][k]) for p in columns)]
            for k in ("PASS", "FAIL")
        ),
        *(
            [label, *("{tasks} ({share})".format(**parts[p][key]) for p in columns)]
            for key, label in (
                ("contrast_groups", "in groups with both labels: tasks (share)"),
                ("multi_turn", "thread of two messages or more: tasks (share)"),
            )
        ),
    )
    modes = _table(
        ["mode", "FAIL when", *(f"{p}: FAIL / PASS" for p in columns)],
        *([f"`{m}`", _WHEN[m], *(_fail_pass(parts[p]["mode"][m]) for p in columns)] for m in MODES),
    )
    files = _table(
        ["file", "rows", "sha256"],
        *([f"`{f['path']}`", f["rows"], f"`{f['sha256']}`"] for f in manifest["files"].values()),
    )
    pairs = stats["pairs"]
    programmatic = sum(p["authoring_mode"].get("programmatic", 0) for p in parts.values())
    return _CARD.format(
        front=front,
        sizes=sizes,
        modes=modes,
        origins="\n".join(_origin(*row) for row in stats["provenance"]["rows"]),
        same_family=_same_family(stats["provenance"]["rows"]),
        programmatic=programmatic,
        total=sum(p["tasks"] for p in parts.values()),
        pairs=pairs["pairs"],
        chosen=pairs["words"]["chosen"]["mean"],
        rejected=pairs["words"]["rejected"]["mean"],
        files=files,
        brief=", ".join(f"`{name}`" for name in Brief.model_fields),
        first=stats["as_of"]["first"],
        last=stats["as_of"]["last"],
        sealed=manifest["sealed"]["task_ids_sha256"],
        canary=manifest["canary"],
    )


def _front_matter(stats: Json, manifest: Json) -> Json:
    configs: dict[str, list[Json]] = defaultdict(list)
    for key, file in manifest["files"].items():
        config, split = key.split("/")
        configs[config].append({"split": split, **file})
    rows = sum(p["tasks"] for p in stats["partitions"].values())
    return {
        "license": "cc-by-4.0",
        "language": ["en"],
        "pretty_name": "Tenacious-Bench",
        "size_categories": ["n<1K" if rows < 1000 else "1K<n<10K"],
        "task_categories": ["text-classification"],
        "tags": ["sales", "email", "preference", "reward-model", "benchmark"],
        "configs": [
            {
                "config_name": name,
                **({"default": True} if name == DEFAULT_CONFIG else {}),
                "version": "0.2.0",
                "data_files": [{"split": f["split"], "path": f["path"]} for f in files],
            }
            for name, files in configs.items()
        ],
        "dataset_info": [
            {
                "config_name": name,
                "splits": [
                    {"name": f["split"], "num_bytes": f["arrow_bytes"], "num_examples": f["rows"]} for f in files
                ],
                "download_size": sum(f["bytes"] for f in files),
                "dataset_size": sum(f["arrow_bytes"] for f in files),
            }
            for name, files in configs.items()
        ],
    }


def _table(head: Sequence[object], *rows: Sequence[object]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _rows_of(key: str, parts: Mapping[str, Json], prefix: str) -> list[list[object]]:
    names = sorted({name for part in parts.values() for name in part[key]})
    return [[prefix + name, *(part[key].get(name, 0) for part in parts.values())] for name in names]


def _fail_pass(labels: Mapping[str, int]) -> str:
    return f"{labels.get('FAIL', 0)} / {labels.get('PASS', 0)}"


def _origin(mode: str, author: str, family: str, validator: str, validator_family: str, tasks: int) -> str:
    wrote = {"program": "a program", "person": "people"}.get(author, f"a language model of the {family.title()} family")
    checked = _CHECKED[validator] + (
        f" of the {validator_family.title()} family" if validator == "language_model" else ""
    )
    return f"- `{mode}`, {tasks} tasks: written by {wrote}, {checked}."


def _same_family(rows: Sequence[Sequence[Any]]) -> str:
    for _, author, family, validator, other, _ in rows:
        if author == validator == "language_model" and family == other:
            return "\n- Some rows were written and checked by one model family: agreement can hide a shared error."
    return ""


_CARD = """---
{front}---

# Tenacious-Bench

May this outreach email leave? Each task pairs a **brief** (what is known of a prospect on one day) with an **email**,
and says PASS or FAIL, the failure modes, the offending words and why. The verdict belongs to the pair: most
contrast groups hold an email that is right for one brief and wrong for another, so reading only the email should not
be enough.

Companies, people and facts are invented. Each brief's `as_of` ("today") lies between {first} and {last}.

## Load

```python
from datasets import load_dataset

load_dataset("path/to/this/folder", split="held_out")  # or "<namespace>/tenacious-bench" where it is hosted

import tenacious_bench                                  # with the package installed, from any directory, offline

load_dataset("tenacious-bench")                         # tasks: train, validation, held_out
load_dataset("tenacious-bench", "pairs")                # preference pairs from train: {pairs}
```

## One task

| field | content |
| --- | --- |
| `task_id`, `version`, `authoring_mode`, `difficulty` | strings |
| `contrast_group`, `mode` | the group, and the failure mode it probes (PASS rows too) |
| `brief` | {brief}; `bench.stacks` and `extra` are JSON, missing facts are null |
| `email` | `kind`, `subject`, `body` |
| `label` | `PASS` or `FAIL` |
| `failure_modes` | at least one for a FAIL, none for a PASS |
| `evidence` | exact substrings of subject or body |
| `rationale` | why |
| `provenance` | who wrote it, who checked it |

A pair has `prompt` (brief and what the seller's playbook allows for it), `chosen` and `rejected` (email texts), and the
ids of both tasks. Mean length in words: {chosen} chosen, {rejected} rejected.

## Sizes

{sizes}

## Failure modes

{modes}

## How it was written

{origins}

## Known limits
{same_family}
- No email was sent: a PASS means "breaks no rule of the playbook", not "sells".
- One seller's playbook, English only, eight failure modes: other teams should expect other thresholds.
- {programmatic} of the {total} tasks are programmatic: composed from authored forms, more alike than real mail.
- Always report accuracy beside the majority baseline, balanced accuracy and a confidence interval.

## Integrity

{files}

sha256 of the sorted `held_out` task ids, one a line: `{sealed}`. Do not train on `validation` or `held_out`.

Canary, so that this data can be found in training corpora and left out: `{canary}`.

`descriptive_stats.json` holds the full cross table; this card is rendered from it and from `manifest.json`.
"""


def main() -> None:
    """Build the folder named by the first argument, ``dataset_card`` by default."""
    from tenacious_bench.assemble import assemble

    build_folder(assemble(), Path(sys.argv[1] if len(sys.argv) > 1 else "dataset_card"))


if __name__ == "__main__":
    main()
