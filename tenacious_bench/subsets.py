"""The first public version's sizes, filled with tasks of today: ``v0.1`` (202 tasks, 50 held out) and ``pairs-v0.1``.

Both are drawn from v0.2 without replacement and partition by partition, so that nothing crosses a partition.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tenacious_bench.pairs import Pair
from tenacious_bench.schema import AuthoringMode, Difficulty, Mode, Partition, Task

V01_SIZES: dict[Partition, dict[AuthoringMode, int]] = {
    "train": {"programmatic": 33, "synthesis": 49, "adversarial": 20},
    "validation": {"programmatic": 16, "synthesis": 24, "adversarial": 10},
    "held_out": {"programmatic": 16, "synthesis": 24, "adversarial": 10},
}
"""202 tasks: 32% programmatic, 48% synthesis, 20% adversarial."""
PAIRS_V01: dict[Difficulty, int] = {"easy": 93, "medium": 93, "hard": 93}
"""279 pairs: a third each of blatant, subtle and hard failures."""

_SEED = 101
_T = TypeVar("_T")


def tasks_v01(tasks: Mapping[Partition, Sequence[Task]]) -> dict[Partition, list[Task]]:
    """The 202 tasks: whole contrast groups in their first wording, failure modes in turn, in the order of v0.2.

    Raises:
        ValueError: a partition holds too few tasks of an authoring mode.
    """
    return {p: _partition(p, tasks[p], sizes) for p, sizes in V01_SIZES.items()}


def _partition(partition: Partition, tasks: Sequence[Task], sizes: Mapping[AuthoringMode, int]) -> list[Task]:
    chosen: set[str] = set()
    for authoring, count in sizes.items():
        groups: dict[str, list[Task]] = defaultdict(list)
        for task in tasks:
            if task.authoring_mode == authoring:
                groups[task.contrast_group].append(task)
        turn = len({t.contrast_group for t in tasks if t.task_id in chosen})
        found = _take([_first_wording(g) for g in groups.values()], count, turn)
        if len(found) < count:
            raise ValueError(f"{partition} holds {len(found)} {authoring} tasks for v0.1, {count} are needed")
        chosen.update(t.task_id for t in found)
    return [t for t in tasks if t.task_id in chosen]


def _first_wording(group: Sequence[Task]) -> list[Task]:
    """The cells of the first two emails: later ones retell them."""
    emails = list(dict.fromkeys(t.email.text for t in group))[:2]
    return [t for t in group if t.email.text in emails]


def _take(groups: Sequence[list[Task]], count: int, turn: int) -> list[Task]:
    """Whole groups while they fit, then the first cells of one more; the failure mode number ``turn`` begins."""
    out: list[Task] = []
    left: list[list[Task]] = []
    for group in _in_turn(groups, lambda g: g[0].mode, turn):
        if len(out) + len(group) <= count:
            out += group
        else:
            left.append(group)
    return out + (left[0][: count - len(out)] if left else [])


def _in_turn(members: Sequence[_T], mode_of: Callable[[_T], Mode], turn: int = 0) -> list[_T]:
    """All members, shuffled within their failure mode, the modes in turn."""
    by_mode: dict[Mode, list[_T]] = defaultdict(list)
    for member in members:
        by_mode[mode_of(member)].append(member)
    for mode, found in by_mode.items():
        random.Random(f"{_SEED}-{mode}").shuffle(found)
    longest = max((len(found) for found in by_mode.values()), default=0)
    modes = sorted(by_mode)
    modes = modes[turn % len(modes) :] + modes[: turn % len(modes)] if modes else []
    return [by_mode[mode][i] for i in range(longest) for mode in modes if i < len(by_mode[mode])]


def pairs_v01(pairs: Sequence[Pair]) -> list[Pair]:
    """The 279 pairs: of each difficulty equally many, failure modes in turn, in the order of ``pairs``.

    Raises:
        ValueError: there are too few pairs of a difficulty.
    """
    chosen: set[str] = set()
    for difficulty, count in PAIRS_V01.items():
        turn = _in_turn([p for p in pairs if p.difficulty == difficulty], lambda p: p.mode)
        if len(turn) < count:
            raise ValueError(f"{len(turn)} pairs are {difficulty}, {count} are needed for pairs-v0.1")
        chosen.update(p.pair_id for p in turn[:count])
    return [p for p in pairs if p.pair_id in chosen]
