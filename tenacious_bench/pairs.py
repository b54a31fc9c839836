"""Preference pairs from train tasks: one prompt, the email that is right for it, the email that is wrong for it.

Within a quad the email chosen under brief A is the one rejected under brief B, so that only the brief decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tenacious_bench.playbook import Playbook
from tenacious_bench.prompt import join_lines, prompt_lines, template_hash
from tenacious_bench.schema import Difficulty, Mode, Record, Segment, Task


class Pair(Record):
    """One row of the ``pairs`` configuration; ``prompt``, ``chosen`` and ``rejected`` are plain text."""

    pair_id: str
    version: str
    contrast_group: str
    mode: Mode
    difficulty: Difficulty
    segment: Segment | None
    prompt: str
    chosen: str
    rejected: str
    chosen_task_id: str
    rejected_task_id: str
    template: str
    """Hash of the prompt template the prompt was rendered with."""


def make_pairs(tasks: Iterable[Task], playbook: Playbook) -> list[Pair]:
    """All (PASS, FAIL) pairs of tasks that share contrast group and brief.

    Args:
        tasks: train tasks only; the caller answers for that, :func:`refuse_held_out` checks it before training.
        playbook: renders the licence in the prompt.

    Returns:
        Pairs in the order of the tasks, ids numbered from 1.
    """
    by_brief: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in tasks:
        by_brief[task.contrast_group, task.brief.model_dump_json()].append(task)
    pairs: list[Pair] = []
    for members in by_brief.values():
        for good in (t for t in members if t.label == "PASS"):
            for bad in (t for t in members if t.label == "FAIL"):
                pairs.append(
                    Pair(
                        pair_id=f"pair-{len(pairs) + 1:05d}",
                        version=good.version,
                        contrast_group=good.contrast_group,
                        mode=good.mode,
                        difficulty=bad.difficulty,
                        segment=good.brief.segment,
                        prompt=join_lines(prompt_lines(good.brief, good.email.kind, playbook)),
                        chosen=good.email.text,
                        rejected=bad.email.text,
                        chosen_task_id=good.task_id,
                        rejected_task_id=bad.task_id,
                        template=template_hash(),
                    )
                )
    return pairs


def refuse_held_out(pairs: Iterable[Pair], forbidden: frozenset[str]) -> None:
    """Raise if a pair touches a forbidden task.

    Raises:
        ValueError: names the first pair and task; training must not start.
    """
    for pair in pairs:
        for task_id in (pair.chosen_task_id, pair.rejected_task_id):
            if task_id in forbidden:
                raise ValueError(f"{pair.pair_id} uses {task_id}, which is not a train task: rebuild the pairs")
