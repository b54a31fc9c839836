"""Slices of results, and pairs that only a judge which reads brief and email can order."""

from __future__ import annotations

import pytest

from tenacious_bench.data import load_tasks
from tenacious_bench.task_slices import WAYS, order_pairs, slice_keys

TASKS = load_tasks("validation")


def test_every_way_of_slicing_gives_each_task_one_key():
    keys = slice_keys(TASKS)
    assert set(keys) == set(WAYS)
    assert all(len(found) == len(TASKS) for found in keys.values())


@pytest.mark.parametrize(
    ("way", "read"),
    [
        ("authoring_mode", lambda t: t.authoring_mode),
        ("kind", lambda t: t.email.kind),
        ("persona", lambda t: t.brief.recipient.persona),
        ("turns", lambda t: "none" if not t.brief.thread else "1-2" if len(t.brief.thread) < 3 else "3 or more"),
    ],
)
def test_a_slice_holds_the_tasks_its_name_says(way, read):
    assert slice_keys(TASKS)[way] == [read(task) for task in TASKS]


def test_the_weakest_signal_decides_the_confidence_slice():
    for task, key in zip(TASKS, slice_keys(TASKS)["confidence"], strict=True):
        levels = [s.confidence for s in task.brief.signals]
        assert key == min(levels, key=("low", "medium", "high").index, default=None)


@pytest.mark.parametrize("shared", ["email", "brief"])
def test_a_pair_shares_one_half_and_differs_in_label(shared):
    rewards = [float(i) for i in range(len(TASKS))]
    pairs = order_pairs(TASKS, rewards, shared)
    assert len(pairs) > 100
    for right, wrong, group in pairs:
        a, b = TASKS[int(right)], TASKS[int(wrong)]
        assert (a.label, b.label) == ("PASS", "FAIL")
        assert getattr(a, shared) == getattr(b, shared) and a.contrast_group == group


def test_a_task_without_reward_is_in_no_pair():
    rewards: list[float | None] = [None] * len(TASKS)
    assert order_pairs(TASKS, rewards, "email") == []
