"""What every scenario builds from: the parts of one contrast group before it gets its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tenacious_bench.authoring.draw import Draw, library
from tenacious_bench.authoring.quads import FailCell, PassCell, Quad
from tenacious_bench.schema import Difficulty, Email, EmailKind, Mode


@dataclass(frozen=True)
class Failure:
    evidence: str
    rationale: str
    modes: tuple[Mode, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A contrast group without group number: B's cells may be missing."""

    mode: Mode
    difficulty: Difficulty
    brief_a: dict[str, Any]
    brief_b_changes: dict[str, Any]
    email_x: dict[str, Any]
    email_y: dict[str, Any]
    fail_a_y: Failure | None
    fail_b_x: Failure | None
    pass_b_y: bool

    def named(self, group: str) -> Quad:
        """The group as a validated :class:`Quad`."""

        def cell(failure: Failure | None) -> FailCell | None:
            if failure is None:
                return None
            modes = failure.modes or (self.mode,)
            return FailCell(failure_modes=modes, evidence=(failure.evidence,), rationale=failure.rationale)

        fine = PassCell(rationale="By construction the email fits the facts and what the playbook licenses for them.")
        return Quad(
            group=group,
            writer="program",
            mode=self.mode,
            difficulty=self.difficulty,
            brief_a=self.brief_a,
            brief_b_changes=self.brief_b_changes,
            email_x=Email.model_validate(self.email_x),
            email_y=Email.model_validate(self.email_y),
            pass_a_x=fine,
            fail_a_y=cell(self.fail_a_y),
            fail_b_x=cell(self.fail_b_x),
            pass_b_y=fine if self.pass_b_y else None,
        )


def fail(evidence: str, rationale: str, *modes: Mode) -> Failure:
    """What is wrong in one cell; no modes means the scenario's own."""
    return Failure(evidence, rationale, modes)


def quad(
    mode: Mode,
    difficulty: Difficulty,
    brief_a: dict[str, Any],
    brief_b_changes: dict[str, Any],
    x: dict[str, Any],
    y: dict[str, Any],
    fail_a_y: Failure,
    fail_b_x: Failure | None,
) -> Scenario:
    """A full quad; with ``fail_b_x`` None a same-brief pair."""
    return Scenario(mode, difficulty, brief_a, brief_b_changes, x, y, fail_a_y, fail_b_x, fail_b_x is not None)


def one_sided(
    mode: Mode,
    difficulty: Difficulty,
    brief_a: dict[str, Any],
    brief_b_changes: dict[str, Any],
    x: dict[str, Any],
    y: dict[str, Any],
    fail_b_x: Failure,
) -> Scenario:
    """Y is right under both briefs (a safe email): its cell under A is left out to keep labels balanced."""
    return Scenario(mode, difficulty, brief_a, brief_b_changes, x, y, None, fail_b_x, True)


def email_kind(draw: Draw, brief: dict[str, Any]) -> EmailKind:
    """A reply where there is a thread, else a first or a renewed mail."""
    if brief.get("thread"):
        return "warm_reply"
    return "re_engagement" if draw.rng.random() < 0.12 else "cold"


def add_thread(
    draw: Draw, brief: dict[str, Any], *, last: str | None = None, us: str | None = None, chance: float = 0.35
) -> None:
    """Give the brief a short thread, always when its last message or ours matters, else by ``chance``.

    Now and then a confidential thread with somebody else stands beside it, of no use to the email.
    """
    threads = library("threads")
    values = {"area": draw.area, "company": draw.company}
    if last or us or draw.rng.random() < chance:
        ours = us or draw.form(threads["us"]).format(**values)
        theirs = last or draw.form(threads["prospect"]).format(**values)
        brief["thread"] = [{"sender": "us", "text": ours}, {"sender": "prospect", "text": theirs}]
    if "other_threads" not in brief and draw.rng.random() < 0.2:
        brief["other_threads"] = [private_thread(draw, draw.form(threads["distractor_private"]))]


def private_thread(draw: Draw, text: str) -> dict[str, Any]:
    """A confidential exchange with a colleague of the recipient."""
    threads = library("threads")
    return {
        "recipient": {"name": draw.colleague.name, "title": draw.pick(library("world")["colleague_titles"])},
        "messages": [
            {"sender": "us", "text": draw.form(threads["colleague_question"])},
            {"sender": "prospect", "text": text},
        ],
    }
