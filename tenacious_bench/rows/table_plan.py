"""Rows of tables (CSV, Parquet): which column is what, and how cells become the object that a line of JSONL would be.

A table has a draft (``email``, or ``subject`` and ``body``) and a ``brief`` or a ``context``. One with neither is a
flat export: each of its other columns becomes a member of the context.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tenacious_bench.files import JsonError, parse_object, show
from tenacious_bench.rows.columns import CONTEXT, Columns, check_columns, draft, with_members
from tenacious_bench.rows.raw import RowProblem
from tenacious_bench.safe_text import HIDDEN, code_point

_SPELLINGS = {
    "id": ("id",), "task_id": ("task_id",), "email": ("email",), "subject": ("subject", "email.subject"),
    "body": ("body", "email.body"), "brief": ("brief",), "context": ("context",), "label": ("label",),
}  # fmt: skip
_RESERVED = frozenset(name for names in _SPELLINGS.values() for name in names)
_OBJECT = re.compile(r'\s*\{\s*["}]')
"""How JSON objects begin; ``{{first_name}}`` does not."""


@dataclass(frozen=True)
class TablePlan:
    """Which column of a table is what."""

    parts: dict[str, str]
    """Part of a row -> column."""
    members: dict[str, str]
    """Member of the context -> column."""

    @cached_property
    def needed(self) -> frozenset[str]:
        """Columns that are read at all."""
        return frozenset(self.parts.values()) | frozenset(self.members.values())

    def row(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """The cells of one row, None where empty, as an object such as :func:`~tenacious_bench.rows.read_rows` takes.

        Raises:
            RowProblem: JSON that cannot be read, or two drafts.
        """
        row = {part: cells[column] for part, column in self.parts.items() if cells[column] is not None}
        for part in ("email", "brief", "context"):
            if isinstance(row.get(part), str) and _OBJECT.match(row[part]):
                row[part] = _object(part, row[part])
        if isinstance(row.get("brief"), dict):
            row["brief"] = _decoded(row["brief"])
        row["email"] = draft(row.get("email"), row.pop("subject", None), row.pop("body", None))
        members = {name: _value(cells[c]) for name, c in self.members.items() if cells[c] is not None}
        if members or not self.parts.keys() & {"brief", "context"}:
            row["context"] = with_members(row.get("context"), members)
        return row


def plan_table(file: str, names: Sequence[str], columns: Columns) -> TablePlan:
    """What the columns of a table are.

    Args:
        file: its path, for messages.
        names: its header.
        columns: our name -> theirs, where theirs differ.

    Raises:
        ValueError: the header is unusable, the mapping names a column that is not in it, or no column is the draft.
    """
    check_columns(columns)
    _check_header(file, names)
    known = ", ".join(show(name) for name in names)
    for ours, theirs in columns.items():
        if theirs not in names:
            raise ValueError(f"{file}: no column {show(theirs)} to use as {ours}; the columns are {known}")
    free = [name for name in names if name not in columns.values()]
    parts = {ours: theirs for ours, theirs in columns.items() if not ours.startswith(CONTEXT)}
    # a draft that the mapping names leaves no doubt: in a CRM a column "email" often holds an address
    settled = {"email", "body"} if columns.keys() & {"email", "body"} else set()
    for part, spellings in _SPELLINGS.items():
        found = [name for name in spellings if name in free]
        if found and part not in parts and part not in settled:
            parts[part] = found[0]
    if not parts.keys() & {"email", "body"}:
        raise ValueError(f"{file}: no column email or body: name the draft with --column email=NAME, one of {known}")
    members = {name.removeprefix(CONTEXT): name for name in free if name.startswith(CONTEXT)}
    if not parts.keys() & {"brief", "context"}:
        members = {name: name for name in free if name not in _RESERVED and name not in members.values()} | members
    members |= {o.removeprefix(CONTEXT): theirs for o, theirs in columns.items() if o.startswith(CONTEXT)}
    return TablePlan(parts, members)


def _check_header(file: str, names: Sequence[str]) -> None:
    if not names:
        raise ValueError(f"{file}: no columns: the first line must name them")
    for position, name in enumerate(names, 1):
        if not name:
            raise ValueError(f"{file}: column {position} has no name: name every column")
        if hit := HIDDEN.search(name):
            raise ValueError(f"{file}: the name of column {position} holds {code_point(hit[0])}, which no reader sees")
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{file}: {count} columns are named {show(name)}: give each its own name")


def _object(part: str, text: str) -> dict[str, Any]:
    try:
        return parse_object(text.encode("utf-8", "surrogatepass"))
    except JsonError as error:
        raise RowProblem(part, error.found, error.remedy) from error


def _value(cell: Any) -> Any:
    """A cell of a flat export: JSON objects and arrays are parsed, anything else stays."""
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("{", "["):
        return cell
    try:
        parsed = parse_object(b'{"cell":%s}' % cell.encode("utf-8", "surrogatepass"))
    except JsonError:
        return cell
    return parsed["cell"] if parsed.keys() == {"cell"} else cell


def _decoded(brief: dict[str, Any]) -> dict[str, Any]:
    """The two members of a brief with free keys, which the published tables hold as JSON text, as objects."""
    result, bench = dict(brief), brief.get("bench")
    if isinstance(brief.get("extra"), str):
        result["extra"] = _object("brief.extra", brief["extra"])
    if isinstance(bench, dict) and isinstance(bench.get("stacks"), str):
        result["bench"] = {**bench, "stacks": _object("brief.bench.stacks", bench["stacks"])}
    return result
