"""The main job: judges side by side on one partition, each number with its interval and its baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tenacious_bench import __version__
from tenacious_bench.data import data_hash
from tenacious_bench.judges.base import Progress
from tenacious_bench.judges.cascade import combine, rules_only
from tenacious_bench.judges.naming import Naming, naming
from tenacious_bench.judges.pointing import Pointing, pointing
from tenacious_bench.panel import (
    JudgeName,
    ModelOptions,
    build_judge,
    calibration_of,
    parts_of,
)
from tenacious_bench.playbook import Playbook
from tenacious_bench.report.rows import row_of
from tenacious_bench.robustness.paraphrases import Robustness, load_paraphrases, paraphrased, robustness
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
    ("reward vs email_only", "reward", "email_only"),
    ("reward vs prompt", "reward", "prompt"),
    ("reward vs explicit", "reward", "explicit"),
)

MODEL_JUDGES: tuple[Literal["reward", "cascade"], ...] = ("reward", "cascade")
"""Judges with a strict operating point."""

SLICED: tuple[JudgeName, ...] = ("rules", "reward", "cascade")
"""Judges that are broken down by slice; the others know nothing that a slice could show."""


@dataclass(frozen=True)
class BenchRun:
    """Everything a run found, before it is written."""

    tasks: Sequence[Task]
    config: str
    partition: Partition
    judged: int
    """Emails that every judge was given: those of the tasks, and their paraphrases."""
    judgments: dict[JudgeName, list[Judgment]]
    seconds: dict[JudgeName, float]
    summaries: dict[JudgeName, Summary]
    comparisons: dict[str, Comparison]
    by_mode: dict[JudgeName, list[Slice]]
    fail_recall: dict[JudgeName, list[Slice]]
    """FAIL emails only, by failure mode: the accuracy of a slice is its FAIL recall."""
    by_slice: dict[str, dict[JudgeName, list[Slice]]]
    """For each way of slicing, each judge of :data:`SLICED`."""
    ordering: dict[JudgeName, dict[str, PairSummary]]
    """For judges with rewards: how often the right task of a pair that shares one half gets the higher reward."""
    strict: dict[JudgeName, Summary]
    """The model judges at their strict operating point."""
    pointing: Pointing | None
    """How well the reward judge's lowest sentence points at the annotated evidence."""
    naming: dict[JudgeName, Naming]
    """How often the judges that name failure modes name the right one."""
    robustness: dict[JudgeName, Robustness]
    """The same tasks with their emails in other words; empty where the tasks have no paraphrases."""
    seed: int


def judge_all(
    names: Sequence[JudgeName],
    tasks: Sequence[Task],
    playbook: Playbook,
    options: ModelOptions,
    progress_for: ProgressFor,
    seed: int = 0,
) -> tuple[dict[JudgeName, list[Judgment]], dict[JudgeName, float]]:
    """As :func:`judge_items`, for tasks; no judge sees a label."""
    items = [Item(id=t.task_id, brief=t.brief, email=t.email) for t in tasks]
    return judge_items(names, items, playbook, options, progress_for, seed)


def judge_items(
    names: Sequence[JudgeName],
    items: Sequence[Item],
    playbook: Playbook,
    options: ModelOptions,
    progress_for: ProgressFor,
    seed: int = 0,
) -> tuple[dict[JudgeName, list[Judgment]], dict[JudgeName, float]]:
    """Run judges over items; a cascade is combined from its parts instead of run again.

    Returns:
        Judgments per named judge in the order of the items, and the wall seconds of each (loading left out).
    """
    judgments: dict[JudgeName, list[Judgment]] = {}
    seconds: dict[JudgeName, float] = {}
    for name in parts_of(names):
        if name == "cascade":
            parts = zip(judgments["rules"], judgments["reward"], items, strict=True)
            calibration = calibration_of(options)
            threshold = calibration.operating_point("cascade", options.strict)
            judgments[name] = [
                combine(a, b, playbook, threshold, calibration.deciding, rules_only(item, options.strict))
                for a, b, item in parts
            ]
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
    other_words = paraphrased(tasks, load_paraphrases())
    said, seconds = judge_all(names, [*tasks, *(t for _, t in other_words)], playbook, options, progress_for, seed)
    judgments = {name: found[: len(tasks)] for name, found in said.items()}
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
        compared = {(a, b) for _, a, b in wanted}
        wanted += [(f"{n} vs rules", n, "rules") for n in judgments if n != "rules" and (n, "rules") not in compared]
    comparisons = {
        title: compare(
            labels, [j.verdict for j in judgments[a]], [j.verdict for j in judgments[b]], groups=groups, seed=seed
        )
        for title, a, b in wanted
    }
    failed = [t.failure_modes for t in tasks]
    fail_recall = {
        name: slices(labels, [j.verdict for j in judgments[name]], failed, groups=groups, seed=seed)
        for name in SLICED
        if name in judgments
    }
    named = {name: naming(tasks, judgments[name], groups, seed) for name in SLICED if name in judgments}
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
        len(tasks) + len(other_words),
        judgments,
        seconds,
        summaries,
        comparisons,
        by_mode,
        fail_recall,
        by_slice,
        {name: found for name, found in ordering.items() if found},
        _strict(judgments, labels, groups, options, seed),
        pointing(tasks, [j.sentences for j in judgments["reward"]], groups, seed) if "reward" in judgments else None,
        {name: found for name, found in named.items() if found},
        {
            name: _robustness(tasks, [i for i, _ in other_words], found, seed)
            for name, found in said.items()
            if name in SLICED and _varied([t for _, t in other_words])
        },
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
    found: dict[JudgeName, Summary] = {}
    named = [name for name in MODEL_JUDGES if name in judgments]
    if named:
        calibration = calibration_of(options)
        for name in named:
            threshold = calibration.operating_point(name, strict=True)
            verdicts = [_verdict(j, threshold) for j in judgments[name]]
            found[name] = summarize(labels, verdicts, groups=groups, seed=seed)
    return found


def _verdict(judgment: Judgment, threshold: float) -> Label | None:
    """What a threshold makes of a judgment: where a rule decided it stays FAIL."""
    if judgment.decided_by == "rules":
        return "FAIL"
    if judgment.reward is None:
        return None
    return "PASS" if judgment.reward > threshold else "FAIL"


def _robustness(tasks: Sequence[Task], places: Sequence[int], said: Sequence[Judgment], seed: int) -> Robustness:
    """``said`` holds the judgments of all tasks, then those of the paraphrases of the tasks at ``places``."""
    return robustness(
        [tasks[i].label for i in places],
        [said[i] for i in places],
        said[len(tasks) :],
        [tasks[i].contrast_group for i in places],
        seed,
    )


def _varied(tasks: Sequence[Task]) -> bool:
    """Whether there are two contrast groups and both labels, without which there is no interval."""
    return len({t.contrast_group for t in tasks}) > 1 and len({t.label for t in tasks}) > 1


def _enough(tasks: Sequence[Task]) -> None:
    """Refuse too few tasks before minutes are spent on them."""
    if not _varied(tasks):
        groups, labels = {t.contrast_group for t in tasks}, {t.label for t in tasks}
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
                "emails_per_second": round(run.judged / max(run.seconds[name], 1e-9), 2),
            }
            for name, summary in run.summaries.items()
        },
        "comparisons": {title: comparison.to_dict() for title, comparison in run.comparisons.items()},
        "by_mode": {name: [row.to_dict() for row in rows] for name, rows in run.by_mode.items()},
        "fail_recall_by_mode": {name: [row.to_dict() for row in rows] for name, rows in run.fail_recall.items()},
        "by_slice": {
            way: {
                "what": WAYS[way],
                "judges": {name: [row.to_dict() for row in rows] for name, rows in judges.items()},
            }
            for way, judges in run.by_slice.items()
        },
        "strict": {name: summary.to_dict() for name, summary in run.strict.items()},
        "pointing": run.pointing.to_dict() if run.pointing else None,
        "paraphrased": {name: found.to_dict() for name, found in run.robustness.items()},
        "naming": {name: found.to_dict() for name, found in run.naming.items()},
        "ordering": {
            name: {key: pairs.to_dict() for key, pairs in found.items()} for name, found in run.ordering.items()
        },
    }


def rows(run: BenchRun) -> list[dict[str, Any]]:
    """One row per task: its label and what each judge said."""
    return [
        row_of(task, {name: found[i] for name, found in run.judgments.items()}).model_dump(mode="json")
        for i, task in enumerate(run.tasks)
    ]
