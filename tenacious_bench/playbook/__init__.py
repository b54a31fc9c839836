"""The playbook: how one company sells, as data in one folder (``playbook.yaml`` and ``bench.yaml``)."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator

from tenacious_bench.schema import MODES, Action, Bench, Confidence, EmailKind, Persona, Record, Segment, SignalKind

_PATTERN_FIELDS = (
    "tone",
    "gap_insults",
    "injection_marks",
    "unfilled_slots",
    "automation_marks",
    "blunt_welcome",
    "ai_offers",
)
DEFAULT_FOLDER = Path(__file__).parent / "default"


class PlaybookError(ValueError):
    """A playbook folder that cannot be used; the message names file and field."""


class SegmentValue(Record):
    label: str
    value: str
    cues: tuple[str, ...]
    pitch: tuple[str, ...] = ()


class Abstain(Record):
    label: str
    value: str
    below_confidence: float


class AggressiveHiring(Record):
    open_roles: int
    confidence: Confidence
    words: tuple[str, ...]
    context: tuple[str, ...] = ()


class BenchRules(Record):
    stale_after_days: int
    regulated_extra_days: int
    regulated_words: tuple[str, ...]
    people_words: tuple[str, ...]
    seniority_words: tuple[str, ...] = ()
    stacks: dict[str, tuple[str, ...]]


class Limits(Record):
    body_words: dict[EmailKind, int]
    subject_chars: int
    max_questions: int
    never_to_prospect: tuple[str, ...]
    price_pattern: str


class Topic(Record):
    """Something a prospect may ask us to leave out, as regular expressions."""

    refused: str
    raised: str


class Register(Record):
    """The words of one trade and the personas who read it as theirs."""

    readers: tuple[Persona, ...]
    words: tuple[str, ...]


class Playbook(Record):
    """All rules of one seller, validated. Load one with :func:`load_playbook`."""

    seller: str
    segments: dict[Segment, SegmentValue]
    abstain: Abstain
    ai_maturity: dict[int, str]
    freshness_days: dict[SignalKind, int]
    aggressive_hiring: AggressiveHiring
    leadership_window_days: int
    bench: BenchRules
    limits: Limits
    banned_phrases: tuple[str, ...]
    tone: dict[str, tuple[str, ...]]
    gap_insults: tuple[str, ...]
    injection_marks: tuple[str, ...]
    unfilled_slots: str
    automation_marks: tuple[str, ...] = ()
    peers_words: tuple[str, ...] = ()
    blunt_welcome: tuple[str, ...] = ()
    ai_offers: dict[int, tuple[str, ...]] = Field(default_factory=dict)
    topics: dict[str, Topic] = Field(default_factory=dict)
    registers: dict[str, Register] = Field(default_factory=dict)
    actions: dict[str, Action]
    inventory: Bench

    @field_validator("actions")
    @classmethod
    def _every_mode_has_an_action(cls, value: dict[str, Action]) -> dict[str, Action]:
        if missing := {*MODES, "unnamed"} - value.keys():
            raise ValueError(f"actions lack {sorted(missing)}: give send, edit or block for each")
        return value

    @cached_property
    def digest(self) -> str:
        """First 12 hex digits of the sha256 of the validated content: part of every signature."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


@lru_cache(maxsize=512)
def word_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A case-insensitive pattern that matches any of ``phrases`` as whole words; none of no phrases."""
    if not phrases:
        return re.compile(r"(?!)")
    joined = "|".join(re.escape(p) for p in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=512)
def any_pattern(expressions: tuple[str, ...]) -> re.Pattern[str]:
    """A case-insensitive pattern that matches any of some regular expressions."""
    return re.compile("|".join(f"(?:{e})" for e in expressions) or r"(?!)", re.IGNORECASE)


def _read_yaml(path: Path) -> Any:
    if not path.is_file():
        raise PlaybookError(f"{path}: no such file; a playbook folder holds playbook.yaml and bench.yaml")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise PlaybookError(f"{path}: not YAML: {error}") from error


@lru_cache(maxsize=8)
def load_playbook(folder: Path | None = None) -> Playbook:
    """Read and validate a playbook folder.

    Args:
        folder: a folder with ``playbook.yaml`` and ``bench.yaml``; None means the one that ships here.

    Raises:
        PlaybookError: a file is missing, is not YAML, or a field is wrong (the message names it).
    """
    folder = folder or DEFAULT_FOLDER
    content = _read_yaml(folder / "playbook.yaml")
    inventory = _read_yaml(folder / "bench.yaml")
    if not isinstance(content, dict):
        raise PlaybookError(f"{folder / 'playbook.yaml'}: expected a mapping, found {type(content).__name__}")
    try:
        playbook = Playbook.model_validate({**content, "inventory": inventory})
        for field in _PATTERN_FIELDS:
            _check_patterns(field, getattr(playbook, field))
        for segment, chosen in playbook.segments.items():
            _check_patterns(f"segments.{segment}.pitch", chosen.pitch)
        for name, topic in playbook.topics.items():
            _check_patterns(f"topics.{name}", (topic.refused, topic.raised))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlaybookError(f"{folder}: field {where}: {first['msg']}") from error
    return playbook


def _check_patterns(field: str, value: Any) -> None:
    if isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            raise PlaybookError(f"field {field}: {value!r} is not a regular expression: {error}") from error
    else:
        for part in value.values() if isinstance(value, dict) else value:
            _check_patterns(field, part)
