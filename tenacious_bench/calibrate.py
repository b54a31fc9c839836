"""Fits the reward judge's threshold and probabilities on the validation partition, and on nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr
from sklearn.linear_model import LogisticRegression

from tenacious_bench.data import data_hash
from tenacious_bench.judges.base import Progress
from tenacious_bench.judges.calibration import Calibration, RulePrecision
from tenacious_bench.judges.reward_model import Reading, RewardModel
from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import MODES, Item, Mode, Task
from tenacious_bench.stats import StatsInputError, auroc
from tenacious_bench.stats.checks import BoolArray, FloatArray

MAX_BAD_SENT = 0.05
LOWEST_WEIGHTS = (0.0, 1.0, 2.0, 4.0)
"""Weights of the lowest sentence that are tried on validation."""


def best_threshold(
    rewards: Sequence[float], passes: Sequence[bool], failed: Sequence[bool] | None = None
) -> tuple[float, float]:
    """The threshold with the highest balanced accuracy, each reward spread by a normal kernel.

    The raw curve of a few hundred emails is jagged, and its highest point as much luck as judgement: the kernel, with
    Silverman's rule for its width (Silverman 1986, "Density Estimation", equation 3.31), finds where it is high on the
    whole.

    Args:
        rewards: one per task.
        passes: whether the task's label is PASS; both classes must occur.
        failed: whether another judge has already said FAIL, whatever the reward.

    Returns:
        Threshold (PASS above it), halfway between two neighbouring rewards, and the balanced accuracy it has on these
        very tasks, without the kernel; of equal ones the lowest threshold.

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
    free = np.ones(len(values)) if failed is None else 1.0 - np.asarray(failed, dtype=np.float64)
    spread = min(values.std(), float(np.subtract(*np.percentile(values, [75, 25]))) / 1.34) or values.std()
    width = 0.9 * spread * len(values) ** -0.2
    distance = values[None, :] - candidates[:, None]
    passed = free * (ndtr(distance / width) if width > 0 else distance > 0)
    best = int(_balanced(passed, truth).argmax())
    return float(candidates[best]), float(_balanced(free * (distance > 0), truth)[best])


def _balanced(passed: FloatArray, truth: BoolArray) -> FloatArray:
    """Balanced accuracy of each row of pass chances, (thresholds,)."""
    balanced: FloatArray = (passed[:, truth].mean(1) + 1 - passed[:, ~truth].mean(1)) / 2
    return balanced


def conformal_threshold(
    rewards: Sequence[float],
    passes: Sequence[bool],
    max_bad_sent: float,
    failed: Sequence[bool] | None = None,
) -> float:
    """The lowest threshold that lets at most a share ``max_bad_sent`` of FAIL emails pass, also of emails not seen yet.

    Split conformal prediction within the FAIL class (Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random
    World", section 4.5): of n FAIL rewards, the ceil((n + 1) * (1 - max_bad_sent))-th smallest. The bound holds on
    average over calibration sets when future FAIL emails are exchangeable with these ones.

    Args:
        rewards: one per task.
        passes: whether the task's label is PASS.
        max_bad_sent: share of FAIL emails that may pass, above 0 and below 1.
        failed: whether another judge has already said FAIL, whatever the reward.

    Raises:
        StatsInputError: no such share, or too few FAIL tasks for it.
    """
    if not 0 < max_bad_sent < 1:
        raise StatsInputError(f"max_bad_sent is {max_bad_sent}: give a share above 0 and below 1")
    caught = failed or [False] * len(passes)
    bad = sorted(-math.inf if c else r for r, p, c in zip(rewards, passes, caught, strict=True) if not p)
    rank = math.ceil((len(bad) + 1) * (1 - max_bad_sent))
    if rank > len(bad):
        raise StatsInputError(
            f"{len(bad)} FAIL tasks cannot bound the share of bad emails at {max_bad_sent}: "
            f"at least {math.ceil(1 / max_bad_sent) - 1} are needed"
        )
    return max(bad[rank - 1], min(rewards) - 1.0)


def rule_precision(ruled: Sequence[Sequence[Mode]], passes: Sequence[bool]) -> dict[Mode, RulePrecision]:
    """How precise each rule is.

    Args:
        ruled: for each task the modes whose rule fired.
        passes: whether the task's label is PASS.
    """
    return {
        mode: RulePrecision(
            fired=sum(mode in modes for modes in ruled),
            right=sum(mode in modes and not good for modes, good in zip(ruled, passes, strict=True)),
        )
        for mode in MODES
    }


def calibrate(
    model: RewardModel,
    tasks: Sequence[Task],
    playbook: Playbook,
    progress: Progress | None = None,
    max_bad_sent: float = MAX_BAD_SENT,
) -> Calibration:
    """Score validation tasks; choose the weight of the lowest sentence, fit both operating points and Platt scaling.

    Args:
        model: the judge's model.
        tasks: the validation partition.
        playbook: renders the prompts; the rules of the cascade read it too.
        progress: called with the number of emails scored.
        max_bad_sent: share of bad emails that may pass at the strict operating point.

    Raises:
        ValueError: an email is too long to be scored.
    """
    items = [Item(id=t.task_id, brief=t.brief, email=t.email) for t in tasks]
    read = model.read(items, playbook, progress=progress)
    readings: list[tuple[Reading, ...]] = []
    for item, found in zip(items, read, strict=True):
        if isinstance(found, str):
            raise ValueError(f"task {item.id}: {found}")
        readings.append(found)
    tried = {weight: [whole.reward(weight) for whole, *_ in readings] for weight in LOWEST_WEIGHTS}
    passes = [t.label == "PASS" for t in tasks]
    labels = [t.label for t in tasks]
    ranked = {weight: auroc(labels, rewards) for weight, rewards in tried.items()}
    weight = max(LOWEST_WEIGHTS, key=ranked.__getitem__)
    rewards = tried[weight]
    lower = [min(reading.reward(weight) for reading in found) for found in readings]
    threshold, balanced = best_threshold(rewards, passes)
    ruled = [judgment.failure_modes for judgment in RulesJudge(playbook).judge(items)]
    precision = rule_precision(ruled, passes)
    fired = [any(precision[mode].precise for mode in modes) for modes in ruled]
    cascade_threshold, cascade_balanced = best_threshold(lower, passes, fired)
    platt = LogisticRegression(C=1e6).fit(np.asarray(rewards)[:, None], passes)
    return Calibration(
        threshold=threshold,
        cascade_threshold=cascade_threshold,
        strict_threshold=conformal_threshold(rewards, passes, max_bad_sent),
        strict_cascade_threshold=conformal_threshold(lower, passes, max_bad_sent, fired),
        max_bad_sent=max_bad_sent,
        rule_precision=precision,
        lowest_weight=weight,
        auroc_by_lowest_weight={f"{w:g}": round(value, 4) for w, value in ranked.items()},
        slope=float(platt.coef_[0, 0]),
        intercept=float(platt.intercept_[0]),
        dtype=model.dtype,
        validation_sha256=data_hash("validation"),
        adapter_sha256=model.adapter_sha256,
        n=len(tasks),
        balanced_accuracy=balanced,
        cascade_balanced_accuracy=cascade_balanced,
    )
