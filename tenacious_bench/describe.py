"""Descriptive statistics of the dataset, committed beside it and the source of every number in its card."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tenacious_bench.authoring.agreement import Agreement
from tenacious_bench.pairs import Pair
from tenacious_bench.schema import MODES, PARTITIONS, Partition, Task

Tasks = Mapping[Partition, Sequence[Task]]
Json = dict[str, Any]


def describe(tasks: Tasks, pairs: Sequence[Pair], agreements: Mapping[str, Agreement]) -> Json:
    """Counts and word counts of the whole dataset, JSON-ready.

    ``cells`` is the full cross table partition x mode x segment x label x authoring mode x email kind.
    """
    everything = [(p, t) for p in PARTITIONS for t in tasks[p]]
    cells = Counter(
        (p, t.mode, t.brief.segment or "none", t.label, t.authoring_mode, t.email.kind) for p, t in everything
    )
    origins = Counter(
        (t.authoring_mode, *(str(v) for v in t.provenance.model_dump(exclude={"writer", "trace_id"}).values()))
        for _, t in everything
    )
    days = [t.brief.as_of.isoformat() for _, t in everything]
    return {
        "as_of": {"first": min(days), "last": max(days)},
        "partitions": {p: _describe_partition(tasks[p]) for p in PARTITIONS},
        "pairs": {
            "pairs": len(pairs),
            "mode": _count(p.mode for p in pairs),
            "difficulty": _count(p.difficulty for p in pairs),
            "swapped": _swapped(pairs),
            "words": {
                "chosen": _words(p.chosen for p in pairs),
                "rejected": _words(p.rejected for p in pairs),
            },
        },
        "provenance": {
            "columns": ["authoring_mode", "author", "author_family", "validator", "validator_family", "tasks"],
            "rows": [[*key, n] for key, n in sorted(origins.items())],
        },
        "blind_validation": {
            name: {
                key: round(value, 3) if isinstance(value, float) else value for key, value in found._asdict().items()
            }
            for name, found in agreements.items()
        },
        "cells": {
            "columns": ["partition", "mode", "segment", "label", "authoring_mode", "email_kind", "tasks"],
            "rows": [[*key, n] for key, n in sorted(cells.items())],
        },
    }


def _swapped(pairs: Sequence[Pair]) -> float | None:
    """Share of pairs whose chosen email is rejected under another brief of its contrast group."""
    rejected = {(p.contrast_group, p.rejected) for p in pairs}
    return _share(sum((p.contrast_group, p.chosen) in rejected for p in pairs), len(pairs))


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
