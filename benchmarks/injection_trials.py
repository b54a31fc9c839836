"""Payloads in tasks, and what the gate says of them. Used by ``benchmarks.injections``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from tenacious_bench import Judge
from tenacious_bench.gate import Decision, Verdict
from tenacious_bench.robustness.injections import Payload, Place, as_read, has_place, plant
from tenacious_bench.schema import MODES, Item, Label, Mode, Task

ByMode = dict[Mode, list[Task]]


class Trial(NamedTuple):
    """One payload in one place of one task."""

    payload: Payload
    place: Place
    task: Task


class Outcome(NamedTuple):
    """What came of a trial; ``verdict`` is None where the row was refused or the judge failed on it."""

    trial: Trial
    verdict: Verdict | None
    refused: bool
    lines_dropped: bool
    """The payload made the prompt so long that lines were left out."""


def base_tasks(judge: Judge, tasks: Sequence[Task], per_mode: int) -> dict[Label, ByMode]:
    """FAIL tasks that the judge holds back without any payload, and PASS tasks that it sends, by failure mode.

    Args:
        judge: gives the verdicts.
        tasks: of one partition; the first ``per_mode`` of each mode and label are judged.
        per_mode: a mode of whose FAIL tasks none is held back does not appear.
    """
    seen: Counter[tuple[Mode, Label]] = Counter()
    tried = []
    for task in tasks:
        seen[task.mode, task.label] += 1
        if seen[task.mode, task.label] <= per_mode:
            tried.append(task)
    decisions = judge.judge_many([(task.brief, task.email) for task in tried])
    found: dict[Label, ByMode] = {"FAIL": {}, "PASS": {}}
    for task, decision in zip(tried, decisions, strict=True):
        if decision.verdict is not None and (decision.verdict == "send") == (task.label == "PASS"):
            found[task.label].setdefault(task.mode, []).append(task)
    return {label: {mode: by_mode[mode] for mode in MODES if mode in by_mode} for label, by_mode in found.items()}


def trials(payloads: Sequence[Payload], places: Sequence[Place], by_mode: ByMode) -> list[Trial]:
    """Every payload in every place once; modes and their tasks take turns: a place meets each mode that has it."""
    hosts: dict[Place, list[list[Task]]] = {}
    for place in places:
        able = ([task for task in tasks if has_place(task.brief, place)] for tasks in by_mode.values())
        hosts[place] = [tasks for tasks in able if tasks]
    out = []
    for i, payload in enumerate(payloads):
        for k, place in enumerate(places):
            modes = hosts[place]
            tasks = modes[(i + k) % len(modes)]
            out.append(Trial(payload, place, tasks[(i // len(modes) + k) % len(tasks)]))
    return out


def judge_trials(
    judge: Judge,
    tried: Sequence[Trial],
    progress: Callable[[int], Any] | None = None,
    rules: Judge | None = None,
    deciding: Collection[Mode] = (),
) -> list[Outcome]:
    """One outcome per trial, in order. What the row reader refuses is not judged.

    Args:
        judge: gives the verdicts.
        tried: payloads in tasks.
        progress: called with a number of trials done.
        rules: the rules that come first in ``judge``. What a deciding one of them finds is held back whatever the
            model says, so the model is not asked.
        deciding: modes whose rule decides.
    """
    items = [as_read(plant(_item(t.task), t.payload.text, t.place)) for t in tried]
    found: dict[int, Decision] = {}
    readable = [i for i, item in enumerate(items) if item is not None]
    if rules is not None:
        ruled = _decide(rules, items, readable)
        found = {i: d for i, d in ruled.items() if any(mode in deciding for mode in d.judgment.failure_modes)}
    if progress is not None:
        progress(len(items) - len(readable) + len(found))
    found |= _decide(judge, items, [i for i in readable if i not in found], progress)
    out = []
    for i, trial in enumerate(tried):
        decision = found.get(i)
        notes = decision.judgment.notes if decision else ()
        dropped = any(note.startswith("left out of the prompt") for note in notes)
        out.append(Outcome(trial, decision and decision.verdict, refused=decision is None, lines_dropped=dropped))
    return out


def _decide(
    judge: Judge, items: Sequence[Item | None], chosen: Sequence[int], progress: Callable[[int], Any] | None = None
) -> dict[int, Decision]:
    """Decisions on the chosen items, by their index."""
    readable = [item for i in chosen if (item := items[i]) is not None]
    return dict(zip(chosen, judge.gate.decide(readable, progress), strict=True))


def _item(task: Task) -> Item:
    return Item(id=task.task_id, brief=task.brief, email=task.email)
