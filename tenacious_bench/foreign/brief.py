"""Puts a brief together from what was found under known names; the rest becomes ``Brief.extra``."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from tenacious_bench.foreign.bench import read_bench
from tenacious_bench.foreign.conversation import parse_text, read_message, read_other_threads, read_thread
from tenacious_bench.foreign.findings import TEXT, Findings, Found, collect, left_over
from tenacious_bench.foreign.names import normal
from tenacious_bench.foreign.signals import listed_signals, observed_signals, stack_signals
from tenacious_bench.foreign.values import (
    any_text,
    plain,
    to_confidence,
    to_count,
    to_date,
    to_maturity,
    to_name,
    to_segment,
    to_share,
    to_text,
)
from tenacious_bench.schema import (
    MAX_TEXT,
    AiMaturity,
    Bench,
    Brief,
    CompetitorGap,
    Confidence,
    Message,
    OtherThread,
    Persona,
    Prospect,
    Recipient,
)

DEFAULT_AS_OF = date(2026, 4, 21)
"""The day of a record that names none: the end of the frozen signal window."""
UNKNOWN_COMPANY = "unknown company"


def _persona(value: Any) -> Persona | None:
    known: tuple[Persona, ...] = get_args(Persona)
    return next((p for p in known if isinstance(value, str) and p == normal(value)), None)


def _people(findings: Findings) -> tuple[Prospect, Recipient]:
    """A bare ``prospect_name`` is the company where no other name of it is given, else the person."""
    company = findings.value("company.name", to_name)
    person = findings.value("recipient.name", to_name)
    if company is None:
        company = findings.value("prospect.name", to_name)
    elif person is None:
        person = findings.value("prospect.name", to_name)
    prospect = Prospect(
        company=company or UNKNOWN_COMPANY,
        industry=findings.value("company.industry", to_text),
        headcount=findings.value("company.headcount", to_count),
        region=findings.value("company.region", to_text),
    )
    persona: Persona | None = findings.value("recipient.persona", _persona)
    return prospect, Recipient(name=person, title=findings.value("recipient.title", to_text), persona=persona)


def _maturity(findings: Findings) -> AiMaturity | None:
    taken = findings.take("ai_maturity.score", to_maturity)
    if taken is None:
        return None
    score, item = taken
    evidence = findings.value("ai_maturity.evidence", to_text)
    if evidence is None and isinstance(item.value, str):
        evidence = f"Given as {item.value!r}"
    confidence: Confidence | None = findings.nearest(item.path, ("ai_maturity.confidence", "confidence"), to_confidence)
    return AiMaturity(score=score, confidence=confidence or "low", evidence=evidence)


def _gap(findings: Findings) -> CompetitorGap | None:
    taken = findings.take("gap.finding", to_text)
    if taken is None:
        return None
    confidence: Confidence | None = findings.nearest(taken[1].path, ("gap.confidence", "confidence"), to_confidence)
    peers = findings.value("gap.peers", to_count)
    return CompetitorGap(finding=taken[0], peers=peers, confidence=confidence or "low")


def _bench(findings: Findings) -> Bench | None:
    for item in findings.all("bench"):
        bench, used = read_bench(item.value, item.path)
        if bench is not None:
            findings.used |= used
            return bench
    return None


def _conversation(findings: Findings) -> tuple[tuple[Message, ...], tuple[OtherThread, ...]]:
    thread: list[Message] = []
    for item in findings.all("thread"):
        if not thread:
            messages, used = read_thread(item.value, item.path)
            thread += messages
            findings.used |= used
    said = set(thread)
    for item in findings.all("reply"):
        reply, used = read_message(item.value, item.path)
        findings.used |= used
        thread += [message for message in reply if message not in said]
        said |= set(reply)
    others: list[OtherThread] = []
    for item in findings.all("other_threads"):
        more, used = read_other_threads(item.value, item.path)
        findings.used |= used
        others += more
    return tuple(thread), tuple(others)


def _notes(findings: Findings) -> str | None:
    notes: list[str] = []
    room = MAX_TEXT
    for item in [*findings.all("notes"), *findings.all("text")]:
        text = any_text(item.value)
        if text is not None and len(text) <= room:
            notes.append(text)
            room -= len(text) + 1
            findings.used.add(item.path)
    return "\n".join(notes) or None


def _find(tree: dict[str, Any]) -> Findings:
    found = collect(tree)
    parsed: list[Found] = []
    for item in found:
        if item.field == "text" and any_text(item.value):
            parsed += [f for f in collect(parse_text(item.value), (TEXT,)) if f.field not in ("text", "notes")]
    return Findings(found + parsed)


def brief_from_context(context: dict[str, Any], as_of: date | None = None) -> Brief:
    """The brief that a foreign record describes. Never raises for what the record holds.

    Args:
        context: any JSON object.
        as_of: the day of the brief when the record names none; ``DEFAULT_AS_OF`` when this is None too.
    """
    tree = plain(context)
    tree = tree if isinstance(tree, dict) else {"value": tree}
    findings = _find(tree)
    prospect, recipient = _people(findings)
    segment = findings.take("segment.value", to_segment)
    sure = findings.nearest(segment[1].path, ("segment.confidence",), to_share) if segment else None
    thread, other_threads = _conversation(findings)
    signals = (*listed_signals(findings), *observed_signals(findings), *stack_signals(findings))
    fields: dict[str, Any] = {
        "as_of": findings.value("as_of", to_date) or as_of or DEFAULT_AS_OF,
        "prospect": prospect,
        "recipient": recipient,
        "segment": segment[0] if segment else None,
        "segment_confidence": findings.value("segment.confidence", to_share) if sure is None else sure,
        "signals": signals,
        "ai_maturity": _maturity(findings),
        "bench": _bench(findings),
        "competitor_gap": _gap(findings),
        "notes": _notes(findings),
        "thread": thread,
        "other_threads": other_threads,
    }
    return Brief(**fields, extra=left_over(tree, findings.used) or {})
