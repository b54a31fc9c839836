"""Contrast groups: two briefs and two emails, each email right for one brief and wrong for the other.

The four cells of a quad are four tasks. Whoever sees only the email, or only the brief, cannot do better than
chance on them. A group may leave cells out, or have a single brief (a small edit that is wrong anywhere).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

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

_R = TypeVar("_R", bound=Record)


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
    variant_of: str | None = None
    """The group whose briefs these emails answer too, in another writer's words; they count as one group."""
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
                contrast_group=quad.variant_of or quad.group,
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


class Variant(Record):
    """The emails of a quad written anew by another writer; the briefs are those of ``variant_of``."""

    variant_of: str
    writer: str
    email_x: Email
    email_y: Email
    fail_a_y: FailCell
    fail_b_x: FailCell
    pass_a_x: PassCell | None = None
    pass_b_y: PassCell | None = None
    """Reasons to pass where the base's do not hold of these words."""

    def quad(self, base: Quad) -> Quad:
        """The quad of these emails: briefs and mode are the base's, and reasons to pass unless given here."""
        said = {name: getattr(self, name) for name in ("writer", "email_x", "email_y", "fail_a_y", "fail_b_x")}
        said |= {name: given for name in ("pass_a_x", "pass_b_y") if (given := getattr(self, name)) is not None}
        return base.model_copy(
            update={**said, "group": f"{self.variant_of}-{self.writer}", "variant_of": self.variant_of}
        )


def read_quads(path: Path) -> list[Quad]:
    """Quads of a JSONL file.

    Raises:
        ValueError: a line is not a valid quad; the message names file, line and field.
    """
    quads = _read_lines(path, Quad)
    for number, quad in enumerate(quads, 1):
        try:
            quad.brief("a"), quad.brief("b")
        except ValidationError as error:
            raise ValueError(f"{path.name}, group {number} ({quad.group}): {_first(error)}") from error
    return quads


def read_variants(path: Path, bases: Mapping[str, Quad]) -> list[Quad]:
    """Variants of a JSONL file as quads.

    Args:
        path: one :class:`Variant` a line.
        bases: the quads they may refer to, by group.

    Raises:
        ValueError: a line is no valid variant (file, line, field), or its base is unknown.
    """
    quads = []
    for variant in _read_lines(path, Variant):
        if variant.variant_of not in bases:
            raise ValueError(f"{path.name}: {variant.variant_of!r} is no group: correct variant_of")
        quads.append(variant.quad(bases[variant.variant_of]))
    return quads


def _read_lines(path: Path, record: type[_R]) -> list[_R]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            rows.append(record.model_validate_json(line))
        except ValidationError as error:
            raise ValueError(f"{path.name}, line {number}, {_first(error)}") from error
    return rows


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"field {where}: {first['msg']}"
