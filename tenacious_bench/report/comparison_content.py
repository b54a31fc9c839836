"""The comparison of two runs as tables: for the terminal, and as a report of its own."""

from __future__ import annotations

from tenacious_bench.report.comparison import SHOWN, Discordant, RunComparison
from tenacious_bench.report.document import Block, Document, Section, Table, Text
from tenacious_bench.report.mistakes import short
from tenacious_bench.report.tables import Rows, number, p_value
from tenacious_bench.schema import Label

HEADER = [
    "judge",
    "balanced acc. A",
    "B",
    "difference",
    "accuracy A",
    "B",
    "difference",
    "only A right",
    "only B right",
    "McNemar p",
    "Holm p",
]
DISCORDANT_HEADER = ["task", "mode probed", "label", "A said", "B said", "company", "subject"]


def difference_rows(found: RunComparison) -> Rows:
    """One row per judge: A less B."""
    rows = []
    for name, judge in found.judges.items():
        d = judge.difference
        rows.append(
            [
                name,
                f"{d.balanced_accuracy_a:.3f}",
                f"{d.balanced_accuracy_b:.3f}",
                number(d.balanced_accuracy_difference.to_dict()),
                f"{d.accuracy_a:.3f}",
                f"{d.accuracy_b:.3f}",
                number(d.accuracy_difference.to_dict()),
                str(d.only_a),
                str(d.only_b),
                p_value(d.mcnemar_p),
                p_value(judge.holm_p),
            ]
        )
    return rows


def discordant_rows(found: list[Discordant]) -> Rows:
    """One row per email; company and subject are text from outside, and not escaped here."""
    return [
        [
            one.row.task_id,
            one.row.mode,
            one.row.label,
            _said(one.verdict_a, one.reward_a),
            _said(one.verdict_b, one.reward_b),
            short(one.task.brief.prospect.company, 40) if one.task else "-",
            short(one.task.email.subject, 60) if one.task else "-",
        ]
        for one in found
    ]


def _said(verdict: Label | None, reward: float | None) -> str:
    return (verdict or "no verdict") + ("" if reward is None else f" ({reward:+.2f})")


def discordant_title(name: str, n: int) -> str:
    """``cascade: 12 emails on which one run is right, the first 10``."""
    first = f", the first {SHOWN}" if n > SHOWN else ""
    return f"{name}: {n} emails on which exactly one run is right{first}"


def summary(found: RunComparison) -> str:
    """What the tables compare, in one line."""
    n = next(iter(found.judges.values())).difference.n
    return f"n={n} emails judged by both runs; differences are A less B, brackets are 95% intervals by contrast group"


def build_comparison(found: RunComparison, names: tuple[str, str]) -> Document:
    """The comparison as a report.

    Args:
        found: the comparison.
        names: what to call the runs A and B.
    """
    note = (
        "McNemar is exact, for accuracy, and ignores contrast groups; Holm's adjustment is for the number of judges. "
        "Rewards stand in brackets behind verdicts."
    )
    warning = f" Warning: {found.warning}." if found.warning else ""
    blocks: list[Block] = [
        Table(["run", "folder"], [["A", names[0]], ["B", names[1]]], source="rows.jsonl"),
        Text(f"{summary(found)}.{warning}"),
        Table(HEADER, difference_rows(found), note=note, source="rows.jsonl"),
    ]
    parted: list[Block] = [
        Table(
            DISCORDANT_HEADER,
            discordant_rows(judge.discordant[:SHOWN]),
            title=discordant_title(name, len(judge.discordant)),
            source="rows.jsonl",
        )
        for name, judge in found.judges.items()
        if judge.discordant
    ]
    examples = parted or [Text("No judge is right in one run and wrong in the other on any email.")]
    return Document(
        "Two runs compared",
        "The same judges, the same emails, two runs.",
        [Section("Differences", blocks), Section("Where the runs part", examples)],
    )
