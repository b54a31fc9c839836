"""Two runs over the same tasks, judge by judge: is one better, and on which emails do they part?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tenacious_bench.files import show
from tenacious_bench.report.rows import Row
from tenacious_bench.report.run import Run
from tenacious_bench.schema import Label, Task
from tenacious_bench.stats import Comparison, compare, holm

SHOWN = 10
"""Discordant emails that are listed for each judge."""


class DifferentTasks(ValueError):
    """Two runs that cannot be paired: which tasks differ, and what to do."""


@dataclass(frozen=True)
class Discordant:
    """An email on which exactly one of two runs is right."""

    row: Row
    verdict_a: Label | None
    verdict_b: Label | None
    reward_a: float | None
    reward_b: float | None
    task: Task | None
    """None when the installed dataset is not the one that was measured."""

    def to_dict(self) -> dict[str, Any]:
        """For JSON; of the email it holds the id, no text."""
        a = {"verdict": self.verdict_a, "reward": self.reward_a}
        b = {"verdict": self.verdict_b, "reward": self.reward_b}
        return {"task_id": self.row.task_id, "mode": self.row.mode, "label": self.row.label, "a": a, "b": b}


@dataclass(frozen=True)
class JudgeComparison:
    """One judge in run A against the judge of the same name in run B."""

    difference: Comparison
    """A less B."""
    holm_p: float
    """McNemar's p, adjusted for the number of judges."""
    discordant: list[Discordant]
    """All of them, in the order of run A."""

    def to_dict(self) -> dict[str, Any]:
        """For JSON, with the first discordant emails."""
        examples = [found.to_dict() for found in self.discordant[:SHOWN]]
        counts = {"holm_p": self.holm_p, "n_discordant": len(self.discordant), "discordant": examples}
        return {**self.difference.to_dict(), **counts}


@dataclass(frozen=True)
class RunComparison:
    """Two runs, paired."""

    judges: Mapping[str, JudgeComparison]
    warning: str = ""
    """What speaks against reading the differences as the judges' own."""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"warning": self.warning, "judges": {name: found.to_dict() for name, found in self.judges.items()}}


def compare_runs(a: Run, b: Run, seed: int = 0) -> RunComparison:
    """Compare each judge that both runs hold.

    Args:
        a: the first run.
        b: the second; differences are the first less this one.
        seed: of the bootstrap.

    Raises:
        DifferentTasks: the runs judged other tasks, label one differently, or share no judge.
    """
    pairs = _paired(a, b)
    names = [name for name in a.results["judges"] if name in b.results["judges"]]
    if not names:
        raise DifferentTasks(
            f"no judge is in both runs: A has {', '.join(a.results['judges'])}, B has {', '.join(b.results['judges'])}"
        )
    labels, groups = [row.label for row in a.rows], [row.contrast_group for row in a.rows]
    found = {
        name: compare(
            labels,
            [row.judges[name].verdict for row, _ in pairs],
            [row.judges[name].verdict for _, row in pairs],
            groups=groups,
            seed=seed,
        )
        for name in names
    }
    adjusted = holm([difference.mcnemar_p for difference in found.values()])
    judges = {
        name: JudgeComparison(found[name], p, list(_discordant(name, pairs, {**b.tasks, **a.tasks})))
        for name, p in zip(names, adjusted, strict=True)
    }
    return RunComparison(judges, _warning(a, b))


def _paired(a: Run, b: Run) -> list[tuple[Row, Row]]:
    """Rows of both runs for each task, in the order of the first."""
    first, second = {row.task_id: row for row in a.rows}, {row.task_id: row for row in b.rows}
    only = {"A": [i for i in first if i not in second], "B": [i for i in second if i not in first]}
    if only["A"] or only["B"]:
        what = "; ".join(f"{len(ids)} only in {run}, {_some(ids)}" for run, ids in only.items() if ids)
        raise DifferentTasks(f"the runs judged other tasks: {what}; measure both on the same ones (same --limit)")
    labelled = [i for i in first if first[i].label != second[i].label]
    if labelled:
        raise DifferentTasks(f"the runs label {len(labelled)} tasks differently, {_some(labelled)}; use the same data")
    return [(row, second[row.task_id]) for row in a.rows]


def _some(ids: list[str]) -> str:
    shown = ", ".join(show(i) for i in ids[:SHOWN])
    return f"such as {shown}" if len(ids) > SHOWN else shown


def _discordant(name: str, pairs: list[tuple[Row, Row]], tasks: Mapping[str, Task]) -> Iterator[Discordant]:
    for row, other in pairs:
        a, b = row.judges[name], other.judges[name]
        if (a.verdict == row.label) != (b.verdict == row.label):
            yield Discordant(row, a.verdict, b.verdict, a.reward, b.reward, tasks.get(row.task_id))


def _warning(a: Run, b: Run) -> str:
    first, second = (run.results["dataset"]["sha256"] for run in (a, b))
    if first == second:
        return ""
    return (
        f"the data files differ (sha256 {first[:12]} and {second[:12]}): ids and labels agree, but emails or briefs "
        "may not be the same"
    )
