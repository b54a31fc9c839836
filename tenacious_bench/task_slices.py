"""What results are broken down by: for each way of slicing, the slice that a task belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tenacious_bench.schema import Brief, Task

WAYS: dict[str, str] = {
    "authoring_mode": "how the task was written; trace emails are drafts of the embedded model, another generator",
    "writer": "who wrote the email",
    "kind": "kind of email",
    "persona": "who reads it",
    "segment": "segment in the brief",
    "turns": "messages in the thread so far",
    "words": "length of the body",
    "confidence": "confidence of the weakest signal in the brief",
}


def slice_keys(tasks: Sequence[Task]) -> dict[str, list[str | None]]:
    """For each way in :data:`WAYS`, each task's slice (None: in no slice), in the order of ``tasks``."""
    return {way: [_key(way, task) for task in tasks] for way in WAYS}


def _key(way: str, task: Task) -> str | None:
    if way == "authoring_mode":
        return task.authoring_mode
    if way == "writer":
        return task.provenance.writer
    if way == "kind":
        return task.email.kind
    if way == "persona":
        return task.brief.recipient.persona
    if way == "segment":
        return task.brief.segment or "none"
    if way == "turns":
        return _band(len(task.brief.thread), (1, 3), ("none", "1-2", "3 or more"))
    if way == "words":
        return _band(len(task.email.body.split()), (90, 120), ("under 90", "90-119", "120 or more"))
    return _weakest(task.brief)


def _band(value: int, edges: Sequence[int], names: Sequence[str]) -> str:
    return names[sum(value >= edge for edge in edges)]


def _weakest(brief: Brief) -> str | None:
    found = {signal.confidence for signal in brief.signals}
    return next((level for level in ("low", "medium", "high") if level in found), None)


class OrderedPair(NamedTuple):
    """Rewards of a PASS task and of a FAIL task that share one half."""

    right: float
    wrong: float
    group: str


def order_pairs(
    tasks: Sequence[Task], rewards: Sequence[float | None], shared: Literal["email", "brief"]
) -> list[OrderedPair]:
    """Pairs of tasks that differ in one half only: to order them, both halves must be read.

    Args:
        tasks: n tasks.
        rewards: n rewards; a task without one is in no pair.
        shared: ``email``: it stands under two briefs, right under one of them; ``brief``: it has a right email and a
            wrong one.
    """
    places: dict[str, list[int]] = {}
    for i, task in enumerate(tasks):
        places.setdefault((task.email if shared == "email" else task.brief).model_dump_json(), []).append(i)
    pairs = []
    for same in places.values():
        for i in same:
            for j in same:
                right, wrong = rewards[i], rewards[j]
                if (tasks[i].label, tasks[j].label) == ("PASS", "FAIL") and right is not None and wrong is not None:
                    pairs.append(OrderedPair(right, wrong, tasks[i].contrast_group))
    return pairs
