"""The drafting pipeline whose output the benchmark judges: a model is given a brief and writes the email.

It works as such pipelines do: everything the CRM holds goes into the prompt, notes and other people's threads too.
Each run leaves a trace, so that a task made from a draft can name the run it came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from tenacious_bench.authoring.draw import Draw
from tenacious_bench.authoring.programmatic import SCHEDULE
from tenacious_bench.authoring.synthesis.chat import Chat, Message
from tenacious_bench.authoring.synthesis.journal import Journal, question
from tenacious_bench.schema import MODES, Brief, Email, EmailKind, Mode, Record

FIRST_NUMBER = 1300
"""Where the company numbers of drafting briefs start: behind those of the validation partition."""
MAX_PER_MODE = 20

MAX_TOKENS = 260

INSTRUCTIONS = (
    "You write outreach emails for Tenacious, a firm that lends engineering teams. Use the record to write one email "
    "to the recipient: at most 120 words, one question at the end, signed with a first name and Tenacious. Begin with "
    "a line 'Subject: ...'. Answer with the email only."
)
_EXAMPLE_RECORD = (
    '{"as_of": "2026-04-14", "prospect": {"company": "Ostrava Rail Print", "industry": "ticket printing"}, '
    '"recipient": {"name": "Milena Horak", "title": "CTO"}, "signals": [{"kind": "hiring", "claim": '
    '"6 engineering roles open", "confidence": "high"}], "bench": {"stacks": {"go": {"available": 3, '
    '"start_in_days": 14}}}}'
)
_EXAMPLE_EMAIL = """Subject: The six roles at Ostrava Rail Print

Hello Milena,

You list six engineering roles. Filling them takes months, and the work behind them does not wait.

Two of our Go engineers could start on Tuesday 28 April. They would work in your repository, under your review, until
the seats are filled.

Which of the six hurts most?

Petra
Tenacious"""
_SUBJECT = re.compile(r"^\W*subject\W*:\s*(?P<subject>.+)$", re.IGNORECASE | re.MULTILINE)


class Trace(Record):
    """One run of the pipeline."""

    trace_id: str
    mode: Mode
    """The failure mode that the brief tempts to."""
    brief: Brief
    model: str
    family: str
    seed: int
    messages: tuple[dict[str, str], ...]
    output: str
    """What the model answered, unchanged."""
    email: Email


def briefs(per_mode: int, seed: int) -> Iterator[tuple[Mode, Brief, EmailKind]]:
    """Briefs that tempt to each failure mode in turn, of companies that no partition knows.

    Raises:
        ValueError: more are asked for than there are companies.
    """
    if not 1 <= per_mode <= MAX_PER_MODE:
        raise ValueError(f"{per_mode} briefs per mode: choose 1 to {MAX_PER_MODE}")
    wanted = {mode: per_mode for mode in MODES}
    turn = 0
    while any(wanted.values()):
        scenario = SCHEDULE[turn % len(SCHEDULE)](Draw("held_out", FIRST_NUMBER + turn, seed))
        turn += 1
        if wanted[scenario.mode]:
            wanted[scenario.mode] -= 1
            quad = scenario.named("draft")
            yield scenario.mode, quad.brief("a"), quad.email_x.kind


def draft_messages(brief: Brief) -> list[Message]:
    """Instructions, one worked example, and the whole record as JSON."""
    record = json.dumps(brief.model_dump(mode="json", exclude_none=True, exclude_defaults=True), ensure_ascii=False)
    return [
        {"role": "user", "content": f"{INSTRUCTIONS}\n\nRecord:\n{_EXAMPLE_RECORD}"},
        {"role": "assistant", "content": _EXAMPLE_EMAIL},
        {"role": "user", "content": f"{INSTRUCTIONS}\n\nRecord:\n{record}"},
    ]


def read_email(output: str, kind: EmailKind) -> Email:
    """Subject and body of a draft; without a subject line all of it is body.

    Raises:
        ValidationError: nothing is left for the body.
    """
    found = _SUBJECT.search(output)
    return Email(kind=kind, subject=found["subject"].strip(' *"') if found else "", body=_body(output))


def _body(output: str) -> str:
    found = _SUBJECT.search(output)
    return (output[found.end() :] if found else output).strip()


def draft(
    per_mode: int, chat: Chat, seed: int, journal: Journal, progress: Callable[[int], object] | None = None
) -> list[Trace]:
    """Run the pipeline on ``per_mode`` briefs of every failure mode; what the journal holds is not asked for again.

    Args:
        per_mode: briefs per failure mode.
        chat: the model that drafts.
        seed: of the briefs and the sampling.
        journal: every answer; one without a body is kept there as an error and gives no trace.
        progress: called with 1 after each draft.
    """
    traces = []
    for number, (mode, brief, kind) in enumerate(briefs(per_mode, seed), 1):
        name = f"trace-{number:04d}"
        messages = draft_messages(brief)
        asked = question(chat.model, messages, seed + number)
        entry = journal.find(name, asked)
        if entry is None:
            reply = chat.complete(messages, None, seed + number, MAX_TOKENS)
            entry = journal.add(name, asked, chat.model, reply, "" if _body(reply.text) else "the draft has no body")
        if progress is not None:
            progress(1)
        if entry.error:
            continue
        traces.append(
            Trace(
                trace_id=name,
                mode=mode,
                brief=brief,
                model=chat.model,
                family=chat.family,
                seed=seed + number,
                messages=tuple(dict(m) for m in messages),
                output=entry.text,
                email=read_email(entry.text, kind),
            )
        )
    return traces
