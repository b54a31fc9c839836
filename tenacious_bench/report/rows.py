"""One line of ``rows.jsonl``: a task's label and what each judge said of it. ``bench`` writes it, reports read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from tenacious_bench.schema import AuthoringMode, Judgment, Label, Mode, Record, Segment, Task

Probability = Annotated[FiniteFloat, Field(ge=0, le=1)]
Offset = Annotated[int, Field(ge=0)]


class QuotePlace(Record):
    """Where a rule's quote stands: ``getattr(email, field)[start:end]``. The words stay in the dataset."""

    field: Literal["subject", "body"]
    start: Offset
    end: Offset
    mode: Mode
    reason: str


class SentencePlace(Record):
    """Where a sentence stands, and its part of the reward."""

    field: Literal["subject", "body"]
    start: Offset
    end: Offset
    reward: FiniteFloat


class Said(Record):
    """What one judge said of one email: the fields of :class:`~tenacious_bench.schema.Judgment` of the same names.

    The last four are missing in files of older versions.
    """

    verdict: Label | None
    reward: FiniteFloat | None
    probability: Probability | None
    failure_modes: tuple[Mode, ...]
    error: str | None
    threshold: FiniteFloat | None = None
    decided_by: Literal["rules", "reward"] | None = None
    quotes: tuple[QuotePlace, ...] = ()
    sentences: tuple[SentencePlace, ...] = ()


class Row(Record):
    """One task and what each judge said of it."""

    task_id: Annotated[str, Field(min_length=1, max_length=200)]
    contrast_group: str
    mode: Mode
    segment: Segment | None
    authoring_mode: AuthoringMode
    label: Label
    judges: dict[str, Said]


def row_of(task: Task, judgments: Mapping[str, Judgment]) -> Row:
    """The line for a task.

    Args:
        task: what was judged.
        judgments: by the judge's name.
    """
    return Row(
        task_id=task.task_id,
        contrast_group=task.contrast_group,
        mode=task.mode,
        segment=task.brief.segment,
        authoring_mode=task.authoring_mode,
        label=task.label,
        judges={name: _said(judgment) for name, judgment in judgments.items()},
    )


def _said(judgment: Judgment) -> Said:
    return Said(
        verdict=judgment.verdict,
        reward=judgment.reward,
        probability=judgment.probability,
        failure_modes=judgment.failure_modes,
        error=judgment.error,
        threshold=judgment.threshold,
        decided_by=judgment.decided_by,
        quotes=tuple(
            QuotePlace(field=q.field, start=q.start, end=q.end, mode=q.mode, reason=q.reason) for q in judgment.quotes
        ),
        sentences=tuple(
            SentencePlace(field=s.field, start=s.start, end=s.end, reward=s.reward) for s in judgment.sentences
        ),
    )
