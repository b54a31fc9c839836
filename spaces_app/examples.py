"""One short group of tasks for each failure mode, from the train partition: an email that fails and its two twins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any

from views import Spans

from tenacious_bench import load_tasks
from tenacious_bench.judges.rules.text import sentences
from tenacious_bench.schema import Email, Mode, Task

# failing task; same brief, email changed; same email, brief changed
GROUPS: dict[Mode, tuple[str, str, str]] = {
    "segment_misrouting": ("tb2-001982", "tb2-001981", "tb2-001984"),
    "signal_overclaiming": ("tb2-001563", "tb2-001564", "tb2-001561"),
    "tone_drift": ("tb2-002175", "tb2-002176", "tb2-002173"),
    "injection": ("tb2-001358", "tb2-001357", "tb2-001360"),
    "bench_overcommitment": ("tb2-001454", "tb2-001453", "tb2-001456"),
    "competitor_gap_framing": ("tb2-001466", "tb2-001465", "tb2-001468"),
    "ai_maturity_mismatch": ("tb2-000935", "tb2-000936", "tb2-000933"),
    "multi_thread_leakage": ("tb2-002575", "tb2-002576", "tb2-002573"),
}
FAILS, EMAIL_CHANGED, BRIEF_CHANGED = "Fails", "Passes: email changed", "Passes: brief changed"
VERSIONS = (FAILS, EMAIL_CHANGED, BRIEF_CHANGED)
WAS, IS = "in the one that fails", "here"


@dataclass(frozen=True)
class Example:
    """A failing task and the two that differ from it in one half and pass."""

    fails: Task
    email_changed: Task
    brief_changed: Task

    def version(self, name: str) -> Task:
        """One of :data:`VERSIONS`."""
        return {FAILS: self.fails, EMAIL_CHANGED: self.email_changed, BRIEF_CHANGED: self.brief_changed}[name]


@cache
def examples() -> dict[Mode, Example]:
    """All examples, by failure mode."""
    wanted = {task_id for group in GROUPS.values() for task_id in group}
    tasks = {task.task_id: task for task in load_tasks("train") if task.task_id in wanted}
    return {mode: Example(*(tasks[task_id] for task_id in group)) for mode, group in GROUPS.items()}


def difference(example: Example, version: str) -> Spans:
    """What makes the verdict of a version: its reason, or what changed against the one that fails."""
    task = example.version(version)
    if version == FAILS:
        return [(f"{task.rationale}\n", None)]
    if version == EMAIL_CHANGED:
        changes = list(_changed_sentences(example.fails.email, task.email))
    else:
        changes = changed_fields(example.fails.brief.to_json_dict(), task.brief.to_json_dict())
    out = Spans()
    for where, before, after in changes:
        out += [(f"{where}\n", None)] if where else []
        out += [(before, WAS), ("\n", None)] if before else []
        out += [(after, IS), ("\n", None)] if after else []
    return [*out, (f"{task.rationale}\n", None)]


def _changed_sentences(before: Email, after: Email) -> Iterator[tuple[str, str, str]]:
    first, second = ([sentence.text for sentence in sentences(email)] for email in (before, after))
    yield from (("", text, "") for text in first if text not in second)
    yield from (("", "", text) for text in second if text not in first)


def changed_fields(before: Any, after: Any, where: str = "") -> list[tuple[str, str, str]]:
    """Fields whose values differ: path, value before, value after ("" where there is none)."""
    if before == after:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys: list[Any] = [*before, *(key for key in after if key not in before)]
        pairs = [(str(key), before.get(key), after.get(key)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list):
        sides = zip_longest(before, after)
        pairs = [(str(number), *side) for number, side in enumerate(sides, 1)]
    else:
        return [(where, _text(before), _text(after))]
    inner = (changed_fields(old, new, f"{where} / {key}" if where else key) for key, old, new in pairs)
    return [change for found in inner for change in found]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(member)}" for key, member in value.items())
    if isinstance(value, list):
        return "; ".join(_text(member) for member in value)
    return str(value)
