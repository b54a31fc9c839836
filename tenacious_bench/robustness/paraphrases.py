"""Held-out emails in other words: same brief, same facts, same faults, another voice. Evaluation only.

Each was written by a language model that saw brief, email and the quotes that must keep their meaning, and annotated
blind by another run of it that saw brief and paraphrase only; one whose annotated verdict differs from the task's
label is left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tenacious_bench.schema import Judgment, Label, Record, Task
from tenacious_bench.stats import Share, StatsInputError, Summary, grouped_share, summarize

FILE = Path(__file__).parent / "paraphrases.jsonl"


class Paraphrase(Record):
    """Another wording of the email of one held-out task."""

    canary: str
    task_id: str
    subject: str
    body: str
    evidence: tuple[str, ...]
    voice: str
    writer_family: str
    annotator: str
    annotator_family: str
    annotated: Label
    annotated_modes: tuple[str, ...]


def load_paraphrases(path: Path = FILE) -> list[Paraphrase]:
    """All paraphrases that ship with the package."""
    return [Paraphrase.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def paraphrased(tasks: Sequence[Task], paraphrases: Sequence[Paraphrase]) -> list[tuple[int, Task]]:
    """The tasks that have a paraphrase the annotator agreed with, in its words, each with the task's position.

    Args:
        tasks: of any partition; paraphrases of other tasks are left aside.
        paraphrases: at most one per task.
    """
    found = {p.task_id: p for p in paraphrases}
    out = []
    for i, task in enumerate(tasks):
        p = found.get(task.task_id)
        if p is not None and p.annotated == task.label:
            email = task.email.model_copy(update={"subject": p.subject, "body": p.body})
            out.append((i, task.model_copy(update={"email": email, "evidence": p.evidence})))
    return out


class Robustness(NamedTuple):
    """One judge on the same tasks in both wordings.

    Attributes:
        original: its summary on the emails as published.
        paraphrased: on the paraphrases.
        kept: share of tasks with the same verdict on both.
    """

    original: Summary
    paraphrased: Summary
    kept: Share

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "original": self.original.to_dict(),
            "paraphrased": self.paraphrased.to_dict(),
            "verdict_kept": self.kept.to_dict(),
        }


def robustness(
    labels: Sequence[Label],
    original: Sequence[Judgment],
    changed: Sequence[Judgment],
    groups: Sequence[Hashable],
    seed: int = 0,
) -> Robustness:
    """Compare a judge's verdicts on n tasks in both wordings.

    Args:
        labels: n labels, with both classes.
        original: n judgments of the published emails.
        changed: n judgments of the paraphrases.
        groups: n contrast groups, at least two, resampled whole.
        seed: of the bootstrap.

    Raises:
        StatsInputError: one contrast group only.
    """
    kept = grouped_share([a.verdict == b.verdict for a, b in zip(original, changed, strict=True)], groups, seed)
    if kept is None:
        raise StatsInputError("the tasks stand in one contrast group: an interval needs two")
    first, second = (
        summarize(
            labels,
            [j.verdict for j in found],
            scores=[j.reward for j in found] if any(j.reward is not None for j in found) else None,
            groups=groups,
            seed=seed,
        )
        for found in (original, changed)
    )
    return Robustness(first, second, kept)
