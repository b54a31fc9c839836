"""Contrast groups: two briefs and two emails, each email right for one brief and wrong for the other.

The four cells of a quad are four tasks. Whoever sees only the email, or only the brief, cannot do better than
chance on them. A group may leave cells out, or have a single brief (a small edit that is wrong anywhere).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from tenacious_bench.schema import (
    AuthoringMode,
    Brief,
    Difficulty,
    Email,
    Mode,
    Provenance,
    Record,
    Task,
)


class PassCell(Record):
    rationale: str


class FailCell(Record):
    failure_modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    evidence: Annotated[tuple[str, ...], Field(min_length=1)]
    rationale: str


class Quad(Record):
    """One contrast group as written: (A, X) and (B, Y) pass, (A, Y) and (B, X) fail."""

    group: str
    writer: str
    mode: Mode
    difficulty: Difficulty
    brief_a: dict[str, Any]
    brief_b_changes: dict[str, Any] = Field(default_factory=dict)
    email_x: Email
    email_y: Email
    pass_a_x: PassCell
    fail_a_y: FailCell | None = None
    fail_b_x: FailCell | None = None
    pass_b_y: PassCell | None = None

    def brief(self, which: str) -> Brief:
        """Brief ``"a"`` or ``"b"``: B is A with some top-level keys replaced."""
        return Brief.model_validate(self.brief_a if which == "a" else {**self.brief_a, **self.brief_b_changes})

    def cells(self) -> Iterator[tuple[str, Brief, Email, PassCell | FailCell]]:
        """The cells that exist: name (``ax``, ``ay``, ``bx``, ``by``), brief, email, what is said of it."""
        for name, cell in (
            ("ax", self.pass_a_x),
            ("ay", self.fail_a_y),
            ("bx", self.fail_b_x),
            ("by", self.pass_b_y),
        ):
            if cell is not None:
                yield name, self.brief(name[0]), self.email_x if name[1] == "x" else self.email_y, cell


def expand(quad: Quad, *, version: str, authoring_mode: AuthoringMode, provenance: Provenance) -> list[Task]:
    """The tasks of a group. Ids are ``<group>-<cell>`` until the build numbers them."""
    tasks = []
    for name, brief, email, cell in quad.cells():
        failed = isinstance(cell, FailCell)
        tasks.append(
            Task(
                task_id=f"{quad.group}-{name}",
                version=version,
                authoring_mode=authoring_mode,
                difficulty=quad.difficulty,
                contrast_group=quad.group,
                mode=quad.mode,
                brief=brief,
                email=email,
                label="FAIL" if failed else "PASS",
                failure_modes=cell.failure_modes if isinstance(cell, FailCell) else (),
                evidence=cell.evidence if isinstance(cell, FailCell) else (),
                rationale=cell.rationale,
                provenance=provenance,
            )
        )
    return tasks


def read_quads(path: Path) -> list[Quad]:
    """Quads of a JSONL file.

    Raises:
        ValueError: a line is not a valid quad; the message names file, line and field.
    """
    quads = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            quad = Quad.model_validate_json(line)
            quad.brief("b")
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{path.name}, line {number}, field {where}: {first['msg']}") from error
        quads.append(quad)
    return quads
