"""The mistakes that a judge was surest of, with the email and the brief behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from tenacious_bench.report.document import Example
from tenacious_bench.report.highlights import marks_of, pieces, remarks_of
from tenacious_bench.report.rows import Row, Said
from tenacious_bench.schema import Brief, Task

WORST = 10
LONGEST = 240
"""Characters of a part of the brief that are shown."""


def worst_rows(rows: Sequence[Row], judge: str, most: int = WORST) -> list[Row]:
    """The wrong verdicts of a judge, the surest first; equally sure ones in the order of the rows."""
    wrong = [r for r in rows if (said := r.judges[judge]).verdict is not None and said.verdict != r.label]
    return sorted(wrong, key=lambda r: -confidence(r.judges[judge]))[:most]


def confidence(said: Said) -> float:
    """The stated probability of the verdict that was given; 1 where a rule gave it, or no probability is stated."""
    if said.decided_by == "rules" or said.probability is None:
        return 1.0
    return said.probability if said.verdict == "PASS" else 1 - said.probability


def example(row: Row, judge: str, task: Task, place: int) -> Example:
    """One mistake as it stands in the report."""
    said = row.judges[judge]
    what = "A bad email was let through" if row.label == "FAIL" else "A good email was held back"
    return Example(
        title=f"{place}. {what}: {row.task_id}",
        said=said.verdict or "no verdict",
        label=row.label,
        facts=_facts(row, said, task),
        brief=brief_summary(task.brief),
        subject=pieces(task.email.subject, marks_of(task, said, "subject")) if task.email.subject else [],
        body=pieces(task.email.body, marks_of(task, said, "body")),
        remarks=remarks_of(task, said),
    )


def _facts(row: Row, said: Said, task: Task) -> list[tuple[str, str]]:
    facts = [
        ("P(PASS)", "-" if said.probability is None else f"{said.probability:.3f}"),
        ("reward", "-" if said.reward is None else f"{said.reward:+.2f}"),
        ("threshold", "" if said.threshold is None else f"{said.threshold:+.2f}"),
        ("decided by", said.decided_by or ""),
        ("mode probed", row.mode),
        ("annotated", ", ".join(task.failure_modes)),
        ("named", ", ".join(said.failure_modes)),
    ]
    return [(name, value) for name, value in facts if value]


def brief_summary(brief: Brief) -> list[tuple[str, str]]:
    """The parts of a brief that are there, each in a line."""
    prospect, reader = brief.prospect, brief.recipient
    people = None if prospect.headcount is None else f"{prospect.headcount} people"
    parts = [
        ("company", _joined(prospect.company, prospect.industry, people, prospect.region)),
        ("reader", _joined(reader.name, reader.title, reader.persona)),
        ("segment", _joined(brief.segment or "none", _confidence(brief.segment_confidence))),
        *(("signal", f"{short(s.claim)} [{s.confidence}{_on(s.observed_on)}]") for s in brief.signals),
    ]
    if brief.ai_maturity:
        ai = brief.ai_maturity
        parts.append(("AI maturity", _joined(f"{ai.score} [{ai.confidence}]", ai.evidence)))
    if brief.bench:
        stacks = [f"{name} {free.available} in {free.start_in_days} d" for name, free in brief.bench.stacks.items()]
        parts.append(("bench", _joined(*stacks)))
    if brief.competitor_gap:
        parts.append(("gap", f"{short(brief.competitor_gap.finding)} [{brief.competitor_gap.confidence}]"))
    if brief.notes:
        parts.append(("notes", short(brief.notes)))
    parts += [(f"thread, {m.sender}", short(m.text)) for m in brief.thread[-3:]]
    for other in brief.other_threads:
        said = " / ".join(m.text for m in other.messages)
        parts.append((f"thread with {short(other.recipient.name or 'somebody else')}", short(said)))
    return [("as of", brief.as_of.isoformat()), *((name, text) for name, text in parts if text)]


def _joined(*parts: str | None) -> str:
    return "; ".join(short(part) for part in parts if part)


def short(text: str, longest: int = LONGEST) -> str:
    """A text in one line of at most ``longest`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _confidence(value: float | None) -> str | None:
    return None if value is None else f"confidence {value:.2f}"


def _on(day: date | None) -> str:
    return f", {day}" if day else ""


def examples(rows: Sequence[Row], judge: str, tasks: Mapping[str, Task]) -> list[Example]:
    """The worst mistakes of a judge; empty without the emails."""
    if not tasks:
        return []
    return [example(row, judge, tasks[row.task_id], i) for i, row in enumerate(worst_rows(rows, judge), 1)]
