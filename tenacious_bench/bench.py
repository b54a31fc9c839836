"""The main job: judges side by side on one partition, each number with its interval and its baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tenacious_bench import __version__
from tenacious_bench.data import data_hash
from tenacious_bench.judges.base import Progress
from tenacious_bench.judges.cascade import combine
from tenacious_bench.judges.explanation import Pointing, pointing
from tenacious_bench.panel import (
    JudgeName,
    ModelOptions,
    build_judge,
    cascade_threshold,
    parts_of,
    strict_thresholds,
)
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Item, Judgment, Label, Partition, Task
from tenacious_bench.stats import (
    Comparison,
    PairSummary,
    Slice,
    StatsInputError,
    Summary,
    compare,
    slices,
    summarize,
    summarize_pairs,
)
from tenacious_bench.task_slices import WAYS, order_pairs, slice_keys

ProgressFor = Callable[[str, int], Progress]
"""Given a judge's name and the number of items, a callback for one progress bar."""

NAMED_COMPARISONS: tuple[tuple[str, JudgeName, JudgeName], ...] = (
    ("Delta A (reward vs rules)", "reward", "rules"),
    ("Delta B (rules vs prompt)", "rules", "prompt"),
)

SLICED: tuple[JudgeName, ...] = ("rules", "reward", "cascade")
"""Judges that are broken down by slice; the others know nothing that a slice could show."""


@dataclass(frozen=True)
class BenchRun:
    """Everything a run found, before it is written."""

    tasks: Sequence[Task]
    config: str
    partition: Partition
    judgments: dict[JudgeName, list[Judgment]]
    seconds: dict[JudgeName, float]
    summaries: dict[JudgeName, Summary]
    comparisons: dict[str, Comparison]
    by_mode: dict[JudgeName, list[Slice]]
    by_slice: dict[str, dict[JudgeName, list[Slice]]]
    """For each way of slicing, each judge of :data:`SLICED`."""
    ordering: dict[JudgeName, dict[str, PairSummary]]
    """For judges with rewards: how often the right task of a pair that shares one half gets the higher reward."""
    strict: dict[JudgeName, Summary]
    """The model judges at their strict operating point."""
    pointing: Pointing | None
    """How well the reward judge's lowest sentence points at the annotated evidence."""
    seed: int


def judge_all(
    names: Sequence[JudgeName],
    tasks: Sequence[Task],
    playbook: Playbook,
    options: ModelOptions,
    progress_for: ProgressFor,
    seed: int = 0,
) -> tuple[dict[JudgeName, list[Judgment]], dict[JudgeName, float]]:
    """Run judges over tasks; a cascade is combined from its parts instead of run again.

    Returns:
        Judgments per named judge in task order, and the wall seconds of each (loading left out).
    """
    items = [Item(id=t.task_id, brief=t.brief, email=t.email) for t in tasks]
    judgments: dict[JudgeName, list[Judgment]] = {}
    seconds: dict[JudgeName, float] = {}
    for name in parts_of(names):
        if name == "cascade":
            pairs = zip(judgments["rules"], judgments["reward"], strict=True)
            threshold = cascade_threshold(options)
            judgments[name] = [combine(a, b, playbook, threshold) for a, b in pairs]
            seconds[name] = seconds["rules"] + seconds["reward"]
            continue
        judge = build_judge(name, playbook, options, seed)
        started = time.perf_counter()
        judgments[name] = judge.judge(items, progress_for(name, len(items)))
        seconds[name] = time.perf_counter() - started
    return {name: judgments[name] for name in names}, {name: seconds[name] for name in names}


def run_bench(
    names: Sequence[JudgeName],
    tasks: Sequence[Task],
    *,
    config: str,
    partition: Partition,
    playbook: Playbook,
    options: ModelOptions,
    progress_for: ProgressFor,
    seed: int = 0,
) -> BenchRun:
    """Judge all tasks and compute every statistic, resampled by contrast group.

    Raises:
        StatsInputError: the tasks hold one label only (a ``--limit`` too small, for example).
    """
    _enough(tasks)
    judgments, seconds = judge_all(names, tasks, playbook, options, progress_for, seed)
    labels = [t.label for t in tasks]
    groups = [t.contrast_group for t in tasks]
    summaries: dict[JudgeName, Summary] = {}
    by_mode: dict[JudgeName, list[Slice]] = {}
    for name, found in judgments.items():
        verdicts = [j.verdict for j in found]
        scores = [j.reward for j in found]
        chances = [j.probability for j in found]
        summaries[name] = summarize(
            labels,
            verdicts,
            scores=scores if any(s is not None for s in scores) else None,
            probabilities=chances if any(c is not None for c in chances) else None,
            groups=groups,
            seed=seed,
        )
        by_mode[name] = slices(labels, verdicts, [t.mode for t in tasks], groups=groups, seed=seed)
    wanted = [(title, a, b) for title, a, b in NAMED_COMPARISONS if a in judgments and b in judgments]
    if "rules" in judgments:
        named = {(a, b) for _, a, b in wanted}
        wanted += [(f"{n} vs rules", n, "rules") for n in judgments if n != "rules" and (n, "rules") not in named]
    comparisons = {
        title: compare(
            labels, [j.verdict for j in judgments[a]], [j.verdict for j in judgments[b]], groups=groups, seed=seed
        )
        for title, a, b in wanted
    }
    by_slice = {
        way: {
            name: slices(labels, [j.verdict for j in judgments[name]], keys, groups=groups, seed=seed)
            for name in SLICED
            if name in judgments
        }
        for way, keys in slice_keys(tasks).items()
    }
    ordering = {name: _ordering(tasks, found, seed) for name, found in judgments.items()}
    return BenchRun(
        tasks,
        config,
        partition,
        judgments,
        seconds,
        summaries,
        comparisons,
        by_mode,
        by_slice,
        {name: found for name, found in ordering.items() if found},
        _strict(judgments, labels, groups, options, seed),
        pointing(tasks, [j.sentences for j in judgments["reward"]], groups, seed) if "reward" in judgments else None,
        seed,
    )


def _ordering(tasks: Sequence[Task], judgments: Sequence[Judgment], seed: int) -> dict[str, PairSummary]:
    """Empty for a judge without rewards, and for tasks without such pairs in two contrast groups."""
    found = {}
    for shared in ("email", "brief"):
        pairs = order_pairs(tasks, [j.reward for j in judgments], shared)
        if len({pair.group for pair in pairs}) > 1:
            found[f"same_{shared}"] = summarize_pairs(
                [p.right for p in pairs], [p.wrong for p in pairs], [p.group for p in pairs], seed=seed
            )
    return found


def _strict(
    judgments: dict[JudgeName, list[Judgment]],
    labels: Sequence[Label],
    groups: Sequence[str],
    options: ModelOptions,
    seed: int,
) -> dict[JudgeName, Summary]:
    """The same rewards under the thresholds that bound the share of bad emails sent."""
    named: list[JudgeName] = [name for name in ("reward", "cascade") if name in judgments]
    thresholds = strict_thresholds(options) if named else {}
    return {
        name: summarize(labels, [_verdict(j, thresholds[name]) for j in judgments[name]], groups=groups, seed=seed)
        for name in named
    }


def _verdict(judgment: Judgment, threshold: float) -> Label | None:
    """What a threshold makes of a judgment: where a rule fired it stays FAIL."""
    if judgment.failure_modes:
        return "FAIL"
    if judgment.reward is None:
        return None
    return "PASS" if judgment.reward > threshold else "FAIL"


def _enough(tasks: Sequence[Task]) -> None:
    """Refuse too few tasks before minutes are spent on them."""
    groups, labels = {t.contrast_group for t in tasks}, {t.label for t in tasks}
    if len(groups) < 2 or len(labels) < 2:
        raise StatsInputError(
            f"{len(tasks)} emails in {len(groups)} contrast groups with labels {sorted(labels)}: an interval needs two "
            "groups and both labels; pass a larger --limit, or none"
        )


def results(run: BenchRun) -> dict[str, Any]:
    """The run as JSON: what every table, report and card is rendered from."""
    return {
        "package_version": __version__,
        "dataset": {
            "config": run.config,
            "partition": run.partition,
            "n": len(run.tasks),
            "groups": len({t.contrast_group for t in run.tasks}),
            "sha256": data_hash(run.partition, run.config),
        },
        "seed": run.seed,
        "judges": {
            name: {
                **summary.to_dict(),
                "judge_signature": next((j.signature for j in run.judgments[name] if j.signature), name),
                "seconds": round(run.seconds[name], 3),
                "emails_per_second": round(len(run.tasks) / max(run.seconds[name], 1e-9), 2),
            }
            for name, summary in run.summaries.items()
        },
        "comparisons": {title: comparison.to_dict() for title, comparison in run.comparisons.items()},
        "by_mode": {name: [row.to_dict() for row in rows] for name, rows in run.by_mode.items()},
        "by_slice": {
            way: {
                "what": WAYS[way],
                "judges": {name: [row.to_dict() for row in rows] for name, rows in judges.items()},
            }
            for way, judges in run.by_slice.items()
        },
        "strict": {name: summary.to_dict() for name, summary in run.strict.items()},
        "pointing": run.pointing.to_dict() if run.pointing else None,
        "ordering": {
            name: {key: pairs.to_dict() for key, pairs in found.items()} for name, found in run.ordering.items()
        },
    }


def rows(run: BenchRun) -> list[dict[str, Any]]:
    """One row per task: its label and what each judge said."""
    return [
        {
            "task_id": task.task_id,
            "contrast_group": task.contrast_group,
            "mode": task.mode,
            "segment": task.brief.segment,
            "authoring_mode": task.authoring_mode,
            "label": task.label,
            "judges": {
                name: {
                    "verdict": found[i].verdict,
                    "reward": found[i].reward,
                    "probability": found[i].probability,
                    "failure_modes": list(found[i].failure_modes),
                    "error": found[i].error,
                }
                for name, found in run.judgments.items()
            },
        }
        for i, task in enumerate(run.tasks)
    ]
