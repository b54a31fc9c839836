"""Tasks made from traces of the drafting pipeline: a draft, the label of one annotator, confirmed blind by a second."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from tenacious_bench.authoring.agreement import Annotation
from tenacious_bench.authoring.drafting import Trace
from tenacious_bench.schema import Label, Mode, Provenance, Record, Task

FOLDER = Path(__file__).parent / "traces"


class TraceLabel(Record):
    """What the first annotator says of a draft, and the second, who saw brief and draft only."""

    trace_id: str
    label: Label
    failure_modes: tuple[Mode, ...]
    """Those that both annotators name."""
    evidence: tuple[str, ...]
    rationale: Annotated[str, Field(min_length=1)]


class LabelledTrace(Record):
    """One row of the ``traces`` configuration."""

    trace: Trace
    said: TraceLabel
    task_id: str | None = None
    """The v0.2 task made from it, if one was."""


def read_traces(path: Path = FOLDER / "traces.jsonl") -> list[Trace]:
    """All traces, in the order of their ids."""
    return [Trace.model_validate_json(line) for line in _lines(path)]


def read_labels(path: Path = FOLDER / "labels.jsonl") -> dict[str, TraceLabel]:
    """First labels by trace id."""
    return {label.trace_id: label for label in (TraceLabel.model_validate_json(line) for line in _lines(path))}


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def labelled(traces: list[Trace], labels: dict[str, TraceLabel], annotations: list[Annotation]) -> list[LabelledTrace]:
    """The traces whose second, blind verdict is that of the first annotator.

    Args:
        traces: runs of the pipeline.
        labels: of the first annotator.
        annotations: blind verdicts, a trace's under its id.
    """
    blind = {a.ref: a.verdict for a in annotations}  # a trace never changes
    return [
        LabelledTrace(trace=t, said=labels[t.trace_id])
        for t in traces
        if t.trace_id in labels and blind.get(t.trace_id) == labels[t.trace_id].label
    ]


def trace_tasks(found: list[LabelledTrace], version: str) -> list[Task]:
    """One task per failure mode tempted to, from its first trace: small models' drafts fail too easily for more.

    Args:
        found: labelled traces.
        version: of the dataset.

    Returns:
        Tasks named after their traces until the build numbers them, each a contrast group of its own.
    """
    first: dict[Mode, LabelledTrace] = {}
    for row in found:
        first.setdefault(row.trace.mode, row)
    return [
        Task(
            task_id=row.trace.trace_id,
            version=version,
            authoring_mode="trace",
            difficulty="easy",
            contrast_group=row.trace.trace_id,
            mode=mode,
            brief=row.trace.brief,
            email=row.trace.email,
            label=row.said.label,
            failure_modes=row.said.failure_modes,
            evidence=row.said.evidence,
            rationale=row.said.rationale,
            provenance=Provenance(
                author="language_model",
                author_family=row.trace.family,
                validator="language_model",
                validator_family="claude",
                trace_id=row.trace.trace_id,
            ),
        )
        for mode, row in first.items()
    ]
