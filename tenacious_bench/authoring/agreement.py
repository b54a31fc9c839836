"""How far blind annotation agrees with the labels: raw counts and Cohen's kappa, from the raw annotations.

An annotator saw brief and email, never label, mode, writer or the other cells' briefs beside this email.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sklearn.metrics import cohen_kappa_score

from tenacious_bench.schema import Label, Mode, Record, Task
from tenacious_bench.stats.intervals import wilson_interval

ANNOTATIONS = Path(__file__).parent / "annotations" / "blind.jsonl"
ADJUDICATIONS = ANNOTATIONS.with_name("adjudications.jsonl")


class Annotation(Record):
    """One blind verdict; ``ref`` names the contrast group and cell (``w1-01-ax``)."""

    ref: str
    item_sha256: str
    """Of the brief and email that the annotator saw (:func:`item_hash`): a later text is not what was annotated."""
    annotator: str
    annotator_family: str
    verdict: Label
    failure_modes: tuple[Mode, ...]
    quote: str
    confidence: int
    reason: str


def item_hash(task: Task) -> str:
    """sha256 of a task's brief and email, whatever its label, id or provenance."""
    seen = {"brief": task.brief.model_dump(mode="json", exclude_none=True), "email": task.email.model_dump(mode="json")}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


class Adjudication(Record):
    """What became of a disagreement, and why; the task keeps the label ``decision``."""

    ref: str
    author: Label
    annotator: Label
    decision: Label
    reason: str


class Agreement(NamedTuple):
    """Author against annotator over n tasks."""

    n: int
    both_pass: int
    both_fail: int
    author_pass_only: int
    author_fail_only: int
    same_mode: int
    """Of the tasks both call FAIL, those where they share a failure mode."""
    kappa: float
    kappa_low: float
    kappa_high: float
    """95% interval: that of the observed agreement (Wilson 1927), the agreement by chance taken as known."""


def read_annotations(path: Path = ANNOTATIONS) -> list[Annotation]:
    """All raw annotations."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Annotation.model_validate_json(line) for line in lines if line.strip()]


def read_adjudications(path: Path = ADJUDICATIONS) -> list[Adjudication]:
    """All written decisions on disagreements."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Adjudication.model_validate_json(line) for line in lines if line.strip()]


def agreement(labels: Mapping[str, tuple[Label, tuple[Mode, ...]]], annotations: list[Annotation]) -> Agreement:
    """Compare annotations with the labels of the tasks they refer to.

    Args:
        labels: label and failure modes by ``ref``; annotations of other tasks are left out.
        annotations: blind verdicts, one per task.

    Raises:
        ValueError: no annotation refers to a labelled task, or a task is annotated twice.
    """
    known = [a for a in annotations if a.ref in labels]
    if not known or len({a.ref for a in known}) != len(known):
        raise ValueError(f"{len(known)} annotations: give one, and only one, for at least one labelled task")
    author = [labels[a.ref][0] for a in known]
    blind = [a.verdict for a in known]
    counts = Counter(zip(author, blind, strict=True))
    shared = sum(
        bool(set(a.failure_modes) & set(labels[a.ref][1])) for a in known if a.verdict == labels[a.ref][0] == "FAIL"
    )
    same = counts["PASS", "PASS"] + counts["FAIL", "FAIL"]
    by_chance = sum(author.count(label) * blind.count(label) for label in ("PASS", "FAIL")) / len(known) ** 2
    interval = wilson_interval(same, len(known))
    return Agreement(
        n=len(known),
        both_pass=counts["PASS", "PASS"],
        both_fail=counts["FAIL", "FAIL"],
        author_pass_only=counts["PASS", "FAIL"],
        author_fail_only=counts["FAIL", "PASS"],
        same_mode=shared,
        kappa=float(cohen_kappa_score(author, blind)),
        kappa_low=(interval.low - by_chance) / (1 - by_chance),
        kappa_high=(interval.high - by_chance) / (1 - by_chance),
    )
