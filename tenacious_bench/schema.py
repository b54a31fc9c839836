"""The records everything else passes around: brief, email, task, judgment.

All records are pydantic models: frozen, validated on construction, JSON in and out. Every field but
``Brief.as_of``, ``Brief.prospect.company`` and ``Email.body`` may be missing, because a real CRM has holes.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Mode = Literal[
    "segment_misrouting",
    "signal_overclaiming",
    "tone_drift",
    "injection",
    "bench_overcommitment",
    "competitor_gap_framing",
    "ai_maturity_mismatch",
    "multi_thread_leakage",
]
Segment = Literal["growth_startup", "restructuring", "mature_enterprise", "ai_transformation"]
Persona = Literal["founder", "cto", "vp_engineering", "head_of_data", "cfo", "procurement"]
Confidence = Literal["high", "medium", "low"]
SignalKind = Literal["funding", "layoff", "hiring", "leadership", "ai", "stack", "compliance", "news"]
EmailKind = Literal["cold", "warm_reply", "re_engagement"]
AuthoringMode = Literal["programmatic", "synthesis", "adversarial", "trace"]
Difficulty = Literal["easy", "medium", "hard"]
Label = Literal["PASS", "FAIL"]
Action = Literal["send", "edit", "block"]
Partition = Literal["train", "validation", "held_out"]

MODES: tuple[Mode, ...] = get_args(Mode)
SEGMENTS: tuple[Segment, ...] = get_args(Segment)
PARTITIONS: tuple[Partition, ...] = get_args(Partition)

MAX_TEXT = 100_000
"""Longest text field accepted, in characters; a longer one is an error, not a truncation."""

Text = Annotated[str, Field(max_length=MAX_TEXT)]


class Record(BaseModel):
    """Base of all records: immutable, unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json_dict(self) -> dict[str, Any]:
        """The record as JSON-ready values, holes left out."""
        return self.model_dump(mode="json", exclude_none=True)


class Prospect(Record):
    company: Annotated[str, Field(min_length=1, max_length=500)]
    industry: Text | None = None
    headcount: Annotated[int, Field(ge=0)] | None = None
    region: Text | None = None


class Recipient(Record):
    name: Text | None = None
    title: Text | None = None
    persona: Persona | None = None


class Signal(Record):
    """Something observed about the prospect; only ``high`` confidence may be asserted."""

    kind: SignalKind
    claim: Text
    observed_on: date | None = None
    confidence: Confidence = "low"
    source: Text | None = None


class AiMaturity(Record):
    """0 no data layer, 1 reports, 2 a model in use, 3 machine learning in production with an owner."""

    score: Annotated[int, Field(ge=0, le=3)]
    confidence: Confidence = "low"
    evidence: Text | None = None


class StackAvailability(Record):
    available: Annotated[int, Field(ge=0)]
    start_in_days: Annotated[int, Field(ge=0)] = 0


class Bench(Record):
    """Engineers free to start, per stack, as counted on ``as_of``."""

    as_of: date | None = None
    stacks: dict[str, StackAvailability] = {}


class CompetitorGap(Record):
    finding: Text
    peers: Annotated[int, Field(ge=0)] | None = None
    confidence: Confidence = "low"


class Message(Record):
    sender: Literal["us", "prospect"]
    text: Text


class OtherThread(Record):
    """A conversation with somebody else; nothing in it may reach this recipient."""

    recipient: Recipient
    messages: tuple[Message, ...] = ()


class Brief(Record):
    """What is known of the prospect on the day the email would leave."""

    as_of: date
    prospect: Prospect
    recipient: Recipient = Recipient()
    segment: Segment | None = None
    segment_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    signals: tuple[Signal, ...] = ()
    ai_maturity: AiMaturity | None = None
    bench: Bench | None = None
    competitor_gap: CompetitorGap | None = None
    notes: Text | None = None
    thread: tuple[Message, ...] = ()
    other_threads: tuple[OtherThread, ...] = ()
    extra: dict[str, Any] = {}
    """Fields of foreign records that have no name here: kept, and shown to the judge as data."""


class Email(Record):
    """An outgoing draft. ``text`` is what judges score: subject line, blank line, body."""

    body: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    subject: Text = ""
    kind: EmailKind = "cold"

    @property
    def text(self) -> str:
        """Subject and body as one string, the completion that is scored."""
        return f"Subject: {self.subject}\n\n{self.body}" if self.subject else self.body


class Provenance(Record):
    """Who wrote a task and who checked it."""

    author: Literal["program", "language_model", "person"]
    author_family: str | None = None
    validator: Literal["construction", "language_model", "person"]
    validator_family: str | None = None
    writer: str | None = None
    """An opaque writer id, so that results can be sliced by writer."""
    trace_id: str | None = None
    """The run of the drafting pipeline that wrote the email; a row of the ``traces`` configuration."""


class Task(Record):
    """One benchmark row: is this email right for this brief?"""

    task_id: str
    version: str
    authoring_mode: AuthoringMode
    difficulty: Difficulty
    contrast_group: str
    mode: Mode
    """The failure mode that the contrast group probes, for PASS rows too: slices need it."""
    brief: Brief
    email: Email
    label: Label
    failure_modes: tuple[Mode, ...] = ()
    evidence: tuple[str, ...] = ()
    rationale: str
    provenance: Provenance

    @model_validator(mode="after")
    def _label_and_evidence_agree(self) -> Task:
        if (self.label == "FAIL") != bool(self.failure_modes):
            raise ValueError(
                f"label {self.label} with failure_modes {list(self.failure_modes)}: "
                "a FAIL names at least one failure mode, a PASS none"
            )
        for quote in self.evidence:
            if quote not in self.email.subject and quote not in self.email.body:
                raise ValueError(f"evidence {quote!r} is not an exact substring of subject or body")
        return self


class Quote(Record):
    """The words that broke a rule: ``text == getattr(email, field)[start:end]``."""

    field: Literal["subject", "body"]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: str
    mode: Mode
    reason: str


class SpanReward(Record):
    """What a stretch of the email adds to the reward: ``text == getattr(email, field)[start:end]``."""

    field: Literal["subject", "body"]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: str
    reward: float


class Reread(Record):
    """What an email is worth when text of unknown hands is left out of its brief."""

    reward: float
    probability: Annotated[float, Field(ge=0, le=1)]


class Judgment(Record):
    """What a judge says of one (brief, email).

    ``verdict`` is None when the judge failed on this row; ``error`` then says why. ``reward`` is the judge's
    own score (higher is better), None for judges that have none; ``probability`` is the calibrated P(PASS).
    """

    id: str
    judge: str
    verdict: Label | None
    action: Action | None = None
    reward: float | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    without_planted: Reread | None = None
    """Of the reward judge, where the brief holds text of unknown hands; a cascade counts the lower of the two."""
    threshold: float | None = None
    failure_modes: tuple[Mode, ...] = ()
    """Of the rules, each with quotes; where they are silent, the likeliest one by the words of the lowest sentence."""
    decided_by: Literal["rules", "reward"] | None = None
    """Which part of a cascade gave the verdict."""
    quotes: tuple[Quote, ...] = ()
    sentences: tuple[SpanReward, ...] = ()
    """What each sentence adds to the reward, for judges that have one: the lowest cost the email most."""
    words: tuple[SpanReward, ...] | None = None
    """The same for each word; None unless the judge was asked for it."""
    notes: tuple[str, ...] = ()
    """Things a reader must know of this judgment, such as lines of an over-long brief that were left out."""
    error: str | None = None
    signature: str = ""


class Item(Record):
    """What a judge is given: never a label."""

    id: str
    brief: Brief
    email: Email
    foreign: bool = False
    """The brief was mapped from a record in somebody else's schema, so that parts of it may be missing or misread."""
