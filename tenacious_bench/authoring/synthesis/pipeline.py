"""Writes contrast groups with one model and filters them with another.

For each job: the writer gets two briefs and writes two emails; the judge sees every cell alone and blind. A group
stays when all four blind verdicts are the intended ones and every score reaches its threshold. Near-duplicates then
meet in pairs and the judge keeps the better one. An answer that cannot be read is an error row, never a default.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import ValidationError

from tenacious_bench.authoring.draw import Draw
from tenacious_bench.authoring.programmatic import SCHEDULE
from tenacious_bench.authoring.quads import FailCell, PassCell, Quad
from tenacious_bench.authoring.synthesis.chat import Chat, Message, RefusedError, Reply
from tenacious_bench.authoring.synthesis.journal import Journal, question
from tenacious_bench.authoring.synthesis.prompts import (
    Choice,
    Verdict,
    Written,
    choice_messages,
    judge_messages,
    schema_of,
    writer_messages,
)
from tenacious_bench.contamination import MAX_COSINE, Encode
from tenacious_bench.files import write_json, write_jsonl
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Email, Mode, Record

FIRST_NUMBER = 1600
"""Where the company numbers of synthesis briefs start: behind those of the programmatic partitions."""
MAX_JOBS = 90

_R = TypeVar("_R", bound=Record)
Progress = Callable[[int], object]


@dataclass(frozen=True)
class Thresholds:
    """The least score, 1 to 5, that each cell of a group must reach."""

    coherence: int = 4
    verifiability: int = 4
    clarity: int = 3


@dataclass(frozen=True)
class Settings:
    """How a run is made; the same settings and seed ask for the same groups.

    Attributes:
        jobs: groups to ask for, at most 90.
        seed: of the briefs and of the models' sampling.
        attempts: of one answer, each with a new sampling seed, before it is an error row.
        workers: groups in work at once.
        thresholds: of the filter.
    """

    jobs: int
    seed: int = 3407
    attempts: int = 2
    workers: int = 1
    thresholds: Thresholds = field(default_factory=Thresholds)


class Dropped(NamedTuple):
    """A group that did not stay, and why."""

    job: str
    mode: Mode
    step: str
    kind: Literal["error", "rejected", "duplicate"]
    reason: str


class Unusable(Exception):
    """No attempt gave a usable answer."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(reason)
        self.step, self.reason = step, reason


@dataclass(frozen=True)
class Result:
    """What a run left."""

    groups: list[Quad]
    dropped: list[Dropped]
    tokens: dict[str, Any]


def jobs(count: int, seed: int) -> Iterator[tuple[str, Quad]]:
    """``count`` programmatic quads with all four cells, as briefs and facts to write on; failure modes in turn.

    Raises:
        ValueError: more than there are companies for.
    """
    if not 1 <= count <= MAX_JOBS:
        raise ValueError(f"jobs is {count}: choose 1 to {MAX_JOBS}, or add company names to forms/world.yaml")
    number = FIRST_NUMBER
    made = 0
    turn = 0
    while made < count:
        scenario = SCHEDULE[turn % len(SCHEDULE)](Draw("train", number, seed))
        turn += 1
        if scenario.pass_b_y and scenario.fail_b_x and scenario.fail_a_y:
            made += 1
            yield f"s{number:04d}", scenario.named(f"s{number:04d}")
            number += 1


def run(
    settings: Settings,
    writer: Chat,
    judge: Chat,
    playbook: Playbook,
    out: Path,
    encode: Encode | None = None,
    progress: Progress | None = None,
) -> Result:
    """Write and filter groups; an interrupted run is resumed by running it again.

    Args:
        settings: size, seed and thresholds.
        writer: writes the emails.
        judge: verdicts and choices; its family must not be the writer's.
        playbook: renders the briefs.
        out: gets ``journal.jsonl`` (every answer), ``groups.jsonl``, ``dropped.jsonl`` and ``run.json``.
        encode: sentence encoder for near-duplicates; None skips that step.
        progress: called with 1 after each group.

    Raises:
        ValueError: both models are of one family, or the folder's journal belongs to other settings.
        EndpointError: an endpoint stayed unreachable; what was answered is kept.
        RuntimeError: another process works in the folder.
    """
    if writer.family == judge.family:
        raise ValueError(f"writer and judge are both of the family {writer.family!r}: choose another judge")
    out.mkdir(parents=True, exist_ok=True)
    _same_run(out / "settings.json", settings, writer, judge)
    with Journal(out / "journal.jsonl") as journal:
        return _run(settings, writer, judge, playbook, out, encode, progress, journal)


def _run(
    settings: Settings,
    writer: Chat,
    judge: Chat,
    playbook: Playbook,
    out: Path,
    encode: Encode | None,
    progress: Progress | None,
    journal: Journal,
) -> Result:
    asked = list(jobs(settings.jobs, settings.seed))
    done: dict[str, Quad | Dropped] = {}
    with ThreadPoolExecutor(settings.workers) as pool:
        waiting = {
            pool.submit(_group, name, base, settings, writer, judge, playbook, journal): name for name, base in asked
        }
        try:
            for future in as_completed(waiting):
                done[waiting[future]] = future.result()
                if progress is not None:
                    progress(1)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    kept = [found for name, _ in asked if isinstance(found := done[name], Quad)]
    dropped = [found for name, _ in asked if isinstance(found := done[name], Dropped)]
    if encode is not None:
        kept, twins = _without_twins(kept, settings, judge, journal, encode)
        dropped += twins
    write_jsonl(out / "groups.jsonl", (q.model_dump(mode="json", exclude_none=True) for q in kept))
    write_jsonl(out / "dropped.jsonl", (d._asdict() for d in dropped))
    result = Result(kept, dropped, journal.tokens())
    write_json(out / "run.json", {**_identity(settings, writer, judge), "kept": len(kept), "dropped": len(dropped),
                                  "tokens": result.tokens})  # fmt: skip
    return result


def _identity(settings: Settings, writer: Chat, judge: Chat) -> dict[str, Any]:
    limits = settings.thresholds
    return {
        "seed": settings.seed,
        "attempts": settings.attempts,
        "thresholds": [limits.coherence, limits.verifiability, limits.clarity],
        "writer": [writer.model, writer.family],
        "judge": [judge.model, judge.family],
    }


def _same_run(path: Path, settings: Settings, writer: Chat, judge: Chat) -> None:
    ours = _identity(settings, writer, judge)
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found != ours:
            raise ValueError(f"{path.parent} holds a run with {found}, this one has {ours}: choose another folder")
    write_json(path, ours)


def _group(
    name: str, base: Quad, settings: Settings, writer: Chat, judge: Chat, playbook: Playbook, journal: Journal
) -> Quad | Dropped:
    try:
        written = _answer(
            f"{name}/write",
            writer,
            writer_messages(base, playbook),
            Written,
            settings,
            journal,
            check=_quotes_are_exact,
        )
        quad = _as_quad(name, base, written, writer)
        for cell, brief, email, expected in quad.cells():
            step = f"{name}/judge-{cell}"
            verdict = _answer(step, judge, judge_messages(brief, email, playbook), Verdict, settings, journal)
            if reason := _objection(verdict, expected, quad.mode, settings.thresholds):
                return Dropped(name, quad.mode, f"judge-{cell}", "rejected", reason)
    except Unusable as problem:
        return Dropped(name, base.mode, problem.step.partition("/")[2], "error", problem.reason)
    return quad


def _objection(verdict: Verdict, expected: PassCell | FailCell, mode: Mode, limits: Thresholds) -> str:
    label = "FAIL" if isinstance(expected, FailCell) else "PASS"
    if verdict.verdict != label:
        return f"intended {label}, judged {verdict.verdict}: {verdict.reason}"
    if label == "FAIL" and mode not in verdict.failure_modes:
        return f"intended {mode}, judged {', '.join(verdict.failure_modes) or 'no mode'}: {verdict.reason}"
    for name in ("coherence", "verifiability", "clarity"):
        if (score := getattr(verdict, name)) < getattr(limits, name):
            return f"{name} is {score}, at least {getattr(limits, name)} is asked: {verdict.reason}"
    return ""


def _quotes_are_exact(written: Written) -> str:
    if written.decisive_x not in written.email_x.body:
        return "decisive_x is not a quote of email_x"
    if written.decisive_y not in written.email_y.body:
        return "decisive_y is not a quote of email_y"
    if written.decisive_x in written.email_y.body or written.decisive_y in written.email_x.body:
        return "a decisive sentence stands in both emails"
    return ""


def _as_quad(name: str, base: Quad, written: Written, writer: Chat) -> Quad:
    assert base.fail_a_y and base.fail_b_x
    kind = base.email_x.kind
    return base.model_copy(
        update={
            "group": name,
            "writer": writer.model,
            "email_x": Email(kind=kind, subject=written.email_x.subject, body=written.email_x.body),
            "email_y": Email(kind=kind, subject=written.email_y.subject, body=written.email_y.body),
            "fail_a_y": base.fail_a_y.model_copy(update={"evidence": (written.decisive_y,)}),
            "fail_b_x": base.fail_b_x.model_copy(update={"evidence": (written.decisive_x,)}),
        }
    )


def _answer(
    step: str,
    chat: Chat,
    messages: Sequence[Message],
    shape: type[_R],
    settings: Settings,
    journal: Journal,
    check: Callable[[_R], str] = lambda _: "",
) -> _R:
    """A valid answer, from the journal or from the model; every attempt is in the journal."""
    reason = ""
    for attempt in range(settings.attempts):
        key = f"{step}#{attempt}"
        seed = settings.seed + attempt
        asked = question(chat.model, messages, seed)
        entry = journal.find(key, asked)
        if entry is None:
            try:
                reply = chat.complete(messages, schema_of(shape), seed)
                entry = journal.add(key, asked, chat.model, reply, _problem(reply.text, shape, check))
            except RefusedError as refused:
                entry = journal.add(key, asked, chat.model, Reply("", 0, 0), str(refused))
        if not entry.error:
            return shape.model_validate_json(_json_part(entry.text))
        reason = entry.error
    raise Unusable(step, reason)


def _problem(text: str, shape: type[_R], check: Callable[[_R], str]) -> str:
    try:
        return check(shape.model_validate_json(_json_part(text)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"]) or "answer"
        return f"{where}: {first['msg']}"


def _json_part(text: str) -> str:
    """The answer without a Markdown fence around it."""
    text = text.strip()
    if text.startswith("```"):
        text = text.split("\n", 1)[-1].rsplit("```", 1)[0]
    return text


def _without_twins(
    quads: list[Quad], settings: Settings, judge: Chat, journal: Journal, encode: Encode
) -> tuple[list[Quad], list[Dropped]]:
    """Of two groups with near-duplicate emails the judge keeps one, asked in both orders; a tie keeps the first."""
    if len(quads) < 2:
        return quads, []
    vectors = encode([q.email_x.text for q in quads])
    cosines = vectors @ vectors.T
    gone: dict[int, Dropped] = {}
    for i in range(len(quads)):
        for j in range(i + 1, len(quads)):
            if i in gone or j in gone or cosines[i, j] < MAX_COSINE:
                continue
            try:
                keep_second = _second_is_better(quads[i], quads[j], settings, judge, journal)
            except Unusable as problem:
                gone[j] = Dropped(quads[j].group, quads[j].mode, "choice", "error", problem.reason)
                continue
            lost, kept = (i, j) if keep_second else (j, i)
            why = f"cosine {cosines[i, j]:.3f} with {quads[kept].group}, which the judge prefers"
            gone[lost] = Dropped(quads[lost].group, quads[lost].mode, "choice", "duplicate", why)
    return [q for i, q in enumerate(quads) if i not in gone], [gone[i] for i in sorted(gone)]


def _second_is_better(first: Quad, second: Quad, settings: Settings, judge: Chat, journal: Journal) -> bool:
    def choose(a: Quad, b: Quad) -> str:
        step = f"{a.group}+{b.group}/choice"
        return _answer(step, judge, choice_messages(a.email_x, b.email_x), Choice, settings, journal).better

    return choose(first, second) == "second" and choose(second, first) == "first"
