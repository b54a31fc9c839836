"""Fits the reward judge's threshold and probabilities on the validation partition, and on nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from tenacious_bench.data import data_hash
from tenacious_bench.judges.base import Progress
from tenacious_bench.judges.reward import Calibration, RewardModel
from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Item, Task
from tenacious_bench.stats import StatsInputError


def best_threshold(
    rewards: Sequence[float], passes: Sequence[bool], failed: Sequence[bool] | None = None
) -> tuple[float, float]:
    """The threshold with the highest balanced accuracy, halfway between two neighbouring rewards.

    Args:
        rewards: one per task.
        passes: whether the task's label is PASS; both classes must occur.
        failed: whether another judge has already said FAIL, whatever the reward.

    Returns:
        Threshold (PASS above it) and its balanced accuracy; of equal ones the lowest threshold.

    Raises:
        StatsInputError: empty input, unequal lengths, or one class only.
    """
    if len(rewards) != len(passes) or not rewards:
        raise StatsInputError(f"{len(rewards)} rewards for {len(passes)} labels: give one of each per task")
    truth = np.asarray(passes, dtype=bool)
    if truth.all() or not truth.any():
        raise StatsInputError("labels hold one class only: a threshold needs PASS and FAIL tasks")
    values = np.asarray(rewards, dtype=np.float64)
    edges = np.unique(values)
    candidates = np.concatenate(([edges[0] - 1.0], (edges[1:] + edges[:-1]) / 2))
    verdicts = values[None, :] > candidates[:, None]
    if failed is not None:
        verdicts &= ~np.asarray(failed, dtype=bool)
    balanced = (verdicts[:, truth].mean(1) + (~verdicts[:, ~truth]).mean(1)) / 2
    best = int(balanced.argmax())
    return float(candidates[best]), float(balanced[best])


def calibrate(
    model: RewardModel, tasks: Sequence[Task], playbook: Playbook, progress: Progress | None = None
) -> Calibration:
    """Score validation tasks and fit both thresholds and Platt scaling.

    Args:
        model: the judge's model.
        tasks: the validation partition.
        playbook: renders the prompts; the rules of the cascade read it too.
    """
    items = [Item(id=t.task_id, brief=t.brief, email=t.email) for t in tasks]
    rows = [model.encode(item, playbook)[0] for item in items]
    rewards = [
        model.beta * float((policy.double() - reference.double()).sum())
        for policy, reference in model.score(rows, progress=progress)
    ]
    passes = [t.label == "PASS" for t in tasks]
    threshold, balanced = best_threshold(rewards, passes)
    fired = [judgment.verdict == "FAIL" for judgment in RulesJudge(playbook).judge(items)]
    cascade_threshold, cascade_balanced = best_threshold(rewards, passes, fired)
    platt = LogisticRegression(C=1e6).fit(np.asarray(rewards)[:, None], passes)
    return Calibration(
        threshold=threshold,
        cascade_threshold=cascade_threshold,
        slope=float(platt.coef_[0, 0]),
        intercept=float(platt.intercept_[0]),
        dtype=model.dtype,
        validation_sha256=data_hash("validation"),
        adapter_sha256=model.adapter_sha256,
        n=len(tasks),
        balanced_accuracy=balanced,
        cascade_balanced_accuracy=cascade_balanced,
    )
